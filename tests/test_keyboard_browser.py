"""Forms by keyboard alone, in a real browser: calendar, rows, searched selects in the page's language."""

import pytest

from tests.chromium import needs_chromium, visit
from tests.test_pages_browser import assert_quiet, log_in

pytestmark = needs_chromium
FOCUSED = "document.activeElement.textContent.trim()"


@pytest.fixture
def page(demo_server):
    host = f"qualiforma-demo.localhost:{demo_server.port}"
    with visit(locale="fr-FR") as visitor:
        log_in(visitor.page, host)
        address = f"http://{host}/admin/improvements/improvementplan/add/"
        visitor.page.goto(address, wait_until="networkidle")
        yield visitor.page
        assert_quiet(visitor, host)


def test_the_calendar_is_used_by_keyboard(page):
    page.fill("#id_target_date", "30/11/2026")
    opener = page.locator(".field-target_date .datetimeshortcuts a").last
    opener.focus()
    page.keyboard.press("Enter")
    page.wait_for_function(f"{FOCUSED} === '30'")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(FOCUSED) == "29"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(FOCUSED) == "1"  # of December
    page.keyboard.press("Enter")
    assert page.input_value("#id_target_date") == "01/12/2026"


def test_a_row_that_was_added_takes_the_focus(page):
    page.locator(".add-row a").last.focus()
    page.keyboard.press("Enter")
    page.keyboard.type("Une deuxième action")
    assert page.input_value("[name=actions-1-description]") == "Une deuxième action"


def test_people_are_searched_by_typing_and_in_french(page):
    page.locator(".field-owner .select2-selection").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("zzz")
    page.get_by_text("Aucun résultat trouvé").wait_for()
    for _letter in "zzz":
        page.keyboard.press("Backspace")
    page.keyboard.type("Claire")
    page.keyboard.press("Enter")
    chosen = page.locator("#id_owner option:checked").inner_text()
    assert chosen.startswith("Claire")
