"""What a write asks the database: one look-up, one lock, what it changes, one answer."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from improvements.api.serializers import ActionOutput
from improvements.models import CorrectiveAction, ImprovementPlan
from tests.cast import ALICE
from tests.improvements.factories import link, make_action, make_complaint, make_plan

PLANS = "/api/v1/improvement-plans"
NEW = {"title": "Un plan", "trigger": "AUDIT", "owner": ALICE.id, "targetDate": "2030-12-31"}


def statements_of(call):
    """The statements of a call made before, without those of the test's own transaction."""
    call()
    with CaptureQueriesContext(connection) as found:
        assert call().status_code < 300
    texts = [one["sql"] for one in found]
    return [
        one
        for one in texts
        if "SAVEPOINT" not in one and one != "SET LOCAL qualiforma.context = ''"
    ]


@pytest.fixture
def plan(acme):
    return make_plan(status="IN_PROGRESS", actions=[{}, {}])


def test_a_change_of_a_plan(plan, as_alice):
    titles = iter("ab")
    found = statements_of(lambda: as_alice.patch(f"{PLANS}/{plan.pk}", {"title": next(titles)}))
    # The schema with the user, the plan; the trail's lock, the plan's, the change, the answer.
    assert len(found) == 6
    assert "FOR UPDATE" in found[3]
    assert found[4].startswith("UPDATE")


def test_a_change_of_an_action(plan, as_alice):
    states = iter(["TODO", "DONE"])
    url = f"{PLANS}/{plan.pk}/actions/{plan.actions.first().pk}"
    found = statements_of(lambda: as_alice.patch(url, {"status": next(states)}))
    # The schema with the user, the action; the trail's lock, that of both rows, both changes, the answer.
    assert len(found) == 6
    assert "FOR UPDATE" in found[3]


def test_a_new_plan_with_its_actions(acme, as_alice):
    body = NEW | {"actions": [{"description": str(n)} for n in range(5)]}
    found = statements_of(lambda: as_alice.post(PLANS, body))
    # The schema with the user; the trail's lock, the owners, two inserts, the answer.
    assert len(found) == 6


def test_the_closing_of_a_plan(acme, as_alice):
    plans = [make_plan(status="IN_PROGRESS", actions=[{"status": "DONE"}] * 2) for _ in range(2)]
    for plan in plans:
        link(plan, make_complaint())
    left = iter(plans)
    body = {"summary": "Fait.", "outcomes": ["Mieux."]}
    found = statements_of(lambda: as_alice.post(f"{PLANS}/{next(left).pk}/close", body))
    # The schema with the user, the plan; the trail's lock, that of the plan with all that is read of
    # it, report and plan, the answer.
    assert len(found) == 6
    assert "FOR UPDATE" in found[3]


def test_who_has_no_endpoint_pays_no_statement_for_webhooks(plan, as_alice):
    titles = iter("ab")
    found = statements_of(lambda: as_alice.patch(f"{PLANS}/{plan.pk}", {"title": next(titles)}))
    assert [one for one in found if "webhooks" in one and "audit_lock" not in one] == []


@pytest.mark.parametrize("status", ["TODO", "DONE", "CANCELLED"])
def test_an_action_is_answered_as_its_serializer_writes_it(plan, as_alice, status):
    url = f"{PLANS}/{plan.pk}/actions/{plan.actions.first().pk}"
    reason = {"reason": 'Un "motif" \\ é'} if status == "CANCELLED" else {}
    as_alice.patch(url, {"dueDate": "2030-01-02"})
    as_alice.patch(url, {"dueDate": "2030-02-03", "reason": "Reporté"})
    answer = as_alice.patch(url, {"status": status, **reason})
    action = CorrectiveAction.objects.get(pk=plan.actions.first().pk)
    assert answer.json() == {"data": ActionOutput(action).data}
    assert list(answer.json()["data"]) == list(ActionOutput(action).data)
    assert answer["ETag"] == f'"{ImprovementPlan.objects.get(pk=plan.pk).version}"'


def test_an_action_of_another_plan_is_not_found(plan, as_alice):
    other = make_action(make_plan())
    answer = as_alice.patch(f"{PLANS}/{plan.pk}/actions/{other.pk}", {"status": "DONE"})
    assert answer.status_code == 404
