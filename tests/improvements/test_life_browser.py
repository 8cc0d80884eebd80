"""From a complaint to an archived plan in a real browser, under the policy the pages are sent with."""

from datetime import timedelta

from django.utils import timezone

from tests.chromium import needs_chromium, visit
from tests.files import PAGE, PDF
from tests.test_pages_browser import assert_quiet, enter

pytestmark = needs_chromium
SUBJECT = "Convocation reçue la veille de la session"
DROP = """([frame, name, text]) => {
  const carried = new DataTransfer();
  carried.items.add(new File([text], name, {type: "application/pdf"}));
  const target = document.querySelector(frame);
  for (const kind of ["dragover", "drop"])
    target.dispatchEvent(new DragEvent(kind, {dataTransfer: carried, bubbles: true, cancelable: true}));
}"""


def save(page):
    page.locator("button[name=_continue]").click()
    page.wait_for_load_state("networkidle")


def follow(page, text):
    page.locator("a.qf-button, button.qf-button", has_text=text).first.click()
    page.wait_for_load_state("networkidle")


def receive_complaint(page, host):
    page.goto(f"http://{host}/admin/improvements/complaint/add/", wait_until="networkidle")
    page.fill("#id_subject", SUBJECT)
    page.select_option("#id_channel", "EMAIL")
    page.select_option("#id_complainant_role", "LEARNER")
    save(page)
    assert page.locator("#id_subject").input_value() == SUBJECT


def plan_from_it(page):
    follow(page, "Créer un plan à partir de cette réclamation")
    assert page.locator("#id_title").input_value() == SUBJECT
    link_another_by_keyboard(page)
    page.select_option("#id_owner", index=1)
    day = timezone.localdate() + timedelta(days=30)
    page.fill("#id_target_date", day.strftime("%d/%m/%Y"))
    page.get_by_text("Ajouter : Action corrective").locator("visible=true").first.click()
    page.fill("[name=actions-0-description]", "Envoyer les convocations à J-15")
    save(page)
    assert page.locator("[name=actions-0-description]").input_value().endswith("J-15")
    assert page.locator("input[name=linked_complaint_ids]:checked").count() == 2


def link_another_by_keyboard(page):
    assert page.locator("input[name=linked_complaint_ids]:checked").count() == 1
    page.focus("#id_linked_complaint_ids")
    page.keyboard.type("e")
    page.locator(".qf-pick-found input").first.wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert page.locator(".qf-pick-chosen input:checked").count() == 2


def refuse_to_close(page):
    follow(page, "Démarrer")
    assert "Le plan est démarré." in page.content()
    follow(page, "Clôturer")
    page.fill("#id_summary", "Les convocations partent à J-15.")
    page.locator("#content button.qf-first").click()
    page.wait_for_load_state("networkidle")
    said = page.inner_text("#content")
    assert "Actions ni terminées ni annulées" in said
    assert "Envoyer les convocations à J-15" in said
    assert "Le plan est clôturé." not in page.content()
    follow(page, "Retour au plan")
    assert page.locator("[name=actions-0-status]").input_value() == "TODO"


def close_with_a_file(page):
    page.select_option("[name=actions-0-status]", "DONE")
    save(page)
    follow(page, "Clôturer")
    page.fill("#id_summary", "Les convocations partent à J-15.")
    page.fill("#id_outcomes", "Aucune convocation tardive en octobre")
    wrong = {"name": "bilan.pdf", "mimeType": "application/pdf", "buffer": PAGE}
    page.set_input_files("#id_file", wrong)
    page.locator("#content button.qf-first").click()
    page.wait_for_load_state("networkidle")
    assert (
        "«\u00a0bilan.pdf\u00a0»\u00a0: Le contenu de ce fichier n’est pas admis."
        in page.inner_text("#content")
    )
    assert "Le plan est clôturé." not in page.content()
    page.evaluate(DROP, [".qf-drop", "bilan.pdf", PDF.decode()])
    assert page.evaluate("document.querySelector('#id_file').files[0].name") == "bilan.pdf"
    page.locator("#content button.qf-first").click()
    page.wait_for_load_state("networkidle")
    assert "Le plan est clôturé." in page.content()


def archive(page):
    follow(page, "Archiver")
    assert "Le plan est archivé." in page.content()
    said = page.inner_text("#content")
    for sentence in ("créé", "démarré", "clôturé", "archivé"):
        assert f"a {sentence} le plan" in said
    page.locator("summary", has_text="Le plan tel qu’il était à la clôture").click()
    assert "Envoyer les convocations à J-15" in page.inner_text(".qf-panel details")
    with page.expect_download() as fetched:
        page.get_by_role("link", name="bilan.pdf").first.click()
    assert fetched.value.path().read_bytes() == PDF


def test_a_whole_life(demo_server):
    host = f"qualiforma-demo.localhost:{demo_server.port}"
    with visit(locale="fr-FR") as visitor:
        page = visitor.page
        enter(page, host)
        receive_complaint(page, host)
        plan_from_it(page)
        refuse_to_close(page)
        close_with_a_file(page)
        archive(page)
        # The refusals' own statuses, which the browser notes.
        expected = ("status of 400", "status of 409")
        visitor.complaints = [
            one for one in visitor.complaints if not any(part in one for part in expected)
        ]
        assert_quiet(visitor, host)
