"""The grid of an audit in a real browser: filled by keyboard, on a phone, printed whole."""

import pytest

from tests.chromium import needs_chromium, visit
from tests.test_pages_browser import assert_quiet, enter

pytestmark = needs_chromium
AUDIT = "/admin/compliance/audit/aud_5Finterne"
TOO_WIDE = "document.documentElement.scrollWidth - window.innerWidth"


@pytest.fixture
def host(demo_server):
    return f"qualiforma-demo.localhost:{demo_server.port}"


def test_the_grid_is_filled_by_keyboard_at_a_phones_width(host):
    with visit(locale="fr-FR", viewport={"width": 320, "height": 800}) as visitor:
        page = visitor.page
        enter(page, host)
        page.goto(f"http://{host}{AUDIT}/grid/", wait_until="networkidle")
        assert page.evaluate(TOO_WIDE) <= 0
        first = page.locator("#i2 input[type=radio]").first
        first.focus()
        for _ in range(2):  # to examine, satisfactory, minor
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
        page.keyboard.type("Taux sans effectif.")
        labels = page.locator("#i32 .qf-choices").first.inner_text()
        assert "majeure" in labels
        assert "mineure" not in labels
        page.get_by_role("button", name="Enregistrer la grille").press("Enter")
        page.wait_for_url(f"**{AUDIT}/change/")
        row = page.locator("#content tr", has_text="Taux sans effectif.").inner_text()
        assert "non-conformité mineure" in row.lower()
        assert_quiet(visitor, host)


def test_the_grid_is_printed_with_every_indicator_and_no_button(host):
    with visit(locale="fr-FR") as visitor:
        page = visitor.page
        enter(page, host)
        page.goto(f"http://{host}{AUDIT}/grid/", wait_until="networkidle")
        page.emulate_media(media="print")
        for hidden in ("#nav-sidebar", ".qf-save"):
            assert page.locator(hidden).first.is_hidden(), hidden
        for number in (1, 2, 32):
            assert page.locator(f"#i{number} legend").is_visible()
            assert page.locator(f"#i{number} input[type=radio]").first.is_visible()
        assert_quiet(visitor, host)
