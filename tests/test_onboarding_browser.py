"""A new organisation in a real browser: a logo on its login page, in the language of whoever comes."""

import pytest

from tests.chromium import needs_chromium, visit
from tests.files import PNG
from tests.test_pages_browser import assert_quiet, log_in

pytestmark = needs_chromium
PAGE = "admin/compliance/organisation/"


def test_a_logo_is_uploaded_and_shown_at_the_login(demo_server, tmp_path):
    picture = tmp_path / "logo.png"
    picture.write_bytes(PNG)
    host = f"votre-tenant.localhost:{demo_server.port}"
    with visit(locale="fr-FR") as visitor:
        page = visitor.page
        log_in(page, host)
        page.goto(f"http://{host}/{PAGE}")
        page.set_input_files("#id_file", picture)
        with page.expect_navigation():
            page.get_by_role("button", name="Enregistrer le logo").click()
        page.locator("text=Le logo est enregistré.").wait_for()
        page.locator("#logout-form").evaluate("form => form.requestSubmit()")
        page.wait_for_url("**/admin/login/")
        logo = page.locator(".qf-login-logo")
        assert logo.evaluate("one => one.complete && one.naturalWidth > 0")
        assert page.locator(".qf-login-name").inner_text() == "Prévention Atlantique"
        log_in(page, host)
        page.goto(f"http://{host}/{PAGE}")
        with page.expect_navigation():
            page.get_by_role("button", name="Retirer le logo").click()
        page.locator("text=Le logo est retiré.").wait_for()
        assert_quiet(visitor, host)


@pytest.fixture
def visitor(demo_server):
    with visit(locale="en-GB") as found:
        yield found


def test_the_page_of_the_samples_is_read_in_english(visitor, demo_server):
    host = f"qualiforma-demo.localhost:{demo_server.port}"
    log_in(visitor.page, host)
    visitor.page.goto(f"http://{host}/admin/samples/")
    visitor.page.get_by_role("button", name="Load samples").click()
    visitor.page.locator("text=You have already entered records").wait_for()
    visitor.complaints = [text for text in visitor.complaints if "409" not in text]
    assert_quiet(visitor, host)
