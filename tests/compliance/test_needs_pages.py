"""The pages of needs analyses, as a browser asks for them."""

import pytest

from compliance.models import NeedsAnalysis
from tests.admin_client import text_of
from tests.cast import AUDREY, TOM
from tests.compliance.needs_factories import NOTE, make_analysis, make_catalogue
from tests.qualiforma.training.factories import make_company

LIST = "/admin/compliance/needsanalysis/"


def page_of(analysis):
    return f"{LIST}{analysis.pk}/change/"


def form(company, **changes):
    """What the page sends."""
    return {
        "company": company.pk,
        "enrollment": "",
        "objectives": "Excel, reporting RH\n\n Secourisme \n",
        "current_level": "BEGINNER",
        "target_level": "ADVANCED",
        "context": "Mise à jour annuelle",
        "funding_source": "OPCO",
        "third_party_analysis": "",
        "accessibility_needs": "",
        "status": "DRAFT",
        "expected_version": "1",
    } | changes


def test_an_analysis_from_its_first_draft_to_its_end(admin_client, django_assert_max_num_queries):
    make_catalogue()
    answer = admin_client.send(f"{LIST}add/", form(make_company(), _continue="1"))
    analysis = NeedsAnalysis.objects.get()
    assert (answer.status_code, analysis.pk.removeprefix("nda_") in answer.headers["Location"]) == (
        302,
        True,
    )
    assert analysis.objectives == ["Excel, reporting RH", "Secourisme"]
    with django_assert_max_num_queries(16):
        shown = text_of(admin_client.get(page_of(analysis)))
    for said in (
        "Étape 2",
        "Sauveteur secouriste du travail",
        "Répond à l’objectif 2 : secourisme",
        "100 %",
    ):
        assert said in shown
    changed = form(analysis.company, objectives="Plongée", _continue="1")
    assert admin_client.send(page_of(analysis), changed).status_code == 302
    assert "aucune formation du catalogue" in text_of(admin_client.get(page_of(analysis)))
    asked = f"{LIST}{analysis.pk}/complete/"
    assert "ne peut plus être modifiée" in text_of(admin_client.get(asked))
    assert admin_client.send(asked, {"expected_version": "2"}).status_code == 302
    frozen = admin_client.get(page_of(analysis)).content.decode()
    assert "Validée le" in frozen
    assert 'name="context"' not in frozen
    assert admin_client.send(page_of(analysis), form(analysis.company)).status_code == 403
    assert admin_client.send(asked, {}).status_code == 409


def test_what_is_refused_stands_at_its_field(admin_client):
    sent = form(make_company(), current_level="EXPERT")
    answer = admin_client.send(f"{LIST}add/", sent)
    assert not NeedsAnalysis.objects.exists()
    assert "inférieur au niveau actuel" in text_of(answer)
    analysis = make_analysis(version=3)
    stale = admin_client.send(page_of(analysis), form(analysis.company, context="Autre"))
    assert stale.status_code == 412
    assert (
        admin_client.send(f"{LIST}{analysis.pk}/complete/", {"expected_version": "1"}).status_code
        == 412
    )


@pytest.mark.parametrize("objectives", ["", " \n ", "\n".join("x" * 21), "x" * 501])
def test_objectives_are_counted_and_measured(admin_client, objectives):
    answer = admin_client.send(f"{LIST}add/", form(make_company(), objectives=objectives))
    assert answer.status_code in {200, 400}
    assert not NeedsAnalysis.objects.exists()


def test_auditors_read_and_change_nothing(auditor_client):
    analysis = make_analysis()
    assert "Maîtriser Excel" in text_of(auditor_client.get(LIST))
    shown = auditor_client.get(page_of(analysis)).content.decode()
    assert 'name="context"' not in shown
    assert "complete/" not in shown
    assert auditor_client.send(page_of(analysis), form(analysis.company)).status_code == 403
    assert auditor_client.send(f"{LIST}{analysis.pk}/complete/", {}).status_code == 403
    assert auditor_client.get(f"{LIST}add/").status_code == 403


def test_the_note_is_for_administrators_and_the_author(admin_client, auditor_client):
    """Of those who are let in here, the auditor alone is neither, unless once the author."""
    draft = make_analysis(accessibility_needs=NOTE, created_by_id=TOM.id)
    done = make_analysis(accessibility_needs=NOTE, created_by_id=TOM.id, status="COMPLETED")
    own = make_analysis(accessibility_needs=NOTE, created_by_id=AUDREY.id)
    for one in (draft, done, own):
        assert NOTE in admin_client.get(page_of(one)).content.decode()
        assert (NOTE in auditor_client.get(page_of(one)).content.decode()) == (one == own)
    assert NOTE not in admin_client.get(LIST).content.decode()


def test_the_list_costs_the_same_for_many(admin_client, count_queries):
    company = make_company()
    for _ in range(2):
        make_analysis(company=company)
    few = count_queries(lambda: admin_client.get(LIST))
    for _ in range(15):
        make_analysis(company=company)
    assert count_queries(lambda: admin_client.get(LIST)) == few
