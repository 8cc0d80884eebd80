"""Plans with results, checks and successors: whatever is called, the API and a small model agree.

The usual run makes a few hundred calls, the long one ten thousand. A closed plan's content hashes the
same ever after.
"""

import hashlib
import time
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    precondition,
    rule,
    run_state_machine_as_test,
)

from improvements.models import ClosingReport, ImprovementPlan
from qualiforma.api.rates import rates
from tests.cast import ALICE, PASSWORD, Client
from tests.improvements.factories import plan_body

URL = "/api/v1/improvement-plans"
some = st.integers(0, 30)
value = st.integers(-3, 9)
# Units: seconds.
TOKEN_KEPT = 1200
MET = {"UP": lambda v, t: v >= t, "DOWN": lambda v, t: v <= t, "EQUAL": lambda v, t: v == t}


@dataclass
class Result:
    id: str
    target: int
    direction: str
    value: int | None = None

    @property
    def met(self) -> bool | None:
        return None if self.value is None else MET[self.direction](self.value, self.target)


@dataclass
class Plan:
    id: str
    results: list[Result]
    status: str = "DRAFT"
    closed: bool = False
    actions: dict[str, str] = field(default_factory=dict)
    verdicts: list[str] = field(default_factory=list)
    follows: str | None = None
    content: str = ""

    @property
    def effectiveness(self) -> str:
        if self.verdicts:
            return self.verdicts[-1]
        if self.closed:
            return "TO_CHECK"
        return "NOT_APPLICABLE" if self.status == "ARCHIVED" else "NOT_DUE"

    @property
    def is_frozen(self) -> bool:
        return self.status in {"COMPLETED", "ARCHIVED"}


def content_of(plan_id):
    """Everything that a closed plan consists of; its status, which may become ARCHIVED, apart."""
    row: dict[str, Any] = dict(ImprovementPlan.objects.filter(pk=plan_id).values().get())
    for name in ("status", "archive_reason", "version"):
        del row[name]
    plan = ImprovementPlan.objects.get(pk=plan_id)
    children = [
        list(rows.order_by("pk").values())
        for rows in (
            *(plan.actions, plan.expected_results, plan.complaint_links, plan.attachments),
            ClosingReport.objects.filter(plan=plan_id),
        )
    ]
    return hashlib.sha256(repr((row, children)).encode()).hexdigest()


