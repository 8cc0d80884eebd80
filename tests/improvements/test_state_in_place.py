"""The status of an action changed in the list of all actions, by the service and its rules."""

import pytest

from improvements.services.policy import NO_CANCEL_REASON
from improvements.states import ActionStatus, PlanStatus
from tests.admin_client import text_of
from tests.improvements.factories import make_action, make_plan

LIST = "/admin/improvements/correctiveaction/"


@pytest.fixture
def action(acme):
    return make_action(make_plan(status=PlanStatus.IN_PROGRESS), description="Relire le livret")


def choose(admin_client, action, status, **more):
    return admin_client.send(f"{LIST}{action.pk}/state/", {"status": status} | more)


def test_it_changes_at_once_and_can_be_taken_back(admin_client, action):
    assert f'data-qf-state="{LIST}' in admin_client.get(LIST).content.decode()
    answer = choose(admin_client, action, "DONE")
    assert answer.json() == {"said": "« Relire le livret » : Terminée"}
    action.refresh_from_db()
    assert (action.status, action.completed_at is None) == (ActionStatus.DONE, False)
    choose(admin_client, action, "TODO")
    action.refresh_from_db()
    assert (action.status, action.completed_at) == (ActionStatus.TODO, None)


def test_a_plan_that_was_closed_meanwhile_refuses(admin_client, action):
    plan = action.plan
    plan.status = PlanStatus.COMPLETED
    plan.closed_at, plan.closed_by_id = plan.created_at, plan.owner_id
    plan.save()
    answer = choose(admin_client, action, "DONE")
    assert answer.status_code == 409
    assert "« Relire le livret »" in answer.json()["said"]
    assert "data-qf-state" not in admin_client.get(LIST).content.decode()


def test_who_only_reads_sees_words(auditor_client, action):
    html = auditor_client.get(LIST).content.decode()
    assert "data-qf-state" not in html
    assert choose(auditor_client, action, "DONE").status_code == 403


@pytest.mark.parametrize("status", ["", "NONSENSE"])
def test_no_status_is_no_page(admin_client, action, status):
    assert choose(admin_client, action, status).status_code == 404


def test_a_cancelled_action_takes_its_reason(admin_client, action):
    assert 'data-asks="CANCELLED"' in admin_client.get(LIST).content.decode()
    assert choose(admin_client, action, "CANCELLED", reason=" Salle fermée. ").status_code == 200
    action.refresh_from_db()
    assert (action.status, action.reason) == (ActionStatus.CANCELLED, "Salle fermée.")
    choose(admin_client, action, "TODO", reason="x")
    action.refresh_from_db()
    assert action.reason == ""


def cancel(admin_client, actions, **more):
    chosen = [one.pk for one in actions]
    body = {"action": "cancel_each", "_selected_action": chosen, **more}
    return admin_client.send(LIST, body, follow=True)


def test_cancelling_many_asks_why_first(admin_client, action):
    other = make_action(action.plan, description="Relire encore")
    page = text_of(cancel(admin_client, [action, other]))
    assert "Annuler les actions" in page
    assert "Relire encore" in page
    assert set(action.plan.actions.values_list("status", flat=True)) == {"TODO"}
    cancel(admin_client, [action, other], confirmed="1", reason="Salle fermée.")
    assert set(action.plan.actions.values_list("status", "reason")) == {
        ("CANCELLED", "Salle fermée.")
    }


def test_cancelling_many_without_a_word_is_noted(admin_client, action):
    page = text_of(cancel(admin_client, [action], confirmed="1", reason=""))
    assert f"Non renseigné : {NO_CANCEL_REASON.text}" in page
    action.refresh_from_db()
    assert action.status == ActionStatus.CANCELLED
