"""A kept view of the actions, a start that is undone, a sheet that is filled in: in a real browser."""

import pytest

from tests.chromium import needs_chromium, visit
from tests.test_pages_browser import assert_quiet, enter

pytestmark = needs_chromium


@pytest.fixture
def page(demo_server):
    host = f"qualiforma-demo.localhost:{demo_server.port}"
    with visit(locale="fr-FR") as visitor:
        visitor.page.set_default_timeout(90_000)
        enter(visitor.page, host)
        yield visitor.page
        assert_quiet(visitor, host)


def opened(page, path):
    page.goto(f"{page.url.split('/admin/')[0]}/admin/{path}", wait_until="load")
    return page


def test_a_view_is_kept_and_opened_by_its_address(page):
    opened(page, "improvements/correctiveaction/?due=late")
    page.get_by_role("link", name="Par personne", exact=True).click()
    page.wait_for_url("**group=person")
    page.locator("summary", has_text="Mes vues").click()
    page.fill(".qf-views [name=name]", "En retard, par personne")
    with page.expect_navigation():
        page.get_by_role("button", name="Enregistrer la vue").click()
    opened(page, "improvements/correctiveaction/")
    page.locator(".qf-view a", has_text="En retard, par personne").click()
    page.wait_for_url("**/correctiveaction/?due=late&group=person")
    assert page.locator(".qf-group").count() > 1
    page.locator(".qf-chips .qf-chip", has_text="En retard").first.click()
    page.wait_for_url("**/correctiveaction/?group=person")
    page.get_by_role("button", name="Supprimer la vue « En retard, par personne »").click()
    page.locator("text=est supprimée").wait_for()


def test_a_start_is_undone_on_the_page(page):
    opened(page, "improvements/improvementplan/add/")
    page.fill("#id_title", "Démarré trop vite")
    page.select_option("#id_trigger", "PROACTIVE")
    page.fill("#id_target_date", "31/12/2099")
    for name in ("Enregistrer", "Démarrer"):
        with page.expect_navigation():
            page.get_by_role("button", name=name, exact=True).first.click()
    page.locator("[data-undo] button").click()
    page.locator("text=de nouveau un brouillon").wait_for()
    assert page.get_by_role("button", name="Démarrer").count() == 1
    assert page.locator(".qf-read", has_text="Démarré trop vite").count() == 1


def test_actions_that_were_cancelled_together_are_taken_back(page):
    opened(page, "improvements/correctiveaction/")
    before = page.locator("#result_list select").evaluate_all("all => all.map(one => one.value)")
    assert len(before) > 2
    for number in (0, 1):
        page.locator("input.action-select").nth(number).check()
    page.select_option("select[name=action]", "cancel_each")
    page.locator("[name=index]:visible").first.click()
    page.fill("[name=reason]", "Cochées par erreur")
    with page.expect_navigation():
        page.locator("button.qf-first").click()
    with page.expect_navigation():
        page.locator("[data-undo] button").click()
    page.locator("text=2 changements annulés.").wait_for()
    opened(page, "improvements/correctiveaction/")
    after = page.locator("#result_list select").evaluate_all("all => all.map(one => one.value)")
    assert after == before


def test_a_sheet_has_its_rows_and_its_half_days(page):
    opened(page, "training/trainingsession/ses_excel_1/change/")
    page.get_by_role("link", name="Feuille d’émargement").click()
    page.wait_for_url("**/sheet/")
    heads = page.locator(".qf-sheet thead th").all_inner_texts()
    assert heads[:3] == ["Apprenant", "Entreprise", "Présence"]
    assert set(heads[3:]) <= {"Matin", "Après-midi"}
    assert page.locator(".qf-sheet tbody tr").count() > 0
