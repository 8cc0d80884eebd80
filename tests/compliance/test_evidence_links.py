"""Evidence of the register is linked to a record from its page, and the link is taken back."""

import html
from urllib.parse import urlencode

import pytest

from compliance import services
from compliance.models import Evidence
from improvements.states import PlanStatus
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.audit.models import AuditEvent
from tests.admin_client import text_of
from tests.cast import ALICE
from tests.compliance.evidence_factories import make_evidence
from tests.improvements.factories import make_action, make_complaint, make_plan
from tests.improvements.pages import page_of

pytestmark = pytest.mark.django_db


def link_page(record_type, record, **more):
    query = urlencode({"record_type": record_type, "record_id": record.pk} | more)
    return f"/admin/compliance/link-evidence/?{query}"


@pytest.fixture
def action(acme):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    return make_action(plan, description="Relire le livret")


@pytest.fixture
def evidence(acme):
    return make_evidence(title="Livret relu")


def test_the_pages_of_a_plan_and_of_a_complaint_lead_there(admin_client, auditor_client, action):
    page = html.unescape(admin_client.get(page_of(action.plan)).content.decode())
    assert link_page("CORRECTIVE_ACTION", action) in page
    assert link_page("IMPROVEMENT_PLAN", action.plan) in page
    complaint = make_complaint()
    address = f"/admin/improvements/complaint/{complaint.pk.replace('_', '_5F')}/change/"
    assert link_page("COMPLAINT", complaint) in html.unescape(
        admin_client.get(address).content.decode()
    )
    page = auditor_client.get(page_of(action.plan)).content.decode()
    assert "Rattacher une preuve existante" not in page


def test_evidence_is_linked_to_an_action_and_the_link_taken_back(admin_client, action, evidence):
    address = link_page("CORRECTIVE_ACTION", action)
    assert "Livret relu" in text_of(admin_client.get(address))
    answer = admin_client.send(address, {"evidence": evidence.pk}, follow=True)
    evidence.refresh_from_db()
    assert (evidence.record_type, evidence.record_id) == ("CORRECTIVE_ACTION", action.pk)
    page = answer.content.decode()
    assert "La preuve « Livret relu » est rattachée." in text_of(answer)
    undo = html.unescape(page.split("data-undo>")[0].rsplit('action="', 1)[1].split('"')[0])
    admin_client.send(undo)
    evidence.refresh_from_db()
    assert evidence.record_id == ""
    changes = AuditEvent.objects.filter(object_id=evidence.pk, operation="UPDATE")
    assert {one.action for one in changes} == {"compliance.evidence.changed"}


def test_only_free_evidence_is_offered_and_found_by_its_words(admin_client, action, evidence):
    make_evidence(title="Déjà ailleurs", record_type="COMPLAINT", record_id=make_complaint().pk)
    gone = make_evidence(title="Procédure retirée")
    actor = Actor.of(User.objects.get(pk=ALICE.id))
    services.withdraw_evidence(evidence=gone, withdrawal_reason="Remplacée", actor=actor)
    text = text_of(admin_client.get(link_page("CORRECTIVE_ACTION", action)))
    assert "Livret relu" in text
    assert "Déjà ailleurs" not in text
    assert "Procédure retirée" not in text
    text = text_of(admin_client.get(link_page("CORRECTIVE_ACTION", action, q="zzz")))
    assert "Rien ne correspond à « zzz »" in text
    text = text_of(admin_client.get(link_page("CORRECTIVE_ACTION", action, q="LIVRET")))
    assert "Livret relu" in text


def test_what_is_linked_meanwhile_is_not_moved(admin_client, action, evidence):
    complaint = make_complaint()
    Evidence.objects.filter(pk=evidence.pk).update(record_type="COMPLAINT", record_id=complaint.pk)
    address = link_page("CORRECTIVE_ACTION", action)
    assert admin_client.send(address, {"evidence": evidence.pk}).status_code == 404
    evidence.refresh_from_db()
    assert evidence.record_id == complaint.pk


@pytest.mark.parametrize("query", ["", "?record_type=COURSE&record_id=x", "?record_type=zzz"])
def test_an_unknown_record_has_no_such_page(acme, admin_client, query):
    assert admin_client.get(f"/admin/compliance/link-evidence/{query}").status_code == 404


def test_an_auditor_links_nothing(auditor_client, action, evidence):
    address = link_page("CORRECTIVE_ACTION", action)
    assert auditor_client.get(address).status_code == 403
    assert auditor_client.send(address, {"evidence": evidence.pk}).status_code == 403
    undo = address.replace("link-evidence/", f"link-evidence/{evidence.pk}/undo/")
    assert auditor_client.send(undo).status_code == 403
