"""The search over everything in a real browser: by Ctrl-K, arrows and Enter alone; and by finger."""

import pytest

from tests.chromium import needs_chromium, visit
from tests.test_pages_browser import assert_quiet, enter

pytestmark = needs_chromium


@pytest.fixture
def host(demo_server):
    return f"qualiforma-demo.localhost:{demo_server.port}"


def test_by_keyboard_alone(demo_server, host):
    with visit(locale="fr-FR") as visitor:
        page = visitor.page
        enter(page, host)
        page.keyboard.press("Control+k")
        page.keyboard.type("excel")
        page.wait_for_selector(".qf-find-results a")
        page.keyboard.press("Escape")
        assert page.locator(".qf-find-results").is_hidden()
        page.keyboard.type(" ")
        page.wait_for_selector(".qf-find-results a")
        page.keyboard.press("ArrowDown")
        focused = page.evaluate("document.activeElement.closest('.qf-find-results') !== null")
        assert focused
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert "/change/" in page.url
        assert_quiet(visitor, host)


def test_on_a_phone_it_is_a_page(demo_server, host):
    with visit(locale="fr-FR", viewport={"width": 390, "height": 800}) as visitor:
        page = visitor.page
        enter(page, host)
        with page.expect_navigation(wait_until="networkidle"):
            page.click(".qf-find-link")
        page.fill("main [name=q], #content [name=q]", "excel")
        page.keyboard.press("Enter")
        page.wait_for_url("**/find/?q=excel")
        assert page.locator(".qf-panel.qf-found a").count() > 0
        assert_quiet(visitor, host)
