"""What was typed is not lost to another button of the page, in a real browser."""

import pytest
from django.utils import timezone

from tests.chromium import needs_chromium, visit
from tests.improvements.test_life_browser import follow, save
from tests.test_pages_browser import enter

pytestmark = needs_chromium


@pytest.fixture
def draft(demo_server):
    """The page of a new plan, in a browser, and its address."""
    host = f"qualiforma-demo.localhost:{demo_server.port}"
    with visit(locale="fr-FR") as visitor:
        page = visitor.page
        enter(page, host)
        page.goto(
            f"http://{host}/admin/improvements/improvementplan/add/", wait_until="networkidle"
        )
        page.fill("#id_title", "Titre d’abord")
        page.select_option("#id_trigger", "FEEDBACK")
        page.select_option("#id_owner", index=1)
        page.fill("#id_target_date", f"{timezone.localdate():%d/%m/%Y}")
        save(page)
        yield page


def answer(page, text):
    page.locator("dialog[open] button", has_text=text).click()
    page.wait_for_load_state("networkidle")


def test_a_button_saves_first(draft):
    draft.fill("#id_title", "Titre ensuite")
    draft.locator("button.qf-button", has_text="Démarrer").first.click()
    answer(draft, "Enregistrer et continuer")
    draft.get_by_text("Le plan est démarré.").wait_for()
    assert draft.locator("#id_title").input_value() == "Titre ensuite"


def test_what_cannot_be_saved_is_shown_and_kept(draft):
    draft.fill("#id_title", " ")
    draft.fill("#id_description", "Une longue description")
    follow_link = draft.locator("a.qf-button", has_text="Supprimer le brouillon").first
    follow_link.click()
    answer(draft, "Enregistrer et continuer")
    draft.wait_for_load_state("networkidle")
    assert draft.locator("#id_description").input_value() == "Une longue description"
    assert "Supprimer le brouillon" not in draft.title()
    assert draft.locator("#id_title").is_visible()


def test_a_person_may_stay_or_go_on_without(draft):
    draft.fill("#id_title", "Perdu")
    link = draft.locator("a.qf-button", has_text="Supprimer le brouillon").first
    link.click()
    answer(draft, "Rester sur la page")
    assert draft.locator("#id_title").input_value() == "Perdu"
    link.click()
    answer(draft, "Continuer sans enregistrer")
    draft.wait_for_url("**/move/delete/")
    assert "Titre d’abord" in draft.inner_text("#content")


def test_leaving_by_the_menu_asks(draft):
    asked = []

    def dismiss(dialog):
        asked.append(dialog.type)
        dialog.dismiss()

    draft.on("dialog", dismiss)
    draft.fill("#id_title", "Pas encore enregistré")
    draft.evaluate("document.querySelector('a[href=\"/admin/improvements/complaint/\"]').click()")
    draft.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    assert draft.locator("#id_title").input_value() == "Pas encore enregistré"


def test_nothing_is_asked_where_nothing_was_changed(draft):
    follow(draft, "Démarrer")
    assert "Le plan est démarré." in draft.content()
