"""Three users do what comes to mind; whatever it is, the API and the model agree.

`make test` makes a few hundred steps, `make test-long` ten thousand.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    precondition,
    rule,
    run_state_machine_as_test,
)

from actionplans.models import ActionPlan
from actionplans.states import State
from qualiforma.api.rates import rates
from tests.actionplans.model import LEGAL, USERS, Action, Plan
from tests.cast import MONA

PLANS = "/api/v1/company/action-plans"
ACTIONS = "/api/v1/company/actions"
user = st.sampled_from(USERS)
some = st.integers(0, 30)
visibility = st.sampled_from(["PUBLIC", "PRIVATE"])
team = st.lists(user, min_size=1, max_size=3, unique=True)
state = st.sampled_from(list(State))


class Company(RuleBasedStateMachine):
    """Each step is a call or two, its answer foretold; everything is rolled back in the end."""

    clients: dict[str, Any] = {}
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.plans: list[Plan] = []  # oldest first
        self.block = transaction.atomic()
        self.block.__enter__()
        rates.clear()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    def call(self, who: str, method: str, url: str, body: Any, status: int) -> Any:
        type(self).steps += 1
        answer = getattr(self.clients[who], method)(url, body)
        assert answer.status_code == status, (who, method, url, body, answer.content)
        return answer.json() if answer.content else None

    @property
    def actions(self) -> list[Action]:
        return [action for plan in self.plans for action in plan.actions]

    def due(self, *, late: bool) -> str:
        return str(timezone.localdate() + timedelta(days=-1 if late else 1))

    # --- Plans
    @rule(who=user, shown=visibility)
    def create_plan(self, who, shown):
        body = self.call(who, "post", PLANS, {"title": "P", "visibility": shown}, 200)
        self.plans.append(Plan(body["id"], who, shown))

    @precondition(lambda self: self.plans)
    @rule(who=user, at=some, shown=st.none() | visibility)
    def change_plan(self, who, at, shown):
        plan = self.plans[at % len(self.plans)]
        status = 404 if not plan.is_seen_by(who) else 200 if plan.is_changed_by(who) else 403
        self.call(who, "patch", f"{PLANS}/{plan.id}", {"visibility": shown}, status)
        if status == 200 and shown:
            plan.visibility = shown

    @precondition(lambda self: len(self.plans) > 2)
    @rule(who=user, at=some)
    def delete_plan(self, who, at):
        plan = self.plans[at % len(self.plans)]
        status = 404 if not plan.is_seen_by(who) else 204 if plan.is_deleted_by(who) else 403
        self.call(who, "delete", f"{PLANS}/{plan.id}", None, status)
        if status == 204:
            self.plans.remove(plan)

    @precondition(lambda self: len(self.plans) > 3)
    @rule(at=some)
    def forget_who_created_a_plan(self, at):
        plan = self.plans[at % len(self.plans)]
        ActionPlan.objects.filter(pk=plan.id).update(created_by=None)
        plan.creator = None

    # --- Actions
    @precondition(lambda self: self.plans)
    @rule(who=user, at=some, people=team, late=st.booleans(), shown=st.none() | visibility)
    def add_action(self, who, at, people, late, shown):
        plan = self.plans[at % len(self.plans)]
        status = 400 if not plan.is_seen_by(who) else 200 if plan.is_changed_by(who) else 403
        asked = {"planId": plan.id, "title": "A", "assignees": people, "visibility": shown}
        body = self.call(who, "post", ACTIONS, asked | {"dueDate": self.due(late=late)}, status)
        if status == 200:
            parts = dict.fromkeys(people, State.PENDING)
            made = Action(body["id"], plan, who, shown or plan.visibility, late, parts)
            plan.actions.append(made)
            self.compare(body, made)

    @precondition(lambda self: self.actions)
    @rule(who=user, at=some, people=st.none() | team, late=st.none() | st.booleans())
    def change_action(self, who, at, people, late):
        action = self.actions[at % len(self.actions)]
        status = 404 if not action.is_seen_by(who) else 200 if action.is_changed_by(who) else 403
        due = None if late is None else self.due(late=late)
        asked = {"assignees": people, "dueDate": due}
        body = self.call(who, "patch", f"{ACTIONS}/{action.id}", asked, status)
        if status == 200:
            if people:
                action.parts = {one: action.parts.get(one, State.PENDING) for one in people}
            action.is_late = action.is_late if late is None else late
            self.compare(body, action)

    @precondition(lambda self: len(self.actions) > 4)
    @rule(who=user, at=some)
    def delete_action(self, who, at):
        action = self.actions[at % len(self.actions)]
        status = 404 if not action.is_seen_by(who) else 204 if action.is_changed_by(who) else 403
        self.call(who, "delete", f"{ACTIONS}/{action.id}", None, status)
        if status == 204:
            action.plan.actions.remove(action)

    @precondition(lambda self: self.actions)
    @rule(who=user, at=some, whose=st.none() | user, to=state)
    def move(self, who, at, whose, to):
        action = self.actions[at % len(self.actions)]
        status = self.foretold_move(action, who, whose or who, to)
        asked = {"status": to.value, "assigneeId": whose}
        body = self.call(who, "patch", f"{ACTIONS}/{action.id}/status", asked, status)
        if status == 200:
            if action.state_of(whose or who) != to:
                action.parts[whose or who] = to
            self.compare(body, action)

    @staticmethod
    def foretold_move(action, who, whose, target):
        if not action.is_seen_by(who):
            return 404
        if not action.is_changed_by(who) and (who not in action.parts or who != whose):
            return 403
        if whose not in action.parts:
            return 400
        current = action.state_of(whose)
        return 200 if current == target or (current, target) in LEGAL else 409

    # --- Looking
    @rule(who=user, status=st.none() | state, whose=st.none() | user, start=st.integers(0, 3))
    def look(self, who, status, whose, start):
        query = {"status": status, "assigneeId": whose, "from": start, "to": start + 5}
        query = {name: value for name, value in query.items() if value is not None}
        wanted = []
        for plan in reversed(self.plans):
            shown = [
                one
                for one in reversed(plan.actions)
                if one.is_seen_by(who)
                and (status is None or one.status == status)
                and (whose is None or whose in one.parts)
            ]
            if plan.is_seen_by(who) and (shown or (status, whose) == (None, None)):
                wanted.append((plan, shown))
        body = self.call(who, "get", PLANS, query, 200)
        assert body["total"] == len(wanted)
        rows = wanted[start : start + 5]
        assert [row["id"] for row in body["result"]] == [plan.id for plan, _shown in rows]
        for row, (plan, shown) in zip(body["result"], rows, strict=True):
            assert row["completionPercent"] == plan.percent
            assert [one["id"] for one in row["actions"]] == [one.id for one in shown]
            for found, action in zip(row["actions"], shown, strict=True):
                self.compare(found, action)

    @staticmethod
    def compare(found, action):
        assert found["status"] == action.status
        assert found["completionPercent"] == action.percent
        parts = {one["assigneeId"]: one["status"] for one in found["assigneeStatuses"]}
        assert parts == {user: action.state_of(user) for user in action.parts}
        assert (found["completedAt"] is None) == (action.status not in {"COMPLETED", "CANCELLED"})
        assert (found["planId"], found["visibility"]) == (action.plan.id, action.visibility)


@pytest.fixture
def company(as_alice, as_mona, as_nina):
    Company.clients = {"usr_alice": as_alice, MONA.id: as_mona, "usr_nina": as_nina}
    Company.steps = 0
    assert connection.in_atomic_block
    return Company


def live(company, examples, **more):
    run_state_machine_as_test(
        company,
        settings=settings(
            max_examples=examples,
            stateful_step_count=50,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            **more,
        ),
    )
    return company.steps


def test_the_api_and_the_model_agree(company):
    phases = [Phase.generate]  # the long run shrinks what it finds
    assert live(company, 8, derandomize=True, phases=phases) > 100


@pytest.mark.long
def test_the_api_and_the_model_agree_over_ten_thousand_steps(company):
    assert live(company, 300, print_blob=True) > 10_000
