"""A trainer's phone: from a mail's link to what was done, without JavaScript, by keyboard alone."""

import os

import pytest

from tests.chromium import needs_chromium, visit
from tests.files import PNG

pytestmark = needs_chromium
ITEM = "/admin/me/IMPROVEMENT_PLAN/act_6ac4a9ce9d0644fd548786d7/"
TOO_WIDE = "document.documentElement.scrollWidth - window.innerWidth"
SMALL = """nodes => nodes.filter(one => {
  const box = one.getBoundingClientRect();
  return box.height > 1 && (box.height < 24 || box.width < 24);
}).map(one => one.outerHTML)"""


@pytest.fixture
def phone(demo_server):
    options = {"viewport": {"width": 320, "height": 640}, "java_script_enabled": False}
    with visit(locale="fr-FR", **options) as visitor:
        yield visitor.page, f"http://qualiforma-demo.localhost:{demo_server.port}"
        assert (visitor.complaints, visitor.thrown) == ([], [])


def log_in(page, email):
    page.fill("#id_username", email)
    page.fill("#id_password", os.environ["QUALIFORMA_DEMO_PASSWORD"])
    page.press("#id_password", "Enter")


def pressed(page, label):
    """Go to a button by the tab key alone, and press it."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.locator("button:focus").count() and label in page.locator(":focus").inner_text():
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"{label} is not reached by keyboard")


def test_from_the_mail_to_done(phone):
    page, host = phone
    page.goto(host + ITEM)
    log_in(page, "trainer@qualiforma.fr")
    page.wait_for_url(f"**{ITEM}")
    assert "mode dégradé" in page.locator("h1").inner_text()
    page.fill("#id_text", "Mode dégradé affiché dans les salles.")
    page.set_input_files("#id_file", {"name": "salle.png", "mimeType": "image/png", "buffer": PNG})
    page.focus("#id_file")
    pressed(page, "Je m’en occupe")
    page.wait_for_url("**/admin/me/")
    assert "C’est noté\u00a0: «\u00a0En cours\u00a0»." in page.locator("[role=status]").inner_text()
    page.goto(host + ITEM)
    assert "Fait\u00a0: Rédiger un mode dégradé" in page.locator(".kept").inner_text()
    pressed(page, "Remettre «\u00a0À faire\u00a0»")
    page.wait_for_url("**/admin/me/")


def test_the_pages_fit_a_phone_with_room_for_fingers(demo_server):
    host = f"http://qualiforma-demo.localhost:{demo_server.port}"
    with visit(locale="en-GB", viewport={"width": 320, "height": 640}) as visitor:
        page = visitor.page
        page.goto(f"{host}/admin/me/")
        log_in(page, "trainer@qualiforma.fr")
        page.wait_for_url("**/admin/me/")
        for path in ("/admin/me/", ITEM):
            page.goto(host + path)
            assert page.evaluate(TOO_WIDE) <= 0
            assert page.locator("a, button, input, textarea").evaluate_all(SMALL) == []
            assert page.locator("html").get_attribute("lang") == "en"
