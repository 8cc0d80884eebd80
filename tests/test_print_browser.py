"""What a page prints: every row, the organisation and the day, and nothing to press."""

import re
import subprocess
from typing import NamedTuple

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from tests.chromium import WITH_WINDOW, needs_window, visit
from tests.test_pages_browser import enter

pytestmark = needs_window  # the other one prints otherwise than people's do
# Units: points. Lines of text touch; words that overlap by more are printed over one another.
MARGIN, OVERLAP = 20, 4
LONG = re.compile(r"[^\W\d_]{6,}")
PRINTED = (
    *("improvements/improvementplan/imp_8f3b21/change/", "improvements/improvementplan/"),
    *("improvements/complaint/cmp_a1b2c3/change/", "compliance/readiness/"),
    *("training/enrollment/enr_5Fangl_5Ftwo/timeline/", "compliance/finding/fnd_5F2/change/"),
    *("improvements/correctiveaction/", "improvements/complaint/", "improvements/risk/"),
)
# No page ends with one of these: titles, and labels of fields that hold something.
TITLES = """() => [...document.querySelectorAll("#content :is(h1, h2, h3, label)")]
  .filter(one => one.tagName !== "LABEL" || one.control?.value)
  .map(one => one.innerText.trim()).filter(Boolean)"""
LISTS = ("improvements/improvementplan", "improvements/correctiveaction", "improvements/complaint")


@pytest.fixture(scope="module")
def office(demo_server):
    host = f"qualiforma-demo.localhost:{demo_server.port}"
    with visit(WITH_WINDOW, locale="fr-FR") as visitor:
        enter(visitor.page, host)
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


def open_plan(page, admin):
    """Open one by its words: other tests may have started plans without actions on this server."""
    page.goto(f"{admin}improvements/improvementplan/?q=Fiabiliser", wait_until="networkidle")
    page.locator("#result_list tbody th a").first.click()
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("landscape", [False, True])
def test_a_plan_prints_its_actions_and_no_button(office, tmp_path, landscape):
    page, admin = office
    open_plan(page, admin)
    title = page.locator("#id_title").input_value()
    texts = page.locator("textarea[name^=actions-][name$=-description]")
    descriptions = [one.input_value() for one in texts.all() if one.input_value()]
    text = printed(page, tmp_path, landscape=landscape)
    assert title in text
    assert descriptions
    assert not [one for one in descriptions if " ".join(one.split()[:2]) not in text]
    for button in ("Enregistrer", "Joindre un fichier", "Démarrer", "Ajouter une preuve"):
        assert button not in text


@pytest.mark.parametrize("landscape", [False, True])
def test_a_plans_columns_stand_on_the_paper_side_by_side(office, tmp_path, landscape):
    """None is cut off at the edge, and no row is printed over another."""
    page, admin = office
    open_plan(page, admin)
    path = tmp_path / "page.pdf"
    page.pdf(path=path, format="A4", landscape=landscape)
    boxes = words_on(path)
    heads = [box for box in boxes if box[0] in {"Nature", "Statut", "Responsable", "Terminée"}]
    assert {"Nature", "Statut", "Terminée"} <= {box[0] for box in heads}
    assert not [box for box in boxes if box[1].right > box[1].width - MARGIN]
    assert not [
        (one, other)
        for one, first in boxes
        for other, second in boxes
        if first is not second and first.covers(second)
    ]


class Box(NamedTuple):
    """Where a word stands on its page, in points."""

    page: int
    width: float
    left: float
    top: float
    right: float
    bottom: float

    def covers(self, other):
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return self.page == other.page and across > OVERLAP and down > OVERLAP


def words_on(path):
    """Each word of a PDF with its box."""
    command = ["pdftotext", "-bbox", path, "-"]
    tree = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = []
    for number, page in enumerate(re.findall(r"<page.*?</page>", tree, re.DOTALL)):
        width = float(re.findall(r'width="([0-9.]+)"', page)[0])
        for *edges, word in re.findall(
            r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)<', page
        ):
            left, top, right, bottom = map(float, edges)
            found.append((word, Box(number, width, left, top, right, bottom)))
    return found


def test_the_first_stop_leads_to_the_content(office):
    page, admin = office
    page.goto(admin, wait_until="networkidle")
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.textContent.trim()")
    assert focused == "Aller au contenu"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('#content').contains(document.activeElement)")


def test_no_word_of_a_title_is_broken_on_paper(office, tmp_path):
    """Nor where the page was read on a wide screen, from which the browser measures columns first."""
    page, admin = office
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{admin}improvements/improvementplan/", wait_until="networkidle")
    titles = page.locator("#result_list tbody .field-title").all_inner_texts()
    path = tmp_path / "page.pdf"
    page.pdf(path=path, format="A4")
    on_paper = {part for word, _box in words_on(path) for part in LONG.findall(word)}
    assert titles
    assert not {word for title in titles for word in LONG.findall(title)} - on_paper


@pytest.mark.parametrize("path", PRINTED)
def test_a_title_stands_on_the_page_of_what_follows(office, tmp_path, path):
    page, admin = office
    page.goto(f"{admin}{path}", wait_until="networkidle")
    titles = {words(one) for one in page.evaluate(TITLES)}
    file = tmp_path / "page.pdf"
    page.pdf(path=file, format="A4")
    command = ["pdftotext", "-layout", file, "-"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    *pages, end = text.split("\f")
    assert titles
    assert words(end) == ""
    lasts = [words(one.rstrip().rpartition("\n")[2]) for one in pages]
    assert "" not in lasts  # no page is blank
    assert not titles & set(lasts)
