"""POST and PATCH of corrective actions."""

from datetime import date

import pytest

from improvements.models import CorrectiveAction
from improvements.states import PlanStatus
from tests.cast import ALICE, MONA, TOM
from tests.improvements.factories import make_action, make_plan

URL = "/api/v1/improvement-plans"


def test_the_documented_addition(as_alice):
    plan = make_plan()
    body = {
        "description": "Auditer le process de remontée incident",
        "owner": MONA.id,
        "dueDate": "2026-08-15",
    }
    answer = as_alice.post(f"{URL}/{plan.pk}/actions", body)
    assert answer.status_code == 201
    data = answer.json()["data"]
    assert data["id"].startswith("act_")
    ours = {"kind": "CORRECTIVE", "firstDueDate": "2026-08-15", "dueDateMoves": []}
    assert data == {"id": data["id"], "status": "TODO"} | body | ours


def test_without_owner_it_is_the_plans(as_alice):
    plan = make_plan(owner_id=MONA.id)
    data = as_alice.post(f"{URL}/{plan.pk}/actions", {"description": "x"}).json()["data"]
    assert (data["owner"], data["dueDate"]) == (MONA.id, None)


def test_actions_stand_in_the_order_they_came(as_alice):
    plan = make_plan()
    for text in ("un", "deux", "trois"):
        as_alice.post(f"{URL}/{plan.pk}/actions", {"description": text})
    actions = as_alice.get(f"{URL}/{plan.pk}").json()["data"]["actions"]
    assert [one["description"] for one in actions] == ["un", "deux", "trois"]


@pytest.mark.parametrize("status", ["COMPLETED", "ARCHIVED"])
def test_a_frozen_plan_takes_no_action(as_alice, status):
    plan = make_plan(status=status)
    answer = as_alice.post(f"{URL}/{plan.pk}/actions", {"description": "x"})
    assert (answer.status_code, answer.json()["code"]) == (409, "PLAN_FROZEN")
    assert not CorrectiveAction.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "description"),
        ({"description": " "}, "description"),
        ({"description": "x" * 2001}, "description"),
        ({"description": "x", "owner": None}, "owner"),
        ({"description": "x", "owner": "usr_none"}, "owner"),
        ({"description": "x", "dueDate": "demain"}, "dueDate"),
        ({"description": "x", "status": "DONE"}, "status"),
    ],
    ids=str,
)
def test_a_bad_addition_is_named(as_alice, body, field):
    plan = make_plan()
    answer = as_alice.post(f"{URL}/{plan.pk}/actions", body)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not CorrectiveAction.objects.exists()


def test_admin_changes_each_field(as_alice):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    action = make_action(plan)
    body = {"status": "DONE", "description": "Fait", "owner": TOM.id, "dueDate": "2026-07-01"}
    data = as_alice.patch(f"{URL}/{plan.pk}/actions/{action.pk}", body).json()["data"]
    assert data["completedAt"]
    assert {name: data[name] for name in body} == body
    cleared = as_alice.patch(f"{URL}/{plan.pk}/actions/{action.pk}", {"dueDate": None})
    assert cleared.json()["data"]["dueDate"] is None


def test_its_owner_moves_it_and_nothing_else(as_mona):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    action = make_action(plan, owner_id=MONA.id, due_date=date(2026, 7, 1))
    url = f"{URL}/{plan.pk}/actions/{action.pk}"
    assert as_mona.patch(url, {"status": "IN_PROGRESS"}).status_code == 200
    for body in ({"dueDate": None}, {"owner": ALICE.id}, {"status": "DONE", "description": "x"}):
        answer = as_mona.patch(url, body)
        assert (answer.status_code, answer.json()["allowedFields"]) == (403, ["reason", "status"])
    action.refresh_from_db()
    assert (action.status, action.due_date) == ("IN_PROGRESS", date(2026, 7, 1))


def test_a_part_in_the_plan_is_no_part_in_each_action(as_mona):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    make_action(plan, owner_id=MONA.id)
    other = make_action(plan, owner_id=ALICE.id)
    answer = as_mona.patch(f"{URL}/{plan.pk}/actions/{other.pk}", {"status": "DONE"})
    assert answer.status_code == 403


def test_an_unknown_status_names_the_allowed_ones(as_alice):
    plan = make_plan()
    action = make_action(plan)
    answer = as_alice.patch(f"{URL}/{plan.pk}/actions/{action.pk}", {"status": "FINI"})
    [error] = answer.json()["errors"]
    assert error["field"] == "status"
    assert "TODO, IN_PROGRESS, DONE, CANCELLED" in error["detail"]
