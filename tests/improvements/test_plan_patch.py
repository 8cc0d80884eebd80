"""PATCH /improvement-plans/:id."""

import pytest

from improvements.models import ImprovementPlan
from improvements.states import ActionStatus, PlanStatus
from qualiforma.accounts.models import User
from tests.cast import ALICE, MONA
from tests.improvements.factories import link, make_action, make_complaint, make_plan

URL = "/api/v1/improvement-plans"


def test_the_documented_body(as_alice):
    plan = make_plan()
    body = {"status": "IN_PROGRESS", "targetDate": "2026-10-31", "owner": MONA.id}
    data = as_alice.patch(f"{URL}/{plan.pk}", body).json()["data"]
    assert (data["id"], data["status"]) == (plan.pk, "IN_PROGRESS")
    assert (data["targetDate"], data["owner"]) == ("2026-10-31", MONA.id)
    assert data["startedAt"] is not None


def test_each_field_changes(as_alice):
    plan = make_plan()
    complaint = make_complaint()
    body = {
        "title": "Nouveau titre",
        "description": "Nouvelle description",
        "trigger": "AUDIT",
        "linkedComplaintIds": [complaint.pk],
        "indicators": [1, 30],
    }
    data = as_alice.patch(f"{URL}/{plan.pk}", body).json()["data"]
    assert {name: data[name] for name in body} == body


def test_links_are_replaced_in_order(as_alice):
    plan = make_plan()
    old, first, second = make_complaint(), make_complaint(), make_complaint()
    link(plan, old)
    ids = [second.pk, first.pk]
    data = as_alice.patch(f"{URL}/{plan.pk}", {"linkedComplaintIds": ids}).json()["data"]
    assert data["linkedComplaintIds"] == ids
    data = as_alice.patch(f"{URL}/{plan.pk}", {"linkedComplaintIds": []}).json()["data"]
    assert data["linkedComplaintIds"] == []


def test_an_empty_patch_changes_nothing(as_alice):
    plan = make_plan(status=PlanStatus.COMPLETED)
    before = ImprovementPlan.objects.values().get(pk=plan.pk)
    assert as_alice.patch(f"{URL}/{plan.pk}", {}).status_code == 200
    assert as_alice.patch(f"{URL}/{plan.pk}", {"title": plan.title}).status_code == 200
    assert ImprovementPlan.objects.values().get(pk=plan.pk) == before


def test_completed_is_reached_by_closing_only(as_alice):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    body = as_alice.patch(f"{URL}/{plan.pk}", {"status": "COMPLETED"}).json()
    assert body["code"] == "CLOSE_REQUIRED"
    assert body["close"] == f"{URL}/{plan.pk}/close"


def test_giving_up_cancels_what_is_open_and_keeps_the_reason(as_alice):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    done = make_action(plan, status=ActionStatus.DONE)
    make_action(plan, status=ActionStatus.IN_PROGRESS)
    make_action(plan)
    body = {"status": "ARCHIVED", "reason": "Prestation arrêtée."}
    data = as_alice.patch(f"{URL}/{plan.pk}", body).json()["data"]
    assert [one["status"] for one in data["actions"]] == ["DONE", "CANCELLED", "CANCELLED"]
    assert data["archiveReason"] == "Prestation arrêtée."
    assert "closedAt" not in data
    done.refresh_from_db()
    assert done.completed_at is not None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"status": "ARCHIVED", "title": "x"}, "title"),
        ({"status": "ARCHIVED", "targetDate": "2027-01-01", "reason": "x"}, "targetDate"),
        ({"status": "IN_PROGRESS", "reason": "x"}, "reason"),
        ({"reason": "x"}, "reason"),
        ({"status": "FOO"}, "status"),
        ({"status": None}, "status"),
        ({"title": None}, "title"),
        ({"owner": "usr_nobody"}, "owner"),
        ({"linkedComplaintIds": ["cmp_nothing"]}, "linkedComplaintIds[0]"),
        ({"actions": []}, "actions"),
        ({"createdAt": "2020-01-01T00:00:00Z"}, "createdAt"),
    ],
    ids=str,
)
def test_a_bad_value_is_named_and_nothing_changes(as_alice, body, field):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    before = ImprovementPlan.objects.values().get(pk=plan.pk)
    answer = as_alice.patch(f"{URL}/{plan.pk}", body)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert ImprovementPlan.objects.values().get(pk=plan.pk) == before


@pytest.mark.parametrize("status", ["COMPLETED", "ARCHIVED"])
@pytest.mark.parametrize("body", [{"title": "x"}, {"owner": MONA.id}, {"indicators": [1]}], ids=str)
def test_a_frozen_plan_does_not_change(as_alice, status, body):
    plan = make_plan(status=status)
    before = ImprovementPlan.objects.values().get(pk=plan.pk)
    answer = as_alice.patch(f"{URL}/{plan.pk}", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "PLAN_FROZEN")
    assert ImprovementPlan.objects.values().get(pk=plan.pk) == before


def test_the_trigger_is_fixed_once_started(as_alice):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    answer = as_alice.patch(f"{URL}/{plan.pk}", {"trigger": "AUDIT"})
    assert (answer.status_code, answer.json()["code"]) == (409, "TRIGGER_FIXED")
    assert as_alice.patch(f"{URL}/{plan.pk}", {"trigger": plan.trigger}).status_code == 200


def test_a_refused_move_takes_its_fields_back(as_alice):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    answer = as_alice.patch(f"{URL}/{plan.pk}", {"status": "DRAFT", "title": "Perdu"})
    assert answer.status_code == 409
    plan.refresh_from_db()
    assert plan.title != "Perdu"


def test_an_owner_deactivated_since_is_not_questioned(as_alice):
    plan = make_plan(owner_id=MONA.id)
    User.objects.filter(pk=MONA.id).update(is_active=False)
    body = {"title": "Autre", "owner": MONA.id}
    assert as_alice.patch(f"{URL}/{plan.pk}", body).status_code == 200
    as_alice.patch(f"{URL}/{plan.pk}", {"owner": ALICE.id})
    assert as_alice.patch(f"{URL}/{plan.pk}", {"owner": MONA.id}).status_code == 400
