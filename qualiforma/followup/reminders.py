"""Which things have a date, and when who is reminded of them.

An app registers its sources in its module `reminders`, found by its name; none knows of another. All
that is due in an organisation is one statement, whatever the number of sources. A thing is spoken of
seven days before its date, on the day after, then weekly. Source: follow-up, "Reminders".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.admin.utils import quote
from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast
from django.urls import reverse

from qualiforma.followup.work import WorkSource

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# What a row of every source says, in this order. `owner`: whose it is, None for the ADMINs;
# `chief`: who is told too from the second week late, None for the ADMINs alone.
COLUMNS = ("id", "title", "context", "due", "owner", "chief")
LEAD_DAYS, LEAD_MAX = 7, 30
WEEK = 7
# From this stage on, others than the owner are told: the second week late.
ESCALATED = 2
SYSTEM_ACTOR: Any = Value(None, output_field=CharField())
NO_TEXT: Any = Value("", output_field=CharField())


@dataclass(frozen=True)
class DueSource:
    """Things of one kind that are still to be done.

    Shape: `rows` gives what is open, `columns` the field or expression of each of `COLUMNS`; `heading`
    stands above them in a mail. `work`: whose page of one's own work shows such a thing; `page`: the
    model, as addresses of its pages name it, whose page shows it to the staff. A legal date cannot be muted for ADMIN.
    """

    name: str
    heading: "StrOrPromise"
    rows: Callable[[], QuerySet[Any]]
    columns: Mapping[str, Any]
    page: str
    work: WorkSource | None = None
    is_legal: bool = False

    def address(self, thing_id: str) -> str:
        """Return the page that shows such a thing to the staff; the list of one's own without one."""
        if not self.page:
            return reverse("admin:me")
        return reverse(f"admin:{self.page}_change", args=[quote(thing_id)])


@dataclass(frozen=True)
class Thing:
    """Something with a date that is open."""

    source: str
    id: str
    title: str
    context: str
    due: date
    owner: str | None
    chief: str | None

    def stage(self, day: date, lead: int) -> int | None:
        """Return how far its reminders are: 0 before the date, then one more a week; None too early."""
        if day <= self.due:
            return 0 if (self.due - day).days <= lead else None
        return 1 + ((day - self.due).days - 1) // WEEK


sources: dict[str, DueSource] = {}


def register(source: DueSource) -> None:
    """Add a source. One for each name."""
    if source.name in sources:
        raise ValueError(f"{source.name} is registered already.")
    sources[source.name] = source


def is_anything_due(day: date) -> bool:
    """Say whether anything is late or has its date within the longest notice. Cost: one statement."""
    return bool(_rows(day).order_by()[:1])


def due_things(day: date) -> list[Thing]:
    """Return all that is late, or due within the longest notice. Cost: one statement."""
    return [_thing(row) for row in _rows(day)]


def due_things_of(user_id: str, day: date, *, is_admin: bool) -> list[Thing]:
    """Return what of it one person may have to be told. Cost: one statement."""
    return [_thing(row) for row in _rows(day, _Person(user_id, is_admin=is_admin))]


@dataclass(frozen=True)
class _Person:
    id: str
    is_admin: bool

    def narrow(self, rows: QuerySet[Any], source: DueSource, day: date) -> QuerySet[Any]:
        """Keep what is theirs, and what is late for so long that they are told too."""
        found: QuerySet[Any] = rows.alias(
            due_owner_key=_as_expression(source.columns["owner"]),
            due_chief_key=_as_expression(source.columns["chief"]),
            due_day_key=_as_expression(source.columns["due"]),
        )
        theirs = Q(due_owner_key=self.id)
        told = Q(due_day_key__lt=day - timedelta(days=WEEK))
        if self.is_admin:
            found = found.filter(theirs | Q(due_owner_key__isnull=True) | told)
        else:
            found = found.filter(theirs | (told & Q(due_chief_key=self.id)))
        return found


def _rows(day: date, person: _Person | None = None) -> QuerySet[Any]:
    last = day + timedelta(days=LEAD_MAX)
    parts = []
    for source in sorted(sources.values(), key=lambda one: one.name):
        due = source.columns["due"]
        rows = source.rows().filter(**{f"{due}__lte": last})
        if person:
            rows = person.narrow(rows, source, day)
        named = {f"due_{name}": _as_text(name, source.columns[name]) for name in COLUMNS}
        parts.append(rows.order_by().values(due_source=Value(source.name, CharField()), **named))
    return parts[0].union(*parts[1:], all=True).order_by("due_due", "due_id")


def _as_expression(value: Any) -> Any:
    return F(value) if isinstance(value, str) else value


def _as_text(name: str, value: Any) -> Any:
    """Return a column of one type in every part of the statement."""
    expression = _as_expression(value)
    return expression if name == "due" else Cast(expression, CharField())


def _thing(row: dict[str, Any]) -> Thing:
    return Thing(source=row["due_source"], **{name: row[f"due_{name}"] for name in COLUMNS})
