"""One search over everything: words without accents, ids, numbers; nothing that a list would hide."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from improvements.models import ClosingReport
from qualiforma.admin import finder
from qualiforma.tenants.context import tenant_context
from qualiforma.training.models import Certificate
from tests.admin_client import AdminClient, text_of
from tests.cast import AUDREY, MONA
from tests.improvements.factories import make_action, make_complaint, make_plan
from tests.qualiforma.training.factories import make_company, make_course, make_enrollment

pytestmark = pytest.mark.django_db
PAGE = "/admin/find/"


@pytest.fixture
def records(acme):
    plan = make_plan(title="Évacuation à revoir", status="IN_PROGRESS")
    make_action(plan, description="Afficher le plan d’évacuation")
    ClosingReport.objects.create(plan=plan, summary="L’évacuation est affichée.")
    make_complaint(subject="Évacuation lente", id="cmp_4f0und")
    make_company(name="Évacuation Conseil")
    make_course(title="Évacuation des locaux")
    return plan


def found(admin_client, words):
    page = admin_client.get(PAGE, {"q": words, "part": "1"})
    assert page.status_code == 200
    return text_of(page)


def test_every_kind_is_found_whatever_the_accents(records, admin_client):
    text = found(admin_client, "evacuation")
    for part in (
        *("Plans d’amélioration", "Évacuation à revoir", "Actions correctives", "Afficher le plan"),
        *("Réclamations", "Évacuation lente", "Rapports de clôture", "est affichée"),
        *("Entreprises", "Évacuation Conseil", "Formations", "Évacuation des locaux"),
    ):
        assert part in text
    assert "Rien ne correspond" in found(admin_client, "introuvable")
    assert "Mona Petit" in found(admin_client, "mona pe")


def test_ids_and_numbers_lead_to_their_record(records, admin_client):
    enrollment = make_enrollment()
    certificate = Certificate.objects.create(enrollment=enrollment)
    certificate.refresh_from_db()
    assert "Évacuation à revoir" in found(admin_client, records.pk)
    assert "Évacuation à revoir" in found(admin_client, records.reference)
    assert "Évacuation lente" in found(admin_client, "cmp_4f0und")
    assert "Bob Roux" in found(admin_client, enrollment.pk)
    assert certificate.number in found(admin_client, certificate.number)


def test_a_learner_leads_to_their_enrollments(acme, admin_client):
    page = admin_client.get(PAGE, {"q": "bob roux"})
    assert "/admin/training/enrollment/?user__id__exact=usr_bob" in page.content.decode()


def test_each_list_hides_what_it_hides(records, globex, auditor_client):
    with tenant_context(globex):
        make_plan(title="Évacuation de globex")
    assert "globex" not in found(auditor_client, "evacuation")
    make_plan(title="Évacuation effacée", deleted_at=records.created_at)
    assert "effacée" not in found(auditor_client, "evacuation")
    assert "Évacuation à revoir" in found(auditor_client, "evacuation")


def test_who_has_no_pages_finds_nothing(records):
    admin_client = AdminClient()
    admin_client.log_in(MONA)
    assert admin_client.get(PAGE, {"q": "evacuation"}).status_code in {302, 403}
    assert AdminClient().get(PAGE, {"q": "evacuation"}).status_code == 302


def test_too_little_to_search_for(records, admin_client):
    assert "trois lettres" in found(admin_client, "év")
    assert "trois lettres" in found(admin_client, "")
    assert found(admin_client, "eva%_\\")


def test_of_each_kind_some_and_no_more_statements(acme, admin_client, count_queries, monkeypatch):
    monkeypatch.setattr(finder, "SHOWN_EACH", 2)
    make_company(name="Ateliers 1")
    few = count_queries(lambda: admin_client.get(PAGE, {"q": "ateliers", "part": "1"}))
    for n in range(2, 9):
        make_company(name=f"Ateliers {n}")
    many = count_queries(lambda: admin_client.get(PAGE, {"q": "ateliers", "part": "1"}))
    assert (many, few) == (few, few)
    text = found(admin_client, "ateliers")
    assert (text.count("Ateliers"), "Il y en a d’autres" in text) == (2, True)
    assert AUDREY.name not in text


def test_candidates_are_searched_for_once(records, admin_client):
    """As a subquery they may be searched for once for each row of the table."""
    with CaptureQueriesContext(connection) as statements:
        found(admin_client, "evacuation")
    searched = [one["sql"] for one in statements if f"LIMIT {finder.CANDIDATES}" in one["sql"]]
    assert len(searched) == sum(bool(one.fields) for one in finder.kinds)
    assert [sql for sql in searched if "= ANY(ARRAY(SELECT" not in sql] == []
