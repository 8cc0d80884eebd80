"""What is measured: each call of ours beside that of its floor."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from tests.bench.floors.fill import ACTION_PLANS, ACTIONS_OF_PLAN, company_action

Body = dict[str, Any]
# Method, path, body; the n-th call of an operation.
Call = tuple[str, str, Body | None]
# Worded in Python or given by the database: not compared.
ANYTHING = frozenset({"reasons", "gaps"})
# What differs between two plans.
OTHER_PLAN = frozenset(
    {
        "owner",
        "targetDate",
        "dueDate",
        "firstDueDate",
        "closedAt",
        "linkedComplaintIds",
        "startedAt",
        "subject",
        "receivedAt",
    }
)
PLANS = "/admin/improvements/improvementplan/"
FRESH = ANYTHING | {"id", "reference", "createdAt", "completedAt", "title", "createdBy"}


@dataclass
class Operation:
    """One row of the table. `ours` and `floor` return the n-th call."""

    name: str
    ours: Callable[[int], Call]
    floor: Callable[[int], Call]
    is_page: bool = False
    ignored: frozenset[str] = ANYTHING
    # How many calls there can be, of both together.
    most: int | None = None
    counter: Iterator[int] = field(default_factory=count)


def get(path: str) -> Callable[[int], Call]:
    return lambda n: ("GET", path, None)


def read(name: str, path: str, floor: str) -> Operation:
    return Operation(name, get(f"/api/v1/{path}"), get(f"/floor/{floor}"))


def captured(name: str, path: str, *, is_page: bool = False) -> Operation:
    return Operation(name, get(path), get(f"/floor/captured?{urlencode({'name': name})}"), is_page)


def first_views(plans: int) -> list[Operation]:
    """Pages that nobody has asked for in this minute; the other pages of the table are asked for again and again."""
    pages = plans // 25
    paths: dict[str, Callable[[int], str]] = {
        "back-office: plans, first view": lambda n: (
            f"{PLANS}?p={1 + n % pages}&o={1 + n // pages % 4}"
        ),
        # None that the floor has closed: its report is not whole.
        "back-office: plan, first view": lambda n: (
            f"{PLANS}imp_f{1 + 4 * (n % (plans // 4))}/change/"
        ),
    }

    def operation(name: str, path: Callable[[int], str]) -> Operation:
        floor = get(f"/floor/captured?{urlencode({'name': name})}")
        return Operation(name, lambda n: ("GET", path(n), None), floor, is_page=True)

    return [operation(name, path) for name, path in paths.items()]


def every_fourth(n: int, plans: int) -> int:
    """The number of a plan under way."""
    return 4 * (1 + n % (plans // 4))


def patch_plan(plans: int) -> Operation:
    def body() -> Body:
        return {"title": f"Plan {uuid4().hex}"}

    return Operation(
        "PATCH plan",
        lambda n: ("PATCH", f"/api/v1/improvement-plans/imp_f{every_fourth(n, plans)}", body()),
        lambda n: (
            "POST",
            "/floor/patch-plan",
            {
                "id": f"imp_f{every_fourth(n, plans)}",
                "action": "improvements.plan.edited",
                **body(),
            },
        ),
        ignored=FRESH,
    )


def patch_action(plans: int) -> Operation:
    """Ours finishes the first actions, the floor the second; the next time round they are opened again."""

    def status(n: int) -> str:
        return "TODO" if n // (plans // 4) % 2 else "DONE"

    def path(n: int) -> str:
        number = every_fourth(n, plans)
        return f"/api/v1/improvement-plans/imp_f{number}/actions/act_f{number}_0"

    def floor(n: int) -> Call:
        number = every_fourth(n, plans)
        action = {"action_id": f"act_f{number}_1", "action": "improvements.action.changed"}
        return (
            "POST",
            "/floor/patch-action",
            {"id": f"imp_f{number}", "status": status(n)} | action,
        )

    return Operation(
        "PATCH action to DONE",
        lambda n: ("PATCH", path(n), {"status": status(n)}),
        floor,
        ignored=FRESH | {"description"},
    )


def create() -> Operation:
    body = {
        "title": "Un plan du banc",
        "trigger": "AUDIT",
        "targetDate": "2030-12-31",
        "owner": "usr_admin01",
        "actions": [{"description": f"Action {n}"} for n in range(5)],
    }
    said = {"action": "improvements.plan.created"}
    return Operation(
        "create plan + 5 actions",
        lambda n: ("POST", "/api/v1/improvement-plans", body),
        lambda n: ("POST", "/floor/create", {**body, **said}),
        ignored=FRESH,
    )


# Of plans whose actions are done, in twenty-four: every third answers a complaint. Two that follow
# one another are alike; the first pair is noted, the second, with complaints, compared.
_DONE = (7, 19, 3, 15, 11, 23)


def closable(n: int) -> str:
    """Return the id of the n-th plan under way that has nothing left to do."""
    group, rank = divmod(n, len(_DONE))
    return f"imp_f{24 * group + _DONE[rank]}"


def close(plans: int) -> Operation:
    """Each plan is closed once, by ours or by the floor; what is compared are two that are alike."""
    body = {"summary": "Tout est fait.", "outcomes": ["Plus aucune réclamation."]}
    said = {"action": "improvements.plan.closed"}
    return Operation(
        "close plan",
        lambda n: ("POST", f"/api/v1/improvement-plans/{closable(n)}/close", body),
        lambda n: ("POST", "/floor/close", {"id": closable(n), **said, **body}),
        ignored=FRESH | OTHER_PLAN,
        most=plans // 24 * len(_DONE),
    )


def move_action() -> Operation:
    """One assignee's part is begun and finished by turns, of the first half of the actions and of the second."""
    half = ACTION_PLANS * ACTIONS_OF_PLAN // 2

    def body(n: int) -> Body:
        status = "COMPLETED" if n // half % 2 else "IN_PROGRESS"
        return {"status": status, "assigneeId": "usr_lead02"}

    return Operation(
        "PATCH action's status",
        lambda n: ("PATCH", f"/api/v1/company/actions/{company_action(n % half)}/status", body(n)),
        lambda n: (
            "POST",
            "/floor/move-action",
            {
                "id": company_action(half + n % half),
                "action": "actionplans.action.moved",
                **body(n),
            },
        ),
        ignored=FRESH | {"planId", "updatedAt", "startedAt"},
    )


