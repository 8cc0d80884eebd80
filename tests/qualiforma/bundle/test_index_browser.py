"""The index in a real browser, from the file system, with no network."""

import re

import pytest

from qualiforma.bundle.scope import Wish, settle
from qualiforma.bundle.services import build_bundle
from tests.bundles import Unpacked
from tests.chromium import needs_chromium, visit
from tests.compliance.evidence_factories import make_evidence
from tests.improvements.factories import make_plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def page_path(acme, tmp_path):
    make_plan(title="Réduire l’attente <b>au téléphone</b>", status="IN_PROGRESS", id="imp_wait")
    make_plan(title="Autre plan", status="IN_PROGRESS", id="imp_other")
    make_evidence(title="Procédure de réclamation")
    bundle = Unpacked(build_bundle(settle(Wish()), tmp_path / "a.zip").path)
    for name, content in bundle.files.items():
        path = tmp_path / "unpacked" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "unpacked" / "00-sommaire.html"


def test_it_names_no_address_and_its_links_lead_to_files(page_path):
    text = page_path.read_text()
    assert "http://" not in text
    assert "https://" not in text
    assert "<b>" not in text
    links = re.findall(r'href="([^"]+)"', text)
    assert len(links) > 10
    assert all((page_path.parent / one).is_file() for one in links)


@needs_chromium
def test_its_search_finds_a_plan_with_the_network_cut(page_path):
    with visit(offline=True) as visitor:
        page = visitor.page
        page.goto(page_path.as_uri())
        assert page.locator("li:visible").count() > 40
        page.get_by_label("Rechercher").fill("reduire attente")
        [found] = page.locator("li:visible").all()
        assert "Réduire l’attente <b>au téléphone</b>" in found.inner_text()
        assert page.get_by_role("status").inner_text() == "1 résultat"
        assert page.locator("h3:visible").count() == 0
        page.get_by_label("Rechercher").fill("indicateur 31 procedure")
        assert "Procédure de réclamation" in page.locator("li:visible").first.inner_text()
        page.get_by_label("Rechercher").fill("")
        page.emulate_media(media="print")
        assert page.locator("form").is_hidden()
        assert (visitor.complaints, visitor.thrown, visitor.hosts) == ([], [], {""})
