"""The full square of moves, expectations written by hand, through the API."""

from itertools import product

import pytest

from improvements.models import ImprovementPlan
from improvements.states import ActionStatus, PlanStatus
from tests.improvements.factories import make_action, make_plan

PLANS = "/api/v1/improvement-plans"
ALLOWED = {("DRAFT", "IN_PROGRESS"), ("IN_PROGRESS", "ARCHIVED"), ("COMPLETED", "ARCHIVED")}
POSSIBLE = {
    "DRAFT": ["IN_PROGRESS"],
    "IN_PROGRESS": ["COMPLETED", "ARCHIVED"],
    "COMPLETED": ["ARCHIVED"],
    "ARCHIVED": [],
}


def snapshot():
    plans = list(ImprovementPlan.objects.order_by("pk").values())
    actions = [list(plan.actions.values()) for plan in ImprovementPlan.objects.order_by("pk")]
    return plans, actions


@pytest.mark.parametrize(("current", "target"), list(product(PlanStatus.values, repeat=2)))
def test_plan_moves_by_patch(as_alice, current, target):
    plan = make_plan(actions=[{}], status=current)
    before = snapshot()
    answer = as_alice.patch(f"{PLANS}/{plan.pk}", {"status": target})
    if current == target:
        assert answer.status_code == 200
        assert snapshot() == before
    elif (current, target) in ALLOWED:
        assert answer.status_code == 200
        assert answer.json()["data"]["status"] == target
    else:
        assert answer.status_code == 409
        assert snapshot() == before


@pytest.mark.parametrize("current", PlanStatus.values)
def test_a_refused_move_names_what_is_possible(as_alice, current):
    plan = make_plan(status=current)
    body = as_alice.patch(f"{PLANS}/{plan.pk}", {"status": "DRAFT"}).json()
    if current != "DRAFT":
        assert body["code"] == "ILLEGAL_TRANSITION"
        assert body["allowed"] == POSSIBLE[current]


@pytest.mark.parametrize("current", PlanStatus.values)
def test_closing_is_for_plans_in_progress(as_alice, current):
    plan = make_plan(status=current)
    before = snapshot()
    answer = as_alice.post(f"{PLANS}/{plan.pk}/close", {"summary": "Fait."})
    assert answer.status_code == (200 if current == "IN_PROGRESS" else 409)
    if current != "IN_PROGRESS":
        assert snapshot() == before
        assert answer.json()["allowed"] == POSSIBLE[current]


@pytest.mark.parametrize("current", PlanStatus.values)
def test_only_drafts_are_deleted(as_alice, current):
    plan = make_plan(status=current)
    before = snapshot()
    answer = as_alice.delete(f"{PLANS}/{plan.pk}")
    assert answer.status_code == (204 if current == "DRAFT" else 409)
    if current != "DRAFT":
        assert answer.json()["code"] == "PLAN_NOT_DELETABLE"
        assert snapshot() == before


@pytest.mark.parametrize("plan_status", ["DRAFT", "IN_PROGRESS"])
@pytest.mark.parametrize(("current", "target"), list(product(ActionStatus.values, repeat=2)))
def test_actions_of_an_open_plan_move_freely(as_alice, plan_status, current, target):
    plan = make_plan(status=plan_status)
    action = make_action(plan, status=current)
    stamp = action.completed_at
    answer = as_alice.patch(f"{PLANS}/{plan.pk}/actions/{action.pk}", {"status": target})
    assert answer.status_code == 200
    action.refresh_from_db()
    plan.refresh_from_db()
    assert action.status == target
    assert (action.completed_at is not None) == (target == "DONE")
    assert ("completedAt" in answer.json()["data"]) == (target == "DONE")
    assert plan.status == plan_status, "an action starts no plan"
    if current == target == "DONE":
        assert action.completed_at == stamp, "the same again changes nothing"


@pytest.mark.parametrize("plan_status", ["COMPLETED", "ARCHIVED"])
@pytest.mark.parametrize(("current", "target"), list(product(ActionStatus.values, repeat=2)))
def test_actions_of_a_frozen_plan_stay(as_alice, plan_status, current, target):
    plan = make_plan(actions=[{"status": current}], status=plan_status)
    action = plan.actions.get()
    before = snapshot()
    answer = as_alice.patch(f"{PLANS}/{plan.pk}/actions/{action.pk}", {"status": target})
    assert answer.status_code == (200 if current == target else 409)
    if current != target:
        assert answer.json()["code"] == "PLAN_FROZEN"
    assert snapshot() == before
