"""A plan that is about to be closed is read in one trip, with all that the ORM would read of it."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from improvements.models import DueDateMove, ImprovementPlan
from improvements.services.snapshots import snapshot_of
from improvements.services.whole import locked_whole
from qualiforma.errors import MissingError
from qualiforma.ids import new_id
from tests.cast import ALICE, BOB
from tests.improvements.factories import link, make_complaint, make_plan


@pytest.fixture
def plan(acme):
    """With two of each that a plan has, and another beside it."""
    for _ in range(2):
        results = [
            {"name": "Délai", "target": 4},
            {"name": "Note", "measured_value": 3, "measured_on": date(2026, 1, 1)},
        ]
        done = {"status": "DONE", "owner_id": BOB.id}
        plan = make_plan(status="IN_PROGRESS", actions=[done, {}], results=results)
        link(plan, make_complaint(), position=1)
        link(plan, make_complaint(), position=0)
        for action in plan.actions.all():
            for day in (2, 3):
                DueDateMove.objects.create(
                    plan=plan,
                    action=action,
                    from_date=date(2026, 1, day),
                    to_date=date(2026, 2, day),
                    reason="Reporté",
                    moved_by_id=ALICE.id,
                )
    return plan


def test_it_is_what_the_orm_reads(plan):
    whole, closer = locked_whole(plan, ALICE.id)
    expected = ImprovementPlan.objects.get(pk=plan.pk)
    for one in (whole, expected):
        one.closed_at, one.closed_by_id = timezone.now().replace(microsecond=0), ALICE.id
    whole.closed_at = expected.closed_at
    whole.closed_by = closer
    assert len(snapshot_of(expected)["actions"][1]["dueDateMoves"]) == 2
    assert snapshot_of(whole) == snapshot_of(expected)
    with CaptureQueriesContext(connection) as found:
        snapshot_of(whole)
    assert len(found) == 0


def test_sharded_each_is_a_statement(plan, settings):
    settings.SHARDED = True
    whole, _closer = locked_whole(plan, ALICE.id)
    assert [one.pk for one in whole.actions.all()] == [one.pk for one in plan.actions.all()]
    with CaptureQueriesContext(connection) as found:
        locked_whole(plan, ALICE.id)
    assert len(found) == 6


def test_a_deleted_one_is_missing(plan):
    plan.pk = new_id("imp")
    with pytest.raises(MissingError):
        locked_whole(plan, ALICE.id)
