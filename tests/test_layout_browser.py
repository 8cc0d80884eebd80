"""How pages look in a real browser: nothing broken inside a word, beyond an edge or without its border."""

from itertools import pairwise

import pytest

from tests.chromium import needs_chromium, visit
from tests.test_pages_browser import enter

pytestmark = needs_chromium
PLANS = "improvements/improvementplan"
CLOSED = f"{PLANS}/imp_673b32cfdbc529331dcd327f/change/"
LISTS = (f"{PLANS}/", "improvements/complaint/", "compliance/evidence/", "compliance/finding/")
FORMS = (
    *(f"{PLANS}/imp_8f3b21/{name}/" for name in ("change", "move/close")),
    *("improvements/complaint/add/", "improvements/complainttheme/thm_accueil/change/"),
    f"{PLANS}/imp_673b32cfdbc529331dcd327f/effectiveness/",
)
# Fields of rows that are wider than what they stand in.
OVERLAPPING = """() => [...document.querySelectorAll('tr.form-row td :is(input, select, textarea, .select2-container)')]
  .filter(one => one.offsetWidth > one.closest('td').offsetWidth).map(one => one.outerHTML.slice(0, 80))"""
# Texts of rows of which a part is cut off: names of people, descriptions.
CUT = """() => [...document.querySelectorAll('tr.form-row .select2-selection__rendered, tr.form-row textarea')]
  .filter(one => one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight + 1)
  .map(one => one.value || one.textContent)"""
# Words that stand on two lines.
BROKEN = """() => {
  const found = [], walker = document.createTreeWalker(document.querySelector('#result_list'), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const word = walker.currentNode, range = document.createRange();
    range.selectNodeContents(word);
    const lines = new Set([...range.getClientRects()].map(one => Math.round(one.top)));
    if (!/\\s/.test(word.data.trim()) && word.data.trim() && lines.size > 1) found.push(word.data.trim());
  }
  return found;
}"""
BARE = """() => [...document.querySelectorAll('#content :is(input, select, textarea)')].filter(field =>
  field.checkVisibility() && !['checkbox', 'radio', 'file', 'hidden'].includes(field.type)
  && !field.closest('.select2-container') && !field.matches('.select2-hidden-accessible')
  && getComputedStyle(field).borderTopWidth === '0px').map(field => field.name)"""
HIDDEN = """() => [...document.querySelectorAll('.formset-wrapper .simplebar-content-wrapper')].map(
  one => one.scrollWidth - one.clientWidth).filter(beyond => beyond > 0)"""
KNOBS = """() => [...document.querySelectorAll('input.rounded-full')].map(
  one => getComputedStyle(one, '::after').content)"""


@pytest.fixture
def opened(demo_server):
    host = f"qualiforma-demo.localhost:{demo_server.port}"
    with visit(locale="fr-FR", viewport={"width": 1440, "height": 900}) as visitor:
        enter(visitor.page, host)

        def page(path, width=1440):
            visitor.page.set_viewport_size({"width": width, "height": 900})
            visitor.page.goto(f"http://{host}/admin/{path}", wait_until="networkidle")
            return visitor.page

        yield page


def test_no_word_of_a_list_is_broken(opened):
    found = {path: opened(path).evaluate(BROKEN) for path in LISTS}
    assert {path: words for path, words in found.items() if words} == {}


def test_terms_of_a_line_stand_apart(opened):
    links = opened("improvements/complaint/").locator("#result_list th a[href*='/change/']").all()
    for path in [one.get_attribute("href").removeprefix("/admin/") for one in links]:
        terms = opened(path).locator("#content dl.flex > div")
        if terms.count() >= 2:  # else it is acknowledged or answered
            break
    boxes = [one.bounding_box() for one in terms.all()]
    assert len(boxes) >= 2
    assert all(
        left["x"] + left["width"] + 8 <= right["x"] or left["y"] < right["y"]
        for left, right in pairwise(boxes)
    )


def test_every_field_has_its_border(opened):
    found = {path: opened(path).evaluate(BARE) for path in FORMS}
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize("width", [1440, 1280, 1024])
def test_rows_of_actions_and_results_do_not_scroll_sideways(opened, width):
    page = opened(FORMS[0], width)
    page.get_by_text("Ajouter : Résultat attendu").locator("visible=true").first.click()
    assert page.evaluate(HIDDEN) == []
    assert page.locator("[name=expected_results-0-name]").is_visible()


def test_names_and_texts_of_rows_are_whole(opened):
    assert opened(FORMS[0], 1280).evaluate(CUT) == []


def test_no_searched_field_of_a_row_reaches_into_the_next(opened):
    page = opened(f"{PLANS}/add/")
    assert page.evaluate(OVERLAPPING) == []


def test_the_buttons_stand_between_what_they_save_and_the_rest(opened):
    page = opened(FORMS[0])
    places = ("[name=actions-0-description]", "button[name=_continue]", "#content section.qf-panel")
    heights = [page.locator(one).first.bounding_box()["y"] for one in places]
    assert heights == sorted(heights)


def test_the_days_of_a_row_are_chosen_in_one_way(opened):
    assert opened(FORMS[0]).locator("tr.form-row [type=date]").count() == 0


def test_a_switch_shows_no_name_of_an_icon(opened):
    assert set(opened(FORMS[3]).evaluate(KNOBS)) == {'""'}


def test_what_is_empty_and_cannot_be_filled_is_not_shown(opened):
    page = opened(CLOSED)
    assert page.locator("#actions-group").is_visible()
    assert not page.locator("#expected_results-group").is_visible()


def test_labels_on_a_phone_are_whole(opened):
    page = opened(f"{PLANS}/", 390)
    style = "cell => getComputedStyle(cell, '::before').flexShrink"
    assert page.locator("#result_list .field-title").first.evaluate(style) == "0"
    first = opened("compliance/evidence/", 390).locator("#result_list .data-row > *").first
    assert first.get_attribute("data-label") == "Date"
