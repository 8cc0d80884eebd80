"""The public complaint form in a real browser: without JavaScript, by axe, and at 320 px."""

import shutil

import pytest

from tests.chromium import needs_chromium, visit
from tests.test_pages_accessible import axe, faults

__all__ = ["axe"]
needs_npm = pytest.mark.skipif(not shutil.which("npm"), reason="npm is not installed here")
pytestmark = [pytest.mark.long, needs_chromium]
DONE = {"fr-FR": "Réclamation envoyée", "en-GB": "Complaint sent"}


def fill_in(page):
    page.fill("[name=subject]", "Salle trop froide")
    page.fill("[name=description]", "Deux jours sans chauffage.")
    page.fill("[name=name]", "Nadia Benali")
    page.fill("[name=email]", "nadia@example.org")
    page.select_option("[name=role]", "LEARNER")
    page.check("[name=consent]")


def test_it_works_without_javascript(demo_server):
    address = f"http://qualiforma-demo.localhost:{demo_server.port}/reclamation"
    with visit(locale="fr-FR", java_script_enabled=False) as visitor:
        page = visitor.page
        page.goto(address)
        fill_in(page)
        page.click("button[type=submit]")
        page.wait_for_url("**/reclamation/envoyee")
        assert page.locator("h1").inner_text() == DONE["fr-FR"]
        # The browser asks for an icon of its own accord; nothing else is missing or refused.
        assert [one for one in visitor.complaints if "404" not in one] == []


@needs_npm
@pytest.mark.parametrize("language", ["fr-FR", "en-GB"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_have_no_axe_violations(demo_server, axe, scheme, language):
    address = f"http://qualiforma-demo.localhost:{demo_server.port}/reclamation"
    found = {}
    with visit(locale=language, color_scheme=scheme, bypass_csp=True) as visitor:
        page = visitor.page
        page.goto(address, wait_until="networkidle")
        found["form"] = faults(page, axe)
        page.locator("form").evaluate("form => { form.noValidate = true; form.submit(); }")
        page.wait_for_selector(".errorlist")
        found["refused"] = faults(page, axe)
        page.goto(f"{address}/envoyee", wait_until="networkidle")
        found["sent"] = faults(page, axe)
        page.goto(address.replace("qualiforma-demo", "votre-tenant"), wait_until="networkidle")
        found["closed"] = faults(page, axe)
    assert {name: one for name, one in found.items() if one} == {}
