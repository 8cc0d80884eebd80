"""The guided form in a real browser: what an answer changes is said at once, on a phone too."""

from tests.chromium import needs_chromium, visit
from tests.test_pages_browser import assert_quiet, enter

pytestmark = needs_chromium
PAGE = "/admin/compliance/organisation/"
TOO_WIDE = "document.documentElement.scrollWidth - window.innerWidth"


def test_what_an_answer_changes_is_said_as_it_is_given(demo_server):
    host = f"qualiforma-demo.localhost:{demo_server.port}"
    with visit(locale="fr-FR", viewport={"width": 320, "height": 800}) as visitor:
        page = visitor.page
        enter(page, host)
        page.goto(f"http://{host}{PAGE}", wait_until="networkidle")
        said = page.locator("#effect-title")
        assert said.inner_text() == "26\u00a0indicateurs sur 33 s’appliquent"
        page.check('input[name="conditions"][value="ALTERNANCE"]')
        page.wait_for_function(
            "document.getElementById('effect-title').textContent.startsWith('27\u00a0')"
        )
        assert "S’ajoutent\u00a0: 13." in page.locator("#qf-effect").inner_text()
        assert page.evaluate(TOO_WIDE) <= 0
        page.goto(f"http://{host}{PAGE}", wait_until="networkidle")
        assert said.inner_text() == "26\u00a0indicateurs sur 33 s’appliquent"  # nothing was saved
        assert_quiet(visitor, host)


def test_a_button_leads_to_what_the_answers_change(demo_server):
    host = f"qualiforma-demo.localhost:{demo_server.port}"
    with visit(locale="fr-FR", viewport={"width": 320, "height": 800}) as visitor:
        page = visitor.page
        enter(page, host)
        page.goto(f"http://{host}{PAGE}", wait_until="networkidle")
        page.check('input[name="categories"][value="CFA"]')
        with page.expect_navigation(wait_until="networkidle"):
            page.click("button[name=preview]")
        said = page.locator("#effect-title")
        assert said.inner_text() == "33\u00a0indicateurs sur 33 s’appliquent"
        assert said.evaluate("one => one.getBoundingClientRect().top < 800")
        assert_quiet(visitor, host)
