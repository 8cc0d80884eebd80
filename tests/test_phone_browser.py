"""Lists under `/admin/` at a phone's width, where each cell stands beside its label."""

import pytest

from tests.chromium import WITH_WINDOW, needs_window, visit
from tests.test_pages_browser import enter

pytestmark = needs_window  # the other one lays fields out two pixels wider
WIDTH = 375
LISTS = ("improvements/improvementplan", "training/company", "actionplans/actionplan")
LABELS = "cells => [...new Set(cells.map(cell => cell.dataset.label))]"
CUT = "cells => cells.filter(cell => cell.scrollHeight > cell.clientHeight + 1).length"
STYLES = (
    "cells => [...new Set(cells.map(cell => getComputedStyle(cell, '::before').textTransform))]"
)


@pytest.fixture
def page(demo_server):
    with visit(WITH_WINDOW, locale="fr-FR", viewport={"width": WIDTH, "height": 812}) as visitor:
        enter(visitor.page, f"qualiforma-demo.localhost:{demo_server.port}")
        yield visitor.page
        assert (visitor.complaints, visitor.thrown) == ([], [])


@pytest.mark.parametrize("path", LISTS)
def test_labels_begin_with_a_capital_and_values_are_whole(page, path, demo_server):
    host = f"qualiforma-demo.localhost:{demo_server.port}"
    page.goto(f"http://{host}/admin/{path}/", wait_until="networkidle")
    cells = page.locator("#result_list [data-label]")
    labels = [one for one in cells.evaluate_all(LABELS) if one]
    assert labels
    assert [one for one in labels if one != one[0].upper() + one[1:]] == []
    assert cells.evaluate_all(STYLES) == ["none"]
    first = cells.nth(2)
    first.evaluate("cell => cell.append(' un titre bien trop long pour une ligne'.repeat(5))")
    assert cells.evaluate_all(CUT) == 0


def test_nothing_of_a_plans_rows_lies_beyond_the_edge(page, demo_server):
    host = f"qualiforma-demo.localhost:{demo_server.port}"
    page.goto(f"http://{host}/admin/improvements/improvementplan/imp_8f3b21/change/")
    fields = page.locator(
        "#actions-group tr.form-row:not(.empty-form) :is(textarea, input, select)"
    )
    boxes = [one.bounding_box() for one in fields.locator("visible=true").all()]
    assert boxes
    assert [box for box in boxes if box["x"] + box["width"] > WIDTH] == []


def test_the_counts_of_each_person_fit(page):
    table = page.locator("[role=region][aria-labelledby=people-title]")
    assert table.evaluate("one => one.scrollWidth - one.clientWidth") <= 0
