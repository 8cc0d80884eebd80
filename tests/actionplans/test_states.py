"""The moves of one assignee, and what those of all make of the action."""

from datetime import timedelta
from itertools import product

import pytest
from django.utils import timezone

from actionplans.models import Action, Assignment
from actionplans.states import STORED, State, check_assignee_move
from qualiforma.errors import IllegalTransitionError
from tests.actionplans.factories import assign, make_action, make_plan
from tests.cast import ALICE, BOB, MONA, TOM

PENDING, IN_PROGRESS, COMPLETED, EXPIRED, CANCELLED = State
LEGAL = {
    (PENDING, IN_PROGRESS),
    (PENDING, COMPLETED),
    (PENDING, CANCELLED),
    (IN_PROGRESS, COMPLETED),
    (IN_PROGRESS, CANCELLED),
    (IN_PROGRESS, PENDING),
    (EXPIRED, COMPLETED),
    (EXPIRED, CANCELLED),
    (COMPLETED, IN_PROGRESS),
    (CANCELLED, PENDING),
}


@pytest.mark.parametrize(("current", "target"), list(product(State, State)), ids=str)
def test_moves_of_an_assignee(current, target):
    if (current, target) in LEGAL:
        check_assignee_move(current, target)
        return
    with pytest.raises(IllegalTransitionError) as refusal:
        check_assignee_move(current, target)
    allowed = [state.value for state in State if (current, state) in LEGAL]
    assert refusal.value.facts == {"current": current.value, "allowed": allowed}


def expected(states):
    """The rule as its page says it, over states in which late ones are EXPIRED."""
    terminal = {COMPLETED, EXPIRED, CANCELLED}
    if all(one == CANCELLED for one in states):
        return CANCELLED
    if all(one in terminal for one in states) and EXPIRED in states:
        return EXPIRED
    if all(one in {COMPLETED, CANCELLED} for one in states):
        return COMPLETED
    if IN_PROGRESS in states or (PENDING in states and terminal & set(states)):
        return IN_PROGRESS
    return PENDING


@pytest.mark.parametrize("is_late", [False, True])
def test_aggregate_of_every_mix(acme, is_late):
    """One to three assignees in each of the stored states: 84 mixes, read in one query."""
    plan = make_plan()
    due = timezone.localdate() - timedelta(days=1) if is_late else timezone.localdate()
    wanted = {}
    for size in (1, 2, 3):
        for mix in product(STORED, repeat=size):
            people = [ALICE.id, MONA.id, TOM.id][:size]
            action = make_action(plan, dict(zip(people, mix, strict=True)), due_date=due)
            seen = [EXPIRED if is_late and one == IN_PROGRESS else one for one in mix]
            wanted[action.pk] = expected(seen)
    found = Action.objects.with_status()
    assert {one.pk: vars(one)["status"] for one in found} == wanted
    for state in State:
        ids = {pk for pk, one in wanted.items() if one == state}
        assert set(Action.objects.standing_at(state).values_list("pk", flat=True)) == ids


def test_counts_follow_whatever_writes_the_assignments(acme):
    plan = make_plan()
    action = make_action(plan, {ALICE.id: COMPLETED, MONA.id: IN_PROGRESS})
    first = Assignment.objects.get(action=action, user=ALICE.id)
    assert first.completed_at
    assert counts(action) == (0, 1, 1, 0)
    assert (action.started_at, action.completed_at) == (first.started_at, None)
    later = first.completed_at + timedelta(hours=1)
    Assignment.objects.filter(user=MONA.id).update(base_status=CANCELLED, completed_at=later)
    assert counts(action) == (0, 0, 1, 1)
    assert action.completed_at == later
    other = make_action(plan, {TOM.id: PENDING})
    Assignment.objects.filter(user=ALICE.id).update(action=other)
    assert (counts(action), counts(other)) == ((0, 0, 0, 1), (1, 0, 1, 0))
    other.assignments.all().delete()
    assert counts(other) == (0, 0, 0, 0)
    assign(other, BOB.id, PENDING)
    assert counts(other) == (1, 0, 0, 0)


def counts(action):
    action.refresh_from_db()
    return (
        action.pending_count,
        action.in_progress_count,
        action.completed_count,
        action.cancelled_count,
    )
