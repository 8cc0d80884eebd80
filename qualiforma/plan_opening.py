"""How an app opens an improvement plan without knowing the app that keeps them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Model

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


def register(opener: PlanOpener) -> PlanOpener:
    """Name the service that opens plans; usable as a decorator. There is one."""
    if _openers:
        raise ValueError("Plans are opened by another app already.")
    _openers.append(opener)
    return opener


def open_plan(request: PlanRequest, actor: Actor) -> Model:
    """Open a plan whose trigger is an audit. Errors: those of the registered service."""
    return _openers[0](request, actor)
