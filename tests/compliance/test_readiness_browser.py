"""From the home page to what indicator 31 lacks, to the complaint and back, in a real browser."""

import pytest

from tests.chromium import needs_chromium, visit
from tests.test_pages_browser import assert_quiet, enter

pytestmark = needs_chromium
PAGE = "/admin/compliance/readiness/"


@pytest.fixture
def host(demo_server):
    return f"qualiforma-demo.localhost:{demo_server.port}"


def test_from_home_to_the_complaint_and_back_in_three_clicks(host):
    with visit(locale="fr-FR", viewport={"width": 320, "height": 800}) as visitor:
        page = visitor.page
        enter(page, host)
        page.locator(f'a[href="{PAGE}#i31"]').click()
        page.wait_for_url("**/readiness/#i31")
        assert page.locator("#i31").evaluate("one => one.getBoundingClientRect().top < 800")
        complaint = page.locator('#i31 a[href*="/improvements/complaint/"]').first
        name = complaint.inner_text()
        complaint.click()
        page.wait_for_url("**/complaint/*/change/")
        assert name in page.content()
        page.go_back(wait_until="networkidle")
        assert page.url.endswith(f"{PAGE}#i31")
        assert_quiet(visitor, host)


def test_the_page_is_printed_without_forms_and_without_the_site_around_it(host):
    with visit(locale="fr-FR") as visitor:
        page = visitor.page
        enter(page, host)
        page.goto(f"http://{host}{PAGE}", wait_until="networkidle")
        assert page.locator("#i31 form").is_hidden()  # it takes room on each row
        page.locator("#i31 summary").click()
        assert page.locator("#i31 form").is_visible()
        page.emulate_media(media="print")
        for hidden in ("#nav-sidebar", "#header-inner", "#i31 form", "#i31 .qf-no-print"):
            assert page.locator(hidden).first.is_hidden(), hidden
        assert page.locator("#i31-title").is_visible()
        assert_quiet(visitor, host)
