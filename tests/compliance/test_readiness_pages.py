"""The page of an audit's preparation and its box on the home page."""

import re

from tests.admin_client import entered, text_of
from tests.cast import ALICE, AUDREY
from tests.compliance.evidence_factories import make_evidence
from tests.compliance.readiness_factories import make_holes
from tests.improvements.factories import make_complaint
from tests.qualiforma.training.factories import MORNING

PAGE = "/admin/compliance/readiness/"


def section(answer, number):
    """The part of the page that is about one indicator."""
    page = answer.content.decode()
    found = re.search(rf'<section [^>]*id="i{number}".*?</section>', page, re.DOTALL)
    assert found
    return found[0]


def test_a_gap_leads_to_its_record_to_evidence_and_to_a_plan(admin_client, acme):
    make_evidence(indicators=[31])
    make_complaint(id="cmp_late", subject="Salle sans chauffage", received_at=MORNING)
    part = section(admin_client.get(PAGE), 31)
    assert "À risque" in part
    assert '<a class="qf-link" href="/admin/improvements/complaint/cmp_5Flate/change/">' in part
    assert "Salle sans chauffage" in part
    about = "kind=RECORD&amp;indicators=31&amp;record_type=COMPLAINT&amp;record_id=cmp_late"
    assert f"/admin/compliance/evidence/add/?{about}" in part
    assert "/admin/improvements/improvementplan/add/?indicators=31" in part
    form = admin_client.get(
        "/admin/improvements/improvementplan/add/?indicators=31"
    ).content.decode()
    assert re.search(r'name="indicators"[^>]*value="31"|value="31"[^>]*name="indicators"', form)


def test_the_home_page_leads_to_each_weak_indicator(admin_client, acme):
    make_evidence(indicators=[5])
    text = admin_client.get("/admin/").content.decode()
    assert f'href="{PAGE}#i31"' in text
    assert f'href="{PAGE}#i5"' not in text


def menu_entry(answer, title):
    """The link of the menu under this title."""
    page = answer.content.decode()
    links = re.finditer(
        r'<a href="([^"]+)" class="flex h-\[38px\][^>]*>(?:(?!</a>).)*', page, re.DOTALL
    )
    found = next((one for one in links if title in one[0]), None)
    assert found
    return found


def test_the_menu_leads_to_the_page(admin_client, auditor_client, acme):
    for person in (admin_client, auditor_client):
        assert menu_entry(person.get("/admin/"), "Préparation de l’audit")[1] == PAGE
        assert " active" in menu_entry(person.get(PAGE), "Préparation de l’audit")[0]


def test_that_an_indicator_was_seen_is_kept(admin_client, acme):
    answer = admin_client.send(PAGE, {"indicator": 31, "remark": "À revoir en équipe"})
    assert answer["Location"].endswith("#i31")
    part = section(entered(AUDREY).get(PAGE), 31)
    assert f"Vu par {ALICE.name}" in part
    assert "À revoir en équipe" in part
    assert admin_client.send(PAGE, {"indicator": 34}).status_code == 400


def test_an_auditor_reads_and_changes_nothing(acme):
    make_holes()
    audrey = entered(AUDREY)
    page = audrey.get(PAGE).content.decode()
    assert "Ajouter une preuve" not in page
    assert "Ouvrir un plan" not in page
    assert "nda_5Fneedy" not in page  # the need of somebody whose disability was noted
    assert audrey.send(PAGE, {"indicator": 31}).status_code == 403
    assert "nda_5Fneedy" in entered(ALICE).get(PAGE).content.decode()


def test_the_page_is_filtered_by_state_and_by_the_audits_day(admin_client, acme):
    make_evidence(indicators=[5])
    page = admin_client.get(f"{PAGE}?state=DEMONSTRABLE").content.decode()
    assert re.findall(r'id="i(\d+)"', page) == ["5"]
    page = admin_client.get(f"{PAGE}?auditDate=2026-10-31").content.decode()
    assert re.findall(r'id="i(\d+)"', page)[-1] == "32"
    assert admin_client.get(f"{PAGE}?auditDate=2026-02-30").status_code == 200


def test_the_page_shows_no_ids_and_costs_the_same_for_many(admin_client, acme, count_queries):
    make_complaint(received_at=MORNING)
    few = count_queries(lambda: admin_client.get(PAGE))
    for _ in range(5):
        make_complaint(received_at=MORNING)
    assert count_queries(lambda: admin_client.get(PAGE)) == few
    make_holes()
    text = text_of(admin_client.get(PAGE))
    assert not re.findall(r"\b(?:enr|cmp|imp|nda|evd)_\w+", text)
