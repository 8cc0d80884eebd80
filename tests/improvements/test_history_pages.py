"""What happened, in sentences on the pages; a closed plan as it was; deleted drafts, for auditors."""

from datetime import date

import pytest

from improvements.models import ImprovementPlan
from improvements.services import Closure, change_action, close_plan, create_plan, edit_plan
from improvements.services.inputs import ActionDraft, PlanDraft
from improvements.states import Trigger
from qualiforma import logs
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.admin.history import PER_PAGE, SHOWN
from qualiforma.audit.models import AuditEvent
from qualiforma.tenants.context import tenant_context
from tests.admin_client import text_of
from tests.cast import ALICE, MONA, TWIN
from tests.improvements.factories import link, make_complaint, make_plan
from tests.improvements.pages import LIST, fields_of, page_of, state

COMPLAINTS = "/admin/improvements/complaint/"


@pytest.fixture
def alice(acme):
    return Actor.of(User.objects.get(pk=ALICE.id))


@pytest.fixture
def plan(alice):
    draft = PlanDraft(
        title="Réduire les délais",
        trigger=Trigger.AUDIT,
        target_date=date(2026, 12, 31),
        owner=ALICE.id,
        actions=[ActionDraft("Rédiger le livret")],
    )
    return create_plan(draft=draft, actor=alice)


def test_the_page_tells_who_changed_what_and_when(admin_client, plan, alice):
    edit_plan(plan=plan, changes={"title": "Tenir les délais", "owner": MONA.id}, actor=alice)
    action = plan.actions.get()
    change_action(action=action, changes={"status": "DONE"}, actor=alice)
    text = text_of(admin_client.get(page_of(plan))).split("Historique")[-1]
    assert "Alice Durand a créé le plan" in text
    assert text.count("a créé le plan") == 1  # a plan and its action, one sentence
    assert "Réduire les délais → Tenir les délais" in text
    assert "Responsable : Alice Durand → Mona Petit" in text
    assert "Statut : À faire → Terminée" in text
    assert "IN_PROGRESS" not in text
    english = text_of(admin_client.get(page_of(plan), HTTP_ACCEPT_LANGUAGE="en"))
    assert "Alice Durand created the plan" in english


def test_a_long_history_goes_on_on_pages_of_its_own(admin_client, plan, alice, count_queries):
    for rank in range(PER_PAGE + 5):
        logs.begin(request_id=f"req_{rank}")  # each a call of its own
        owner = [MONA, ALICE][rank % 2].id
        edit_plan(plan=plan, changes={"title": f"Titre {rank}", "owner": owner}, actor=alice)
    page = text_of(admin_client.get(page_of(plan)))
    assert page.count("a modifié le plan") == SHOWN
    assert "Tout l’historique" in page
    first = admin_client.get(f"{LIST}{plan.pk}/history/")
    assert text_of(first).count("a modifié le plan") == PER_PAGE
    older = first.content.decode().split('href="?until=')[1].split('"')[0]
    last = text_of(admin_client.get(f"{LIST}{plan.pk}/history/?until={older}"))
    assert last.count("a modifié le plan") == 5
    assert "a créé le plan" in last
    many = count_queries(lambda: admin_client.get(f"{LIST}{plan.pk}/history/"))
    few = make_plan()
    assert many == count_queries(lambda: admin_client.get(f"{LIST}{few.pk}/history/"))


def test_histories_are_the_tenants_own(admin_client, globex):
    with tenant_context(globex):
        plan = make_plan(owner_id=TWIN.id)
    assert admin_client.get(f"{LIST}{plan.pk}/history/").status_code == 404


def test_a_complaint_has_its_history_too(admin_client):
    complaint = make_complaint()
    body = {"subject": "Autre objet", "channel": "EMAIL", "kind": "COMPLAINT", "status": "OPEN"}
    body |= {"complainant_role": "LEARNER", "received_at_0": "2026-11-01", "received_at_1": "10:00"}
    assert admin_client.send(f"{COMPLAINTS}{complaint.pk}/change/", body).status_code == 302
    text = text_of(admin_client.get(f"{COMPLAINTS}{complaint.pk}/change/"))
    assert "Objet : Convocation reçue trop tard → Autre objet" in text


def test_a_closed_plan_is_shown_as_it_was(admin_client, plan, alice):
    complaint = make_complaint(subject="Salle glaciale")
    link(plan, complaint)
    change_action(action=plan.actions.get(), changes={"status": "DONE"}, actor=alice)
    ImprovementPlan.objects.filter(pk=plan.pk).update(status="IN_PROGRESS")
    close_plan(plan=plan, closure=Closure(summary="Fait."), actor=alice)
    complaint.subject = "Salle chauffée depuis"
    complaint.save()
    User.objects.filter(pk=ALICE.id).update(name="Alice Martin")
    text = text_of(admin_client.get(page_of(plan))).split("Le plan tel qu’il était à la clôture")[1]
    frozen = text.split("Motif")[0].split("Pièces jointes")[0]
    assert "Déclencheur Audit" in frozen
    assert "Responsable Alice Durand" in frozen
    assert "Rédiger le livret Terminée Alice Durand" in frozen
    assert "Salle glaciale" in frozen
    assert "Salle chauffée depuis" in text  # as it is today, in the section after


# --- Deleted drafts


def test_deleted_drafts_are_read_and_nothing_else(admin_client, auditor_client, plan):
    assert admin_client.send(f"{LIST}{plan.pk}/move/delete/").status_code == 302
    before = state()
    for reader in (admin_client, auditor_client):
        assert plan.title not in text_of(reader.get(LIST))
        assert plan.title in text_of(reader.get(f"{LIST}?deleted=true"))
        answer = reader.get(page_of(plan))
        assert "Brouillon supprimé le" in text_of(answer)
        assert "par Alice Durand" in text_of(answer)
        assert 'name="title"' not in answer.content.decode()
        assert "/move/" not in answer.content.decode()
        assert "a supprimé le plan" in text_of(answer)
    plan.refresh_from_db()
    assert admin_client.send(page_of(plan), fields_of(plan, title="Autre")).status_code == 404
    assert admin_client.send(f"{LIST}{plan.pk}/move/start/").status_code == 404
    assert auditor_client.send(page_of(plan), fields_of(plan, title="Autre")).status_code == 403
    assert state() == before


def test_the_list_counts_live_plans_only(admin_client, plan):
    make_plan(title="Vivant")
    admin_client.send(f"{LIST}{plan.pk}/move/delete/")
    assert "Vivant" not in text_of(admin_client.get(f"{LIST}?deleted=true")).split("Historique")[0]
    assert AuditEvent.objects.filter(action="improvements.plan.deleted").exists()
