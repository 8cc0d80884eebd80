"""What has a due date, as each feature tells it. Features register in their module `feeds`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum, auto

from qualiforma.accounts.actor import Actor

# How long something stays in calendars after its day.
KEPT = timedelta(days=366)


class DueState(Enum):
    """How far something is that has a due date."""

    OPEN = auto()
    DONE = auto()
    CANCELLED = auto()


@dataclass(frozen=True)
class DueItem:
    """Something with a due date: one event, on all calendars that it stands in.

    `sequence` is counted up by every change and never down; `changed_at` is when that last was.
    """

    id: str
    day: date
    title: str
    plan: str
    state: DueState
    sequence: int
    changed_at: datetime
    completed_at: datetime | None = None


@dataclass(frozen=True)
class Source:
    """One kind of plans.

    `own`: what this person has to do, due on that day or later. `of_plan`: all that the plan has.
    `title`: the plan's, None where this person may not see it.
    """

    plan_type: str
    own: Callable[[Actor, date], Iterable[DueItem]]
    of_plan: Callable[[Actor, str, date], Iterable[DueItem]]
    title: Callable[[Actor, str], str | None]


sources: dict[str, Source] = {}


def register(source: Source) -> None:
    """Add a source. One for each kind of plans."""
    if source.plan_type in sources:
        raise ValueError(f"{source.plan_type} is registered already.")
    sources[source.plan_type] = source
