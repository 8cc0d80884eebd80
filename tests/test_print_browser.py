"""What a page prints: every row, the organisation and the day, and nothing to press."""

import subprocess

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from tests.chromium import needs_chromium, visit
from tests.test_pages_browser import log_in

pytestmark = needs_chromium
LISTS = ("improvements/improvementplan", "improvements/correctiveaction", "improvements/complaint")


@pytest.fixture(scope="module")
def office(demo_server):
    host = f"qualiforma-demo.localhost:{demo_server.port}"
    with visit(locale="fr-FR") as visitor:
        log_in(visitor.page, host)
        yield visitor.page, f"http://{host}/admin/"


def printed(page, tmp_path, **options):
    path = tmp_path / "page.pdf"
    page.pdf(path=path, format="A4", **options)
    command = ["pdftotext", "-layout", path, "-"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return " ".join(text.split())


def words(text):
    return " ".join(text.split())


@pytest.mark.parametrize("landscape", [False, True])
@pytest.mark.parametrize("name", LISTS)
def test_a_list_prints_each_row(office, tmp_path, name, landscape):
    page, admin = office
    page.goto(f"{admin}{name}/", wait_until="networkidle")
    firsts = page.locator("#result_list tbody th").all_inner_texts()
    text = printed(page, tmp_path, landscape=landscape)
    assert firsts
    # A cell’s text is wrapped between others: its first word stands whole.
    assert not [one for one in firsts if words(one).split()[0] not in text]
    assert "Démo" in text
    assert words(date_format(timezone.localdate(), "DATE_FORMAT")) in text
    assert "Liste en XLSX" not in text
    assert "Tout afficher" not in text


def test_a_plan_prints_its_actions_and_no_button(office, tmp_path):
    page, admin = office
    # By its words: other tests may have started plans without actions on this server.
    page.goto(f"{admin}improvements/improvementplan/?q=Fiabiliser", wait_until="networkidle")
    page.locator("#result_list tbody th a").first.click()
    page.wait_for_load_state("networkidle")
    title = page.locator("#id_title").input_value()
    texts = page.locator("textarea[name^=actions-][name$=-description]")
    descriptions = [one.input_value() for one in texts.all() if one.input_value()]
    text = printed(page, tmp_path)
    assert title in text
    assert descriptions
    assert not [one for one in descriptions if " ".join(one.split()[:2]) not in text]
    for button in ("Enregistrer", "Joindre un fichier", "Démarrer", "Ajouter une preuve"):
        assert button not in text


def test_the_first_stop_leads_to_the_content(office):
    page, admin = office
    page.goto(admin, wait_until="networkidle")
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.textContent.trim()")
    assert focused == "Aller au contenu"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('#content').contains(document.activeElement)")
