"""What is undone right after it was done, what is restored, and what never is."""

from datetime import timedelta

import pytest
from django.utils import timezone

from improvements import services
from improvements.models import CorrectiveAction, ImprovementPlan
from improvements.services.undo import UNDO
from improvements.states import ActionStatus, PlanStatus
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.audit.models import AuditEvent
from qualiforma.errors import InvalidFieldsError
from tests.admin_client import text_of
from tests.cast import ALICE
from tests.improvements.factories import make_action, make_plan
from tests.improvements.pages import LIST, page_of

pytestmark = pytest.mark.django_db


def moved(admin_client, plan, name):
    """Press a plan's button; return the address that the page offers for ten seconds."""
    answer = admin_client.send(f"{LIST}{plan.pk}/move/{name}/")
    page = admin_client.get(answer["Location"]).content.decode()
    if "data-undo" not in page:
        return ""
    form = page[: page.index("data-undo>")].rsplit('action="', 1)[1]
    return form.split('"')[0]


def test_a_start_is_undone(acme, admin_client):
    plan = make_plan(id="imp-undo")
    undo = moved(admin_client, plan, "start")
    assert undo.startswith(f"{LIST}imp-undo/undo/start/")
    answer = admin_client.send(undo)
    plan.refresh_from_db()
    assert (plan.status, plan.started_at) == (PlanStatus.DRAFT, None)
    assert "de nouveau un brouillon" in text_of(admin_client.get(answer["Location"]))
    assert AuditEvent.objects.filter(action="improvements.plan.start_undone").exists()


def test_not_after_a_change_and_not_much_later(acme, admin_client):
    plan = make_plan(id="imp-undo")
    undo = moved(admin_client, plan, "start")
    services.edit_plan(
        plan=plan, changes={"title": "Autre"}, actor=Actor.of(User.objects.get(pk=ALICE.id))
    )
    admin_client.send(undo)
    plan.refresh_from_db()
    assert plan.status == PlanStatus.IN_PROGRESS
    then = timezone.now() - UNDO - timedelta(seconds=1)
    ImprovementPlan.objects.filter(pk=plan.pk).update(started_at=then)
    answer = admin_client.send(f"{LIST}imp-undo/undo/start/")
    assert "ne peut plus être annulé" in text_of(admin_client.get(answer["Location"]))
    plan.refresh_from_db()
    assert plan.status == PlanStatus.IN_PROGRESS


def test_a_deleted_draft_comes_back(acme, admin_client, auditor_client):
    plan = make_plan(id="imp-undo", title="Effacé trop vite")
    undo = moved(admin_client, plan, "delete")
    assert undo.startswith(f"{LIST}imp-undo/undo/delete/")
    assert "Effacé trop vite" not in text_of(admin_client.get(LIST))
    page = text_of(admin_client.get(page_of(plan)))
    assert "Restaurer le brouillon" in page
    assert "Restaurer le brouillon" not in text_of(auditor_client.get(page_of(plan)))
    assert auditor_client.send(undo).status_code == 403
    admin_client.send(undo)
    assert "Effacé trop vite" in text_of(admin_client.get(LIST))
    plan.refresh_from_db()
    assert plan.deleted_at is None
    assert not plan.deleted_by_id
    admin_client.send(undo)  # once more changes nothing
    assert AuditEvent.objects.filter(action="improvements.plan.restored").count() == 1


@pytest.mark.parametrize(
    ("status", "name"),
    [(PlanStatus.COMPLETED, "archive"), (PlanStatus.IN_PROGRESS, "give-up")],
)
def test_what_is_evidence_stays(acme, admin_client, status, name):
    plan = make_plan(id="imp-undo", status=status)
    assert moved(admin_client, plan, name) == ""
    assert admin_client.send(f"{LIST}imp-undo/undo/{name}/").status_code == 404


@pytest.fixture
def action(acme):
    plan = make_plan(status=PlanStatus.IN_PROGRESS, created_at=timezone.now() - timedelta(days=10))
    return make_action(plan)


def change(action, **changes):
    actor = Actor.of(User.objects.get(pk=ALICE.id))
    return services.change_action(action=action, changes=changes, actor=actor)


def test_the_day_of_completion_is_given_with_the_action(action):
    day = timezone.localdate() - timedelta(days=3)
    change(action, status=ActionStatus.DONE, completed_on=day)
    action.refresh_from_db()
    assert timezone.localdate(action.completed_at) == day
    change(action, completed_on=day - timedelta(days=1))  # it was wrong
    action.refresh_from_db()
    assert timezone.localdate(action.completed_at) == day - timedelta(days=1)
    change(action, status=ActionStatus.TODO)
    assert CorrectiveAction.objects.get().completed_at is None


@pytest.mark.parametrize(
    ("days", "status", "words"),
    [
        (1, ActionStatus.DONE, "date future"),
        (-11, ActionStatus.DONE, "avant la création"),
        (-1, ActionStatus.IN_PROGRESS, "Seule une action terminée"),
    ],
)
def test_days_that_cannot_be_are_refused(action, days, status, words):
    day = timezone.localdate() + timedelta(days=days)
    with pytest.raises(InvalidFieldsError) as refusal:
        change(action, status=status, completed_on=day)
    [error] = refusal.value.errors
    assert (error.field, words in str(error.detail)) == ("completed_on", True)


@pytest.mark.parametrize("version", ["9" * 5000, "٣", "", "trois"])
def test_a_version_that_is_no_number_undoes_nothing(acme, admin_client, version):
    plan = make_plan(id="imp-undo")
    undo = moved(admin_client, plan, "start").split("?")[0]
    answer = admin_client.send(f"{undo}?version={version}")
    plan.refresh_from_db()
    assert (answer.status_code, plan.status) == (302, PlanStatus.IN_PROGRESS)
