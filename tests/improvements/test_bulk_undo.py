"""What was done to many rows of a list, or to an action of a plan's form, is undone with one click."""

import html
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
from qualiforma.errors import ConflictError, RuleError
from tests.admin_client import text_of
from tests.cast import ALICE, MONA
from tests.improvements.factories import make_action, make_plan
from tests.improvements.pages import LIST, fields_of, page_of

pytestmark = pytest.mark.django_db
ACTIONS = "/admin/improvements/correctiveaction/"
DONE_AT = timezone.now().replace(microsecond=123456) - timedelta(days=4)


def actor_of(person):
    return Actor.of(User.objects.get(pk=person.id))


@pytest.fixture
def plan(acme):
    return make_plan(status=PlanStatus.IN_PROGRESS, created_at=DONE_AT - timedelta(days=9))


@pytest.fixture
def done(plan):
    return make_action(plan, status=ActionStatus.DONE, completed_at=DONE_AT, description="Faite")


@pytest.fixture
def todo(plan):
    return make_action(plan, description="Pas encore")


def undo_address(admin_client, answer):
    """Return where the button of the page that an answer leads to would post."""
    page = admin_client.get(answer["Location"]).content.decode()
    if "data-undo>" not in page:
        return ""
    return html.unescape(page.split("data-undo>")[0].rsplit('action="', 1)[1].split('"')[0])


def run_on(admin_client, list_page, name, rows, **more):
    body = {"action": name, "_selected_action": [one.pk for one in rows], "index": 0} | more
    return admin_client.send(list_page, body)


def states():
    rows = CorrectiveAction.objects.order_by("pk")
    return list(rows.values_list("pk", "status", "completed_at", "reason"))


def test_actions_that_were_cancelled_together_come_back_as_they_were(admin_client, done, todo):
    before = states()
    answer = run_on(
        admin_client, ACTIONS, "cancel_each", [done, todo], confirmed="1", reason="Un doublon"
    )
    assert {one.status for one in CorrectiveAction.objects.all()} == {ActionStatus.CANCELLED}
    undo = undo_address(admin_client, answer)
    assert undo.startswith(f"{ACTIONS}undo/")
    page = text_of(admin_client.get(admin_client.send(undo)["Location"]))
    assert "2 changements annulés." in page
    assert states() == before  # to the microsecond


def test_the_lists_own_toast_keeps_the_day_of_completion(admin_client, done):
    state = f"{ACTIONS}{done.pk}/state/"
    admin_client.send(state, {"status": "TODO"})
    answer = admin_client.send(state, {"status": "DONE", "undo": "1"})
    assert answer.json() == {"said": "« Faite » : Terminée"}
    done.refresh_from_db()
    assert done.completed_at == DONE_AT


def test_an_action_that_the_plans_form_cancelled_is_undone_there(admin_client, plan, done, todo):
    before = states()
    row = f"actions-{[*plan.actions.all()].index(todo)}"
    changes = {f"{row}-status": "CANCELLED", f"{row}-reason": "Inutile"}
    answer = admin_client.send(page_of(plan), fields_of(plan, **changes))
    assert answer.status_code == 302, text_of(answer)
    undo = undo_address(admin_client, answer)
    assert admin_client.send(undo)["Location"] == page_of(plan)
    assert states() == before


def test_another_change_since_is_not_overwritten(admin_client, todo):
    answer = run_on(admin_client, ACTIONS, "finish_each", [todo])
    undo = undo_address(admin_client, answer)
    services.change_action(action=todo, changes={"description": "Autre"}, actor=actor_of(ALICE))
    page = text_of(admin_client.get(admin_client.send(undo)["Location"]))
    assert "ne peut plus être annulé" in page
    todo.refresh_from_db()
    assert todo.status == ActionStatus.DONE


def test_only_who_did_it_undoes_it_and_only_once(admin_client, auditor_client, todo):
    undo = undo_address(admin_client, run_on(admin_client, ACTIONS, "begin_each", [todo]))
    assert auditor_client.send(undo).status_code == 403
    with pytest.raises(ConflictError):
        services.undo_action(action=todo, actor=actor_of(MONA))
    admin_client.send(undo)
    admin_client.send(undo)
    todo.refresh_from_db()
    assert todo.status == ActionStatus.TODO
    undone = AuditEvent.objects.filter(action="improvements.action.change_undone")
    assert undone.filter(object_id=todo.pk).count() == 1


def test_not_after_a_minute_and_not_once_the_plan_is_closed(admin_client, plan, todo, monkeypatch):
    run_on(admin_client, ACTIONS, "finish_each", [todo])
    monkeypatch.setattr("improvements.services.undo.UNDO", -UNDO)
    with pytest.raises(ConflictError):
        services.undo_action(action=todo, actor=actor_of(ALICE))
    monkeypatch.undo()
    ImprovementPlan.objects.filter(pk=plan.pk).update(status=PlanStatus.ARCHIVED)
    with pytest.raises(RuleError):
        services.undo_action(action=todo, actor=actor_of(ALICE))


def test_plans_that_were_started_together_are_drafts_again(acme, admin_client):
    plans = [make_plan(), make_plan()]
    undo = undo_address(admin_client, run_on(admin_client, LIST, "start_each", plans))
    admin_client.send(undo)
    assert {one.status for one in ImprovementPlan.objects.all()} == {PlanStatus.DRAFT}


def test_drafts_that_were_deleted_together_are_restored(acme, admin_client):
    plans = [make_plan(), make_plan()]
    answer = run_on(admin_client, LIST, "delete_each", plans, confirmed="1")
    assert not ImprovementPlan.objects.alive().exists()
    admin_client.send(undo_address(admin_client, answer))
    assert ImprovementPlan.objects.alive().count() == 2


def test_what_is_evidence_offers_no_undo(acme, admin_client):
    closed = make_plan(status=PlanStatus.COMPLETED)
    assert undo_address(admin_client, run_on(admin_client, LIST, "archive_each", [closed])) == ""
    begun = make_plan(status=PlanStatus.IN_PROGRESS)
    answer = run_on(admin_client, LIST, "give_up_each", [begun], confirmed="1", reason="Inutile")
    assert undo_address(admin_client, answer) == ""
    assert admin_client.send(f"{LIST}undo/give-up/req_1/").status_code == 404
