"""Modules put into order in a real browser, by keyboard and by pointer, under the page's own policy."""

import pytest

from tests.chromium import needs_chromium, visit
from tests.test_pages_browser import assert_quiet, enter

pytestmark = needs_chromium
ROWS = "[data-row]:not([hidden])"
ORDER = f"""() => [...document.querySelectorAll('{ROWS}')].map(row =>
  row.querySelector('[data-order] input').value + ' ' +
  row.querySelector('[data-course] select').value.replace('crs_', ''))"""
FOCUS = """() => document.activeElement.closest('[data-row]')
  .querySelector('[data-course] select').value.replace('crs_', '')"""


@pytest.fixture
def host(demo_server):
    return f"qualiforma-demo.localhost:{demo_server.port}"


def test_modules_are_ordered_by_keyboard_and_by_pointer(host):
    with visit(locale="fr-FR") as visitor:
        page = visitor.page
        enter(page, host)
        address = f"http://{host}/admin/compliance/adaptivepath/pth_5Fprevention/change/"
        page.goto(address, wait_until="networkidle")
        assert page.evaluate(ORDER) == ["1 sst_init", "2 gestes_postures", "3 duerp", "4 sst_mac"]
        page.locator(f"{ROWS} [data-up]").nth(2).focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        assert page.evaluate(ORDER) == ["1 duerp", "2 sst_init", "3 gestes_postures", "4 sst_mac"]
        assert page.evaluate(FOCUS) == "duerp"  # at the top its other arrow has the focus
        assert page.locator("[data-said]").inner_text() == "Module déplacé en position 1"
        rows = page.locator(ROWS)
        rows.nth(3).locator("[data-handle]").drag_to(rows.nth(0), target_position={"x": 20, "y": 3})
        assert page.evaluate(ORDER)[:2] == ["1 sst_mac", "2 duerp"]
        page.locator(f"{ROWS} [data-drop]").nth(3).click()
        page.locator("[data-add]").click()
        page.locator(f"{ROWS} [data-course] select").nth(3).select_option("crs_incendie")
        assert page.locator(".qf-condition select:visible").count() == 3  # not the first one's
        page.fill("#id_reason", "Réglementation d’abord.")
        page.locator("button[name=_continue]").click()
        page.wait_for_load_state("networkidle")
        assert page.evaluate(ORDER) == ["1 sst_mac", "2 duerp", "3 sst_init", "4 incendie"]
        assert "Motif\u00a0: Réglementation d’abord." in page.inner_text("#content")
        assert_quiet(visitor, host)


def test_file_prints_without_navigation(host):
    with visit(locale="fr-FR") as visitor:
        page = visitor.page
        enter(page, host)
        page.goto(
            f"http://{host}/admin/training/enrollment/enr_5Fpaie_5Falone/timeline/",
            wait_until="networkidle",
        )
        assert page.locator("[data-print]").is_visible()
        page.emulate_media(media="print")
        for hidden in ("#nav-sidebar", "[data-print]", "#header-inner"):
            assert page.locator(hidden).first.is_hidden(), hidden
        assert page.locator(".qf-line").is_visible()
        assert page.locator(".qf-hole").count() >= 2
        assert_quiet(visitor, host)
