"""The back-office's pickers in a real browser, under the policy that they are sent with."""

import re

import pytest

from tests.chromium import needs_chromium, visit
from tests.test_pages_browser import enter

pytestmark = needs_chromium


@pytest.fixture
def visitor(demo_server):
    with visit(locale="fr-FR") as found:
        yield found


def pick(page, field, words, row):
    """As a person does: open, type some letters, take what is found."""
    page.get_by_role("combobox", name=field).click()
    page.get_by_role("searchbox", name=field).fill(words)
    page.get_by_role("option", name=row).click()


def test_a_learner_is_enrolled_by_searching_and_certified(visitor, demo_server):
    page, host = visitor.page, f"votre-tenant.localhost:{demo_server.port}"
    enter(page, host)
    page.goto(f"http://{host}/admin/training/enrollment/add/", wait_until="networkidle")
    pick(page, "Formation", "tresorerie", "Piloter la trésorerie d’une petite entreprise")
    pick(page, "Apprenant", "guillou", "Maël Guillou")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    page.wait_for_url(re.compile(r"enrollment/enr_\w+/change/$"))
    assert "Maël Guillou" in page.locator("#content-main").inner_text()
    page.select_option("#id_status", "COMPLETED")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    page.get_by_role("link", name="Délivrer l’attestation").click()
    page.get_by_role("button", name="Délivrer l’attestation").click()
    page.wait_for_url(re.compile(r"/change/$"))
    assert re.search(r"20\d\d-\d{4}", page.locator("#certificate-title + p").inner_text())
    assert (visitor.complaints, visitor.thrown) == ([], [])
    assert visitor.hosts == {host}
