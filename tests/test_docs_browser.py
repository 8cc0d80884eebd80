"""The pages we serve, in a real browser: they work under the policy they are sent with."""

import json
import os

import pytest

from tests.chromium import needs_chromium, visit

pytestmark = needs_chromium
LOGIN = {
    "email": "admin@qualiforma.fr",
    "password": os.environ.get("QUALIFORMA_DEMO_PASSWORD"),
}
INLINE = """() => new Promise(resolve => {
  document.addEventListener('securitypolicyviolation', event => resolve(event.violatedDirective));
  const script = document.createElement('script');
  script.textContent = 'window.wasRun = true';
  document.body.append(script);
})"""


@pytest.fixture
def visitor(demo_server):
    with visit() as found:
        yield found


def assert_quiet(visitor, demo_server):
    assert (visitor.complaints, visitor.thrown) == ([], [])
    assert visitor.hosts == {f"127.0.0.1:{demo_server.port}"}


def state_the_tenant(page):
    """Once, as the contract has it: in the page's dialog of credentials."""
    page.click(".auth-wrapper .btn.authorize")
    dialog = page.locator(".auth-container", has_text="tenantHeader")
    dialog.locator("input").fill("qualiforma-demo")
    dialog.locator("button.authorize").click()
    page.click(".modal-ux .close-modal")


def test_the_docs_page_works_under_its_policy(demo_server, visitor, tmp_path):
    page = visitor.page
    page.goto(f"{demo_server.base}/api/v1/docs", wait_until="networkidle")
    page.wait_for_selector(".opblock-tag")
    assert page.title() == "QualiForma API"
    assert page.locator(".opblock-tag").count() > 10
    state_the_tenant(page)
    page.locator(".opblock-tag", has_text="Auth").click()
    page.locator(".opblock", has_text="/auth/login").first.click()
    page.click(".opblock-body .try-out__btn")
    page.fill("textarea.body-param__text", json.dumps(LOGIN))
    page.click(".opblock-body .execute")
    page.wait_for_selector(".live-responses-table .response-col_status")
    assert page.locator(".live-responses-table .response-col_status").last.inner_text() == "200"
    assert page.locator("body").evaluate("it => getComputedStyle(it).margin") == "0px"
    page.screenshot(path=tmp_path / "docs.png", full_page=True)
    assert_quiet(visitor, demo_server)


def test_the_policy_is_kept_by_the_browser(demo_server, visitor):
    visitor.page.goto(f"{demo_server.base}/api/v1/docs", wait_until="networkidle")
    assert visitor.page.evaluate(INLINE) == "script-src-elem"
    assert visitor.page.evaluate("window.wasRun") is None


def test_the_page_behind_a_dead_link(demo_server, visitor):
    answer = visitor.page.goto(f"{demo_server.base}/links/password/x", wait_until="networkidle")
    assert answer.status == 404
    assert visitor.page.locator("h1").count() == 1
    colour = visitor.page.locator("body").evaluate("it => getComputedStyle(it).fontFamily")
    assert colour != "Times New Roman"  # the style sheet was let in
    visitor.complaints = [text for text in visitor.complaints if "404" not in text]
    assert_quiet(visitor, demo_server)
