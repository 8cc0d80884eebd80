"""A link and a file are added in a real browser: the form asks for what belongs to the kind alone."""

from tests.chromium import needs_chromium, visit
from tests.files import PDF
from tests.test_pages_browser import assert_quiet, log_in

pytestmark = needs_chromium
ADD = "/admin/compliance/evidence/add/"


def fill(page, title):
    page.fill("[name=title]", title)
    page.fill("[name=indicators]", "9")


def save(page):
    page.click("[name=_continue]")
    page.wait_for_url("**/evidence/**/change/")


def test_the_form_asks_for_what_belongs_to_the_kind(demo_server):
    host = f"qualiforma-demo.localhost:{demo_server.port}"
    with visit(locale="fr-FR") as visitor:
        page = visitor.page
        log_in(page, host)
        page.goto(f"http://{host}{ADD}", wait_until="networkidle")
        assert page.locator("[name=file]").is_visible()
        assert page.locator("[name=url]").is_hidden()
        fill(page, "Convocation type")
        page.set_input_files(
            "[name=file]", {"name": "a.pdf", "mimeType": "application/pdf", "buffer": PDF}
        )
        save(page)
        assert "a.pdf" in page.content()
        page.goto(f"http://{host}{ADD}", wait_until="networkidle")
        page.select_option("[name=kind]", "LINK")
        assert page.locator("[name=file]").is_hidden()
        assert page.locator("[name=url]").is_visible()
        fill(page, "Catalogue en ligne")
        page.fill("[name=url]", "https://exemple.fr/catalogue")
        save(page)
        assert "https://exemple.fr/catalogue" in page.content()
        assert_quiet(visitor, host)
