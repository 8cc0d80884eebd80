"""GET /improvement-plans/stats."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from improvements.states import PlanStatus, Trigger
from tests.cast import ALICE
from tests.improvements.factories import make_action, make_plan

URL = "/api/v1/improvement-plans/stats"


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def figures(client, **query):
    answer = client.get(URL, query)
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]


def closed(created, ended, **values):
    values = {"status": PlanStatus.COMPLETED, "closed_by_id": ALICE.id} | values
    return make_plan(created_at=at(created), closed_at=at(ended), **values)


def test_nothing_yet(as_alice):
    assert figures(as_alice) == {
        "totalPlans": 0,
        "completed": 0,
        "inProgress": 0,
        "draft": 0,
        "completionRate": 0.0,
        "averageDurationDays": None,
        "byTrigger": {"COMPLAINT": 0, "AUDIT": 0, "FEEDBACK": 0, "PROACTIVE": 0},
        "abandoned": 0,
        "overdue": 0,
        "averageActionsPerPlan": 0.0,
        "onTimeRate": None,
        "byIndicator": {},
        "effectivenessRate": None,
        "checksOverdue": 0,
        "recurrenceRate": None,
        "averageDaysLate": None,
        "postponements": 0,
        "indicatorLabels": {},
    }


def test_our_additions(as_alice):
    today = timezone.localdate()
    late = make_plan(target_date=today - timedelta(days=1), indicators=[31, 32])
    in_time = make_plan(target_date=today)
    given_up: dict[str, Any] = {
        "status": PlanStatus.ARCHIVED,
        "indicators": [1],
        "target_date": "2020-01-01",
    }
    make_plan(**given_up, actions=[{}] * 9)
    # Closed at 23:30 in Paris on its last day; half an hour later in Paris it is the next.
    closed("2026-01-01T10:00", "2026-03-31T21:30", target_date="2026-03-31")
    closed("2026-01-01T10:00", "2026-03-31T22:30", target_date="2026-03-31")
    closed("2026-01-01T10:00", "2026-02-01T10:00", target_date="2026-03-31", status="ARCHIVED")
    for plan, actions in ((late, 3), (in_time, 4)):
        for _ in range(actions):
            make_action(plan)
    data = figures(as_alice)
    assert (data["overdue"], data["onTimeRate"]) == (1, 0.67)
    assert data["averageActionsPerPlan"] == 1.4, "7 / 5, and an empty plan counts"
    assert data["byIndicator"] == {"31": 1, "32": 5}, "given-up plans count in none"


def test_the_documented_sums(as_alice):
    for trigger in (Trigger.COMPLAINT, Trigger.AUDIT):
        closed("2026-01-01T10:00", "2026-03-01T10:00", trigger=trigger)
    archived = {"status": PlanStatus.ARCHIVED, "trigger": Trigger.COMPLAINT}
    closed("2026-01-01T10:00", "2026-03-01T10:00", **archived)
    make_plan(status=PlanStatus.ARCHIVED)  # given up: counted apart
    make_plan(status=PlanStatus.IN_PROGRESS)
    make_plan(status=PlanStatus.DRAFT)
    data = figures(as_alice)
    assert data["completed"] + data["inProgress"] + data["draft"] == data["totalPlans"] == 5
    assert (data["completed"], data["abandoned"]) == (3, 1)
    assert data["completionRate"] == 0.6
    assert data["averageDurationDays"] == 59
    assert data["byTrigger"] == {"COMPLAINT": 2, "AUDIT": 1, "FEEDBACK": 2, "PROACTIVE": 0}


@pytest.mark.parametrize(
    ("done", "total", "rate"), [(1, 3, 0.33), (2, 3, 0.67), (1, 8, 0.13), (7, 8, 0.88)]
)
def test_the_rate_rounds_half_up(as_alice, done, total, rate):
    for rank in range(total):
        make_plan(status=PlanStatus.COMPLETED if rank < done else PlanStatus.DRAFT)
    assert figures(as_alice)["completionRate"] == rate


def test_durations_are_paris_days_rounded_half_up(as_alice):
    # 22:30 UTC is the next day in Paris in summer: 0 days, then 1 day; the mean 0.5 rounds up.
    closed("2026-06-01T22:30", "2026-06-02T21:00")
    closed("2026-06-01T21:30", "2026-06-01T22:30")
    assert figures(as_alice)["averageDurationDays"] == 1


def test_bounds_are_paris_days_both_included(as_alice):
    make_plan(created_at=at("2025-12-31T22:59:59"))  # still 2025 in Paris
    make_plan(created_at=at("2025-12-31T23:00:00"))
    make_plan(created_at=at("2026-12-31T22:59:59"))
    make_plan(created_at=at("2026-12-31T23:00:00"))  # already 2027
    assert figures(as_alice, **{"from": "2026-01-01", "to": "2026-12-31"})["totalPlans"] == 2
    assert figures(as_alice, **{"from": "2026-01-01"})["totalPlans"] == 3
    assert figures(as_alice, to="2025-12-31")["totalPlans"] == 1
    assert figures(as_alice, **{"from": "", "to": ""})["totalPlans"] == 4


@pytest.mark.parametrize("edge", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_the_calendar(as_alice, edge):
    figures(as_alice, **{"from": edge})
    figures(as_alice, to=edge)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=2026-02-30", "from"),
        ("to=31/12/2026", "to"),
        ("from=2026-12-31&to=2026-01-01", "from"),
        ("since=2026-01-01", "since"),
        ("from=2026-01-01&from=2026-02-01", "from"),
        ("status=DRAFT", "status"),
        ("page=1", "page"),
    ],
)
def test_bad_parameters_are_named(as_alice, query, field):
    answer = as_alice.get(f"{URL}?{query}")
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_one_statement(as_alice, django_assert_num_queries):
    make_plan()
    # The schema with the caller, and the figures, which ask for the organisation's settings themselves.
    with django_assert_num_queries(2) as statements:
        figures(as_alice)
    selects = [one["sql"] for one in statements if "improvementplan" in one["sql"]]
    assert len(selects) == 1
