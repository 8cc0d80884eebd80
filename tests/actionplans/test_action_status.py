"""PATCH /company/actions/{id}/status."""

import pytest

from actionplans.models import Assignment
from actionplans.states import STORED, State
from tests.actionplans.factories import make_action, make_plan
from tests.cast import ALICE, BOB, MONA

LEGAL = {
    *(("PENDING", "IN_PROGRESS"), ("PENDING", "COMPLETED"), ("PENDING", "CANCELLED")),
    *(("IN_PROGRESS", "COMPLETED"), ("IN_PROGRESS", "CANCELLED"), ("IN_PROGRESS", "PENDING")),
    *(("COMPLETED", "IN_PROGRESS"), ("CANCELLED", "PENDING")),
}


@pytest.fixture
def action(acme):
    plan = make_plan(created_by_id=ALICE.id, visibility="PUBLIC")
    return make_action(plan, {MONA.id: State.PENDING, ALICE.id: State.PENDING})


@pytest.fixture
def move(action):
    url = f"/api/v1/company/actions/{action.pk}/status"
    return lambda client, **body: client.patch(url, body)


@pytest.mark.parametrize("current", STORED)
@pytest.mark.parametrize("target", State)
def test_the_square(as_mona, action, move, current, target):
    ended = {"completed_at": "2026-01-01T00:00Z"} if current in {"COMPLETED", "CANCELLED"} else {}
    Assignment.objects.filter(user=MONA.id).update(base_status=current, **ended)
    answer = move(as_mona, status=target.value)
    if current == target or (current, target) in LEGAL:
        assert answer.json()["assigneeStatuses"][0]["status"] == target
        assert answer.headers["ETag"] == f'"{1 if current == target else 2}"'
        return
    assert (answer.status_code, answer.json()["code"]) == (409, "ILLEGAL_TRANSITION")
    allowed = {to for origin, to in LEGAL if origin == current}
    assert (answer.json()["current"], set(answer.json()["allowed"])) == (current, allowed)


def test_ones_own_part_by_default_and_anothers_by_who_made_it(as_mona, as_alice, move):
    mine = move(as_mona, status="IN_PROGRESS").json()
    assert [one["status"] for one in mine["assigneeStatuses"]] == ["IN_PROGRESS", "PENDING"]
    assert (mine["status"], mine["completionPercent"]) == ("IN_PROGRESS", 0)
    assert move(as_mona, status="COMPLETED", assigneeId=ALICE.id).status_code == 403
    theirs = move(as_alice, status="COMPLETED", assigneeId=MONA.id).json()
    assert [one["status"] for one in theirs["assigneeStatuses"]] == ["COMPLETED", "PENDING"]
    assert (theirs["status"], theirs["completionPercent"]) == ("IN_PROGRESS", 50)
    null = move(as_alice, status="COMPLETED", assigneeId=None).json()
    assert (null["status"], null["completionPercent"]) == ("COMPLETED", 100)


def test_instants_of_the_parts_and_of_the_whole(as_mona, as_alice, move):
    started = move(as_mona, status="IN_PROGRESS").json()
    mona = started["assigneeStatuses"][0]
    assert started["startedAt"] == mona["startedAt"] is not None
    assert (mona["completedAt"], started["completedAt"]) == (None, None)
    done = move(as_mona, status="COMPLETED").json()
    assert done["assigneeStatuses"][0]["completedAt"]
    assert done["completedAt"] is None  # Alice's part is open
    whole = move(as_alice, status="CANCELLED").json()
    ends = [one["completedAt"] for one in whole["assigneeStatuses"]]
    assert (whole["status"], whole["completedAt"]) == ("COMPLETED", max(ends))
    again = move(as_mona, status="IN_PROGRESS").json()
    assert again["assigneeStatuses"][0]["completedAt"] is None
    assert (again["completedAt"], again["startedAt"]) == (None, started["startedAt"])


def test_what_is_done_at_once_was_started(as_mona, move):
    part = move(as_mona, status="COMPLETED").json()["assigneeStatuses"][0]
    assert part["startedAt"] == part["completedAt"] is not None


REFUSED = [
    ({}, "status"),
    ({"status": None}, "status"),
    ({"status": "DONE"}, "status"),
    ({"status": "COMPLETED", "assigneeId": BOB.id}, "assigneeId"),
    ({"status": "COMPLETED", "assigneeId": "usr_charlie"}, "assigneeId"),
    ({"status": "COMPLETED", "assigneeId": "x"}, "assigneeId"),
    ({"status": "COMPLETED", "userId": "x"}, "userId"),
]


@pytest.mark.parametrize(("body", "field"), REFUSED, ids=str)
def test_what_is_refused_is_named(as_alice, move, body, field):
    answer = move(as_alice, **body)
    assert answer.status_code == 400
    assert [one["field"] for one in answer.json()["errors"]] == [field]


def test_a_stale_move_is_refused(as_mona, action):
    url = f"/api/v1/company/actions/{action.pk}/status"
    assert as_mona.patch(url, {"status": "IN_PROGRESS"}, HTTP_IF_MATCH='"1"').status_code == 200
    stale = as_mona.patch(url, {"status": "COMPLETED"}, HTTP_IF_MATCH='"1"')
    assert (stale.status_code, stale.json()["version"]) == (412, 2)
