"""Two people at one plan, in a real browser: the second save shows the first, and loses nothing."""

import pytest

from tests.chromium import needs_chromium, visit
from tests.improvements.test_life_browser import save
from tests.test_pages_browser import assert_quiet, enter

pytestmark = needs_chromium


@pytest.fixture
def pages(demo_server):
    """One plan's page, open twice."""
    host = f"qualiforma-demo.localhost:{demo_server.port}"
    with visit(locale="fr-FR") as visitor:
        mine = visitor.page
        enter(mine, host)
        mine.goto(f"http://{host}/admin/improvements/improvementplan/add/", wait_until="load")
        mine.fill("#id_title", "Titre d’abord")
        mine.select_option("#id_trigger", "FEEDBACK")
        mine.select_option("#id_owner", index=1)
        mine.fill("#id_target_date", "31/12/2026")
        mine.get_by_text("Ajouter : Action corrective").locator("visible=true").first.click()
        mine.fill("[name=actions-0-description]", "Une action")
        save(mine)
        browser = mine.context.browser
        assert browser is not None
        theirs = browser.new_page(storage_state=mine.context.storage_state(), locale="fr-FR")
        theirs.goto(mine.url, wait_until="networkidle")
        yield mine, theirs
        visitor.complaints = [one for one in visitor.complaints if "status of 412" not in one]
        assert_quiet(visitor, host)


def test_the_second_save_shows_the_first_and_applies_what_was_typed(pages):
    mine, theirs = pages
    theirs.fill("#id_title", "Leur titre")
    theirs.select_option("[name=actions-0-status]", "DONE")
    save(theirs)
    mine.fill("#id_description", "Ma description")
    save(mine)
    told = mine.inner_text(".qf-conflict")
    assert "Titre d’abord → Leur titre" in told
    assert "Ma description" in told
    assert mine.locator("#id_title").input_value() == "Leur titre"
    assert mine.locator("[name=actions-0-status]").input_value() == "DONE"
    mine.get_by_role("button", name="Enregistrer ma saisie").click()
    mine.wait_for_load_state("networkidle")
    assert mine.locator(".qf-conflict").count() == 0
    assert mine.locator("#id_title").input_value() == "Leur titre"
    assert mine.locator("#id_description").input_value() == "Ma description"


def test_what_was_typed_can_be_given_up(pages):
    mine, theirs = pages
    theirs.fill("#id_title", "Leur titre")
    save(theirs)
    mine.fill("#id_title", "Mon titre")
    save(mine)
    assert mine.locator("#id_title").input_value() == "Mon titre"
    mine.get_by_role("link", name="Abandonner ma saisie").click()
    mine.wait_for_load_state("networkidle")
    assert mine.locator("#id_title").input_value() == "Leur titre"
