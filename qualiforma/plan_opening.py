"""How an app opens an improvement plan, and says which plans answer its findings.

Neither app knows the other: that of plans registers what opens one, that of findings its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Model, QuerySet

from qualiforma.accounts.actor import Actor


@dataclass(frozen=True)
class PlanRequest:
    """A plan that an audit makes necessary."""

    title: str
    description: str
    target_date: date
    owner_id: str
    indicators: Sequence[int]


PlanOpener = Callable[[PlanRequest, Actor], Model]
_openers: list[PlanOpener] = []
# The ids of the plans that answer a finding, as a query that others take in.
_answers: "list[Callable[[], QuerySet[Any]]]" = []


def register(opener: PlanOpener) -> PlanOpener:
    """Name the service that opens plans; usable as a decorator. There is one."""
    if _openers:
        raise ValueError("Plans are opened by another app already.")
    _openers.append(opener)
    return opener


def open_plan(request: PlanRequest, actor: Actor) -> Model:
    """Open a plan whose trigger is an audit. Errors: those of the registered service."""
    return _openers[0](request, actor)


def register_answers(rows: Callable[[], QuerySet[Any]]) -> None:
    """Name the rows that say which plan answers a finding. Shape: each has `plan_id`, never null."""
    _answers[:] = [rows]


def plans_of_findings() -> QuerySet[Any]:
    """Return the ids of the plans that answer a finding. Cost: none before it is read."""
    return _answers[0]().order_by().values("plan_id")