class Register(RuleBasedStateMachine):
    client: Any = None
    steps = 0
    logged_in_at = 0.0

    def __init__(self) -> None:
        super().__init__()
        self.plans: list[Plan] = []
        if time.monotonic() - type(self).logged_in_at > TOKEN_KEPT:
            type(self).log_in()
        self.block = transaction.atomic()
        self.block.__enter__()
        rates.clear()

    @classmethod
    def log_in(cls) -> None:
        """A token lives for an hour, which a long run may well take."""
        cls.logged_in_at = time.monotonic()
        body = {"email": ALICE.email, "password": PASSWORD}
        token = Client("acme").post("/api/v1/auth/login", body).json()["data"]["accessToken"]
        cls.client = Client("acme", token)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    def call(self, method: str, url: str, body: Any, status: int) -> Any:
        type(self).steps += 1
        answer = getattr(self.client, method)(f"{URL}{url}", body)
        assert answer.status_code == status, (method, url, body, answer.content)
        return answer.json()

    def plan(self, at: int) -> Plan:
        return self.plans[at % len(self.plans)]

    @rule(expected=st.lists(st.tuples(value, st.sampled_from(list(MET))), max_size=3))
    def create(self, expected):
        rows = [{"name": "R", "target": goal, "direction": way} for goal, way in expected]
        body = self.call("post", "", plan_body(expectedResults=rows), 201)["data"]
        self.plans.append(self.known(body))

    def known(self, body):
        found = body["expectedResults"]
        return Plan(body["id"], [Result(r["id"], r["target"], r["direction"]) for r in found])

    @precondition(lambda self: self.plans)
    @rule(at=some, done=st.booleans())
    def add_action(self, at, done):
        plan = self.plan(at)
        url = f"/{plan.id}/actions"
        if plan.is_frozen:
            assert self.call("post", url, {"description": "A"}, 409)["code"] == "PLAN_FROZEN"
            return
        key = self.call("post", url, {"description": "A"}, 201)["data"]["id"]
        plan.actions[key] = "DONE" if done else "TODO"
        if done:
            self.call("patch", f"{url}/{key}", {"status": "DONE"}, 200)

    @precondition(lambda self: any(plan.results for plan in self.plans))
    @rule(at=some, which=some, found=value)
    def measure(self, at, which, found):
        plan = self.plan(at)
        if not plan.results:
            return
        rows = [
            {"id": r.id, "name": "R", "target": r.target, "direction": r.direction}
            | ({} if r.value is None else {"measuredValue": r.value})
            for r in plan.results
        ]
        one = plan.results[which % len(rows)]
        changes = one.value != found
        rows[which % len(rows)]["measuredValue"] = found
        refused = plan.is_frozen and changes
        self.call("patch", f"/{plan.id}", {"expectedResults": rows}, 409 if refused else 200)
        if not refused:
            one.value = found

    @precondition(lambda self: self.plans)
    @rule(at=some, to=st.sampled_from(["IN_PROGRESS", "ARCHIVED"]))
    def move(self, at, to):
        plan = self.plan(at)
        legal = (plan.status, to) in {
            *(("DRAFT", "IN_PROGRESS"), ("IN_PROGRESS", "ARCHIVED"), ("COMPLETED", "ARCHIVED")),
        } or plan.status == to
        self.call("patch", f"/{plan.id}", {"status": to}, 200 if legal else 409)
        if legal and (plan.status, to) == ("IN_PROGRESS", "ARCHIVED"):
            plan.actions = {k: v if v == "DONE" else "CANCELLED" for k, v in plan.actions.items()}
        if legal:
            plan.status = to
            self.freeze(plan)

    @precondition(lambda self: self.plans)
    @rule(at=some)
    def close(self, at):
        plan = self.plan(at)
        legal = plan.status == "IN_PROGRESS" and "TODO" not in plan.actions.values()
        self.call("post", f"/{plan.id}/close", {"summary": "Fait."}, 200 if legal else 409)
        if legal:
            plan.status, plan.closed = "COMPLETED", True
            self.freeze(plan)

    def freeze(self, plan):
        if plan.is_frozen and not plan.content:
            plan.content = content_of(plan.id)

    @precondition(lambda self: self.plans)
    @rule(
        at=some,
        verdict=st.sampled_from(["EFFECTIVE", "PARTLY", "NOT_EFFECTIVE"]),
        sequel=st.sampled_from(["none", "successor", "reason", "both"]),
        found=st.none() | value,
    )
    def check(self, at, verdict, sequel, found):
        plan = self.plan(at)
        body: dict[str, Any] = {"verdict": verdict, "method": "Enquête."}
        body |= {"successor": True} if sequel in {"successor", "both"} else {}
        body |= {"reason": "Trop tard."} if sequel in {"reason", "both"} else {}
        if found is not None and plan.results:
            body["measures"] = [{"resultId": plan.results[0].id, "measuredValue": found}]
        whole = (sequel == "none") if verdict == "EFFECTIVE" else sequel in {"successor", "reason"}
        status = (409 if not plan.closed else 201) if whole else 400
        answer = self.call("post", f"/{plan.id}/effectiveness", body, status)
        if status != 201:
            return
        plan.verdicts.append(verdict)
        assert answer["data"]["number"] == len(plan.verdicts)
        if sequel == "successor":
            self.succeed(plan, answer["data"]["successorId"], found)

    def succeed(self, plan, successor_id, found):
        met = [one.met for one in plan.results]
        if found is not None and plan.results:
            first = plan.results[0]
            met[0] = MET[first.direction](found, first.target)
        body = self.call("get", f"/{successor_id}", None, 200)["data"]
        new = self.known(body)
        new.follows = plan.id
        left = [
            (r.target, r.direction)
            for r, is_met in zip(plan.results, met, strict=True)
            if not is_met
        ]
        assert [(r.target, r.direction) for r in new.results] == left
        assert (body["followsPlanId"], body["status"]) == (plan.id, "DRAFT")
        self.plans.append(new)

    @precondition(lambda self: self.plans)
    @rule(at=some)
    def read(self, at):
        plan = self.plan(at)
        found = self.call("get", f"/{plan.id}", None, 200)["data"]
        assert (found["status"], found["effectiveness"]) == (plan.status, plan.effectiveness)
        assert {one["id"]: one["status"] for one in found["actions"]} == plan.actions
        assert [one["met"] for one in found["expectedResults"]] == [r.met for r in plan.results]
        assert [one["verdict"] for one in found["effectivenessChecks"]] == plan.verdicts
        assert found["followsPlanId"] == plan.follows
        if plan.content:
            assert content_of(plan.id) == plan.content

    @precondition(lambda self: self.plans)
    @rule()
    def count(self):
        found = self.call("get", "/stats", None, 200)["data"]
        decided = [plan.verdicts[-1] for plan in self.plans if plan.verdicts]
        rate = decided.count("EFFECTIVE") / len(decided) if decided else None
        assert found["effectivenessRate"] == pytest.approx(rate, abs=0.0051)
        for state in ("TO_CHECK", "EFFECTIVE", "PARTLY", "NOT_DUE", "NOT_APPLICABLE"):
            total = self.call("get", f"?effectiveness={state}", None, 200)["meta"]["total"]
            assert total == [plan.effectiveness for plan in self.plans].count(state)


@pytest.fixture
def register(as_alice):
    Register.client, Register.steps = as_alice, 0
    Register.logged_in_at = time.monotonic()
    assert connection.in_atomic_block
    return Register


def live(register, examples, **more):
    run_state_machine_as_test(
        register,
        settings=settings(
            max_examples=examples,
            stateful_step_count=50,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            **more,
        ),
    )
    return register.steps


def test_the_api_and_the_model_agree(register):
    phases = [Phase.generate]  # the long run shrinks what it finds
    assert live(register, 6, derandomize=True, phases=phases) > 100


@pytest.mark.long
def test_the_api_and_the_model_agree_over_ten_thousand_steps(register):
    assert live(register, 260, print_blob=True) > 10_000
