"""The pages under `/admin/` in a real browser, under the policy they are sent with."""

import os
from typing import Any

import pytest

from tests.chromium import needs_chromium, visit

pytestmark = needs_chromium
EMAIL = "admin@qualiforma.fr"
_cookies: dict[str, Any] = {}  # by host
INLINE = """() => new Promise(resolve => {
  document.addEventListener('securitypolicyviolation', event => resolve(event.violatedDirective));
  const script = document.createElement('script');
  script.textContent = 'window.wasRun = true';
  document.body.append(script);
})"""


@pytest.fixture
def visitor(demo_server):
    with visit(locale="fr-FR") as found:
        yield found


@pytest.fixture
def host(demo_server):
    return f"qualiforma-demo.localhost:{demo_server.port}"


def log_in(page, host, password=None, email=EMAIL):
    page.goto(f"http://{host}/admin/", wait_until="networkidle")
    page.fill("#id_username", email)
    page.fill("#id_password", password or os.environ["QUALIFORMA_DEMO_PASSWORD"])
    with page.expect_navigation(wait_until="networkidle"):
        page.click("#login-form button[type=submit]")


def enter(page, host):
    """Come as who has logged in before: by the session of an earlier visit, while it lasts."""
    page.context.add_cookies(_cookies.get(host, []))
    page.goto(f"http://{host}/admin/", wait_until="load")
    if "/login/" in page.url:
        log_in(page, host)
        _cookies[host] = page.context.cookies()


def assert_quiet(visitor, *hosts):
    assert (visitor.complaints, visitor.thrown) == ([], [])
    assert visitor.hosts <= set(hosts)


def test_logging_in_and_out(visitor, host):
    page = visitor.page
    log_in(page, host)
    assert page.url == f"http://{host}/admin/"
    assert page.locator("html").get_attribute("lang") == "fr"
    page.evaluate("localStorage.kept = sessionStorage.kept = 1")
    page.locator("#logout-form").evaluate("form => form.requestSubmit()")
    page.wait_for_url("**/admin/login/")
    assert page.evaluate("[localStorage.kept, sessionStorage.kept]") == [None, None]
    assert {one["name"] for one in page.context.cookies()} == {"csrftoken"}  # the new page's own
    log_in(page, host)
    assert page.url == f"http://{host}/admin/"
    assert_quiet(visitor, host)


def test_a_refusal_is_shown(visitor, host):
    log_in(visitor.page, host, password="not this one")
    assert "Adresse e-mail ou mot de passe incorrect" in visitor.page.content()
    visitor.complaints = [text for text in visitor.complaints if "401" not in text]
    assert_quiet(visitor, host)


def test_a_cookie_of_one_tenant_is_useless_on_anothers_host(visitor, host, demo_server):
    page, elsewhere = visitor.page, f"votre-tenant.localhost:{demo_server.port}"
    log_in(page, host)
    cookie = next(one for one in page.context.cookies() if one["name"] == "sessionid")
    page.goto(f"http://{elsewhere}/admin/")
    assert "/admin/login/" in page.url  # the browser does not even send it
    page.context.add_cookies([cookie | {"domain": "votre-tenant.localhost"}])
    page.goto(f"http://{elsewhere}/admin/")
    assert "/admin/login/" in page.url
    assert_quiet(visitor, host, elsewhere)


def test_the_policy_is_kept_by_the_browser(visitor, host):
    log_in(visitor.page, host)
    assert visitor.page.evaluate(INLINE) == "script-src-elem"
    assert visitor.page.evaluate("window.wasRun") is None