def operations(plans: int, path_id: str) -> list[Operation]:
    """All of them, in the order of the table."""
    deep = plans // 20 * 2 // 5  # of 10,000 plans the page 200
    return [
        read("plans: first page", "improvement-plans", "plans"),
        read(
            "plans: filtered",
            "improvement-plans?status=IN_PROGRESS",
            "plans-status?status=IN_PROGRESS",
        ),
        read("plans: q", f"improvement-plans?q=F-{plans // 2}", f"plans-q?q=F-{plans // 2}"),
        read(f"plans: page {deep}", f"improvement-plans?page={deep}", f"plans?page={deep}"),
        Operation(
            "plan: detail",
            lambda n: ("GET", f"/api/v1/improvement-plans/imp_f{1 + n % plans}", None),
            lambda n: ("GET", f"/floor/plan?id=imp_f{1 + n % plans}", None),
        ),
        captured("plans: statistics", "/api/v1/improvement-plans/stats"),
        captured("plan: history", "/api/v1/improvement-plans/imp_8f3b21/history"),
        patch_plan(plans),
        patch_action(plans),
        create(),
        close(plans),
        move_action(),
        read("complaints", "complaints", "complaints"),
        read("enrollments", "enrollments", "enrollments"),
        read("timeline of 200", "paf/enrollments/enr_200/timeline", "timeline?id=enr_200"),
        read("needs analyses", "needs-analysis", "analyses"),
        read("adaptive path", f"adaptive-paths/{path_id}", f"path?id={path_id}"),
        read("action plans", "company/action-plans?status=PENDING", "action-plans"),
        read("auth/me", "auth/me", "me"),
        captured("back-office: home", "/admin/", is_page=True),
        captured("back-office: plans", PLANS, is_page=True),
        captured("back-office: plan", f"{PLANS}imp_f5/change/", is_page=True),
        *first_views(plans),
    ]
