"""Forms by keyboard alone, in a real browser: calendar, searched selects in the page's language."""

import pytest

from tests.chromium import needs_chromium, visit
from tests.test_pages_browser import assert_quiet, enter

pytestmark = needs_chromium
QUESTION = "compliance/finding/fnd_5F21/correct/"
FOCUSED = "document.activeElement.textContent.trim()"


@pytest.fixture
def page(demo_server):
    host = f"qualiforma-demo.localhost:{demo_server.port}"
    with visit(locale="fr-FR") as visitor:
        enter(visitor.page, host)
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


def test_the_calendar_of_a_question_is_used_by_keyboard(page):
    page.goto(page.url.replace("improvements/improvementplan/add/", QUESTION), wait_until="load")
    page.locator(".datetimeshortcuts a").last.focus()
    page.keyboard.press("Enter")
    page.locator(".calendarbox td a", has_text="15").press("Enter")
    assert page.locator(".vDateField").input_value().startswith("15/")


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


def test_a_status_is_changed_in_the_list_and_taken_back(page):
    page.goto(page.url.replace("improvementplan/add/", "correctiveaction/"), wait_until="load")
    select = page.locator("select[data-qf-state]").first
    before = select.input_value()
    page.once("dialog", lambda dialog: dialog.accept("Fait deux fois."))  # why
    select.select_option("CANCELLED")
    page.locator(".qf-toast", has_text="Annulée").wait_for()
    page.get_by_role("button", name="Annuler").click()
    page.wait_for_function("!document.querySelector('.qf-toast button')")
    page.reload(wait_until="load")
    assert page.locator("select[data-qf-state]").first.input_value() == before


def test_a_row_that_is_added_takes_the_focus(page):
    before = page.locator("textarea[name^=actions-][name$=-description]").count()
    page.locator(".add-row a, a.add-row").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.name?.startsWith('actions-')")
    page.keyboard.type("Rappeler le client")
    typed = page.evaluate("[document.activeElement.name, document.activeElement.value]")
    assert typed[1] == "Rappeler le client"
    assert typed[0].endswith("-description")
    assert page.locator("textarea[name^=actions-][name$=-description]").count() == before + 1


MIDDLES = """() => {
  const middle = (one) => { const box = one.getBoundingClientRect(); return box.left + box.width / 2; };
  const box = [...document.querySelectorAll('.calendarbox')].find((one) => one.style.display === 'block');
  const letters = [...box.querySelectorAll('th')].map(middle);
  const rows = [...box.querySelectorAll('tr')].filter((row) => row.querySelectorAll('td a').length === 7);
  return [...rows[0].querySelectorAll('td a')].map((day, at) => Math.abs(middle(day) - letters[at]));
}"""


def test_days_stand_below_their_letters(page):
    page.locator(".field-target_date .datetimeshortcuts a").last.click()
    page.wait_for_function(f"/^[0-9]+$/.test({FOCUSED})")
    assert max(page.evaluate(MIDDLES)) < 1


def test_a_tick_fills_its_box(page):
    page.goto(page.url.partition("improvements/")[0] + "improvements/improvementplan/")
    page.wait_for_load_state("networkidle")
    box = page.locator("#result_list tbody input[type=checkbox]").first
    box.check()
    sizes = box.evaluate(
        "one => [one.clientWidth, parseFloat(getComputedStyle(one, '::after').width)]"
    )
    assert abs(sizes[0] - sizes[1]) < 1


def test_a_switch_that_is_on_has_its_knob_at_the_end(page):
    page.goto(page.url.partition("improvements/")[0] + "training/course/add/")
    page.wait_for_load_state("networkidle")
    switch = page.locator("input[type=checkbox][name=active]")
    switch.check()
    left, knob, width = switch.evaluate(
        "one => ['left', 'width'].map(name => parseFloat(getComputedStyle(one, '::after')[name]))"
        ".concat(one.clientWidth)"
    )
    assert width / 2 <= left <= width - knob


def test_a_browser_elsewhere_is_told_whose_time_it_is(demo_server):
    """Overseas France reads days as they are, and times as Paris has them, without a warning."""
    host = f"qualiforma-demo.localhost:{demo_server.port}"
    with visit(locale="fr-FR", timezone_id="America/Martinique") as visitor:
        page = visitor.page
        enter(page, host)
        page.goto(f"http://{host}/admin/improvements/complaint/add/", wait_until="networkidle")
        page.locator(".qf-zone").first.wait_for()
        assert set(page.locator(".qf-zone").all_inner_texts()) == {"heure de Paris"}
        assert page.locator(".qf-zone").count() == page.locator(".vTimeField").count()
        assert page.locator(".timezonewarning").count() == 0
        assert_quiet(visitor, host)
