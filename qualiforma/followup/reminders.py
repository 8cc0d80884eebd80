"""Which things have a date, and when who is reminded of them.

An app registers its sources in its module `reminders`, found by its name; none knows of another. All
that is due in an organisation is one statement, whatever the number of sources. A thing is spoken of
seven days before its date, on the day after, then weekly. Source: follow-up, "Reminders".
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar

from django.contrib.admin.utils import quote
from django.db.models import CharField, F, Model, Q, QuerySet, TextChoices, Value
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role
from qualiforma.followup.work import WorkSource

# What a row of every source says, in this order. `owner`: whose it is, None for the ADMINs;
# `chief`: who is told too from the second week late, None for the ADMINs alone.
COLUMNS = ("id", "title", "context", "due", "owner", "chief")
LEAD_DAYS, LEAD_MAX = 7, 30
WEEK = 7
# From this stage on, others than the owner are told: the second week late.
ESCALATED = 2
NO_PERSON: Any = Value(None, output_field=CharField())
NO_TEXT: Any = Value("", output_field=CharField())
# What a source need not say.
DEFAULTS = {"id": "pk", "context": NO_TEXT, "owner": NO_PERSON, "chief": NO_PERSON}


class DueKind(TextChoices):
    """What people are reminded of, in the order of a mail; what stands above them there."""

    CORRECTIVE_ACTION = "CORRECTIVE_ACTION", _("Actions correctives")
    ACTION_PLAN_PART = "ACTION_PLAN_PART", _("Actions de plans d’action")
    PLAN_TARGET = "PLAN_TARGET", _("Plans d’amélioration à clôturer")
    EFFECTIVENESS_CHECK = "EFFECTIVENESS_CHECK", _("Plans dont l’efficacité est à vérifier")
    COMPLAINT_ACKNOWLEDGEMENT = (
        "COMPLAINT_ACKNOWLEDGEMENT",
        _("Accusés de réception à envoyer"),
    )
    COMPLAINT_ANSWER = "COMPLAINT_ANSWER", _("Réclamations à traiter")
    FINDING = "FINDING", _("Non-conformités à lever")
    RISK_REVIEW = "RISK_REVIEW", _("Risques à revoir")
    EVIDENCE_EXPIRY = "EVIDENCE_EXPIRY", _("Preuves à renouveler")


@dataclass(frozen=True)
class DueSource:
    """Things of one kind that are still to be done.

    Shape: `rows` gives what is open, `columns` the field or expression of each of `COLUMNS` that is
    none of `DEFAULTS`. `work`: whose page of one's own work shows such a thing; `page`: the model, as
    addresses of its pages name it, whose page shows it to the staff. A legal date cannot be muted for ADMIN.
    """

    name: DueKind
    rows: Callable[[], QuerySet[Any]]
    columns: Mapping[str, Any]
    page: str
    work: WorkSource | None = None
    is_legal: bool = False

    @property
    def heading(self) -> str:
        """What stands above such things."""
        return str(self.name.label)

    def column(self, name: str) -> Any:
        """Return the expression of one of `COLUMNS`."""
        value = self.columns.get(name, DEFAULTS.get(name))
        return F(value) if isinstance(value, str) else value

    def address(self, thing_id: str) -> str:
        """Return the page that shows such a thing to the staff."""
        return reverse(f"admin:{self.page}_change", args=[quote(thing_id)])


@dataclass(frozen=True)
class Thing:
    """Something with a date that is open."""

    source: DueKind
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


sources: dict[DueKind, DueSource] = {}


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
    """Return the things that one person may have to be reminded of. Cost: one statement."""
    return [_thing(row) for row in _rows(day, _Person(user_id, is_admin=is_admin))]


@dataclass(frozen=True)
class _Person:
    id: str
    is_admin: bool
    # Whether they are told of what others are late with.
    is_told: bool = True

    def narrow(self, rows: QuerySet[Any], source: DueSource, day: date) -> QuerySet[Any]:
        """Keep their own things, and others' that are so late that they are reminded too."""
        found: QuerySet[Any] = rows.alias(
            due_owner_key=source.column("owner"),
            due_chief_key=source.column("chief"),
            due_day_key=source.column("due"),
        )
        theirs = Q(due_owner_key=self.id)
        if not self.is_told:
            return found.filter(theirs | Q(due_owner_key__isnull=True) if self.is_admin else theirs)
        told = Q(due_day_key__lt=day - timedelta(days=WEEK))
        if self.is_admin:
            found = found.filter(theirs | Q(due_owner_key__isnull=True) | told)
        else:
            found = found.filter(theirs | (told & Q(due_chief_key=self.id)))
        return found


@dataclass(frozen=True)
class DateList:
    """What has a date soon, or had one, and is one's own to see to; soonest first.

    One's work has its own list and stands here only where its kind is named.
    It is a person's where they own it, and the ADMINs' where nobody does. Behaves as pages want it.
    """

    actor: Actor
    day: date
    kind: DueKind | None = None
    ordered: ClassVar[bool] = True
    # Whose the rows are; filters ask.
    model: ClassVar[type[Model]] = User

    def all(self) -> "DateList":
        """Return itself, as filters start from."""
        return self

    def count(self) -> int:
        """Return how many there are. Cost: one statement."""
        return self._rows().count()

    def __getitem__(self, part: slice) -> list[Thing]:
        """Return these. Cost: one statement."""
        return [_thing(row) for row in self._rows()[part]]

    def _rows(self) -> QuerySet[Any]:
        named = self.kind
        chosen = [one for one in sources.values() if (one.name == named if named else not one.work)]
        person = _Person(self.actor.id, is_admin=self.actor.role == Role.ADMIN, is_told=False)
        return _union(chosen, self.day, person)


def _rows(day: date, person: _Person | None = None) -> QuerySet[Any]:
    return _union(sources.values(), day, person)


def _union(chosen: Iterable[DueSource], day: date, person: _Person | None) -> QuerySet[Any]:
    last = day + timedelta(days=LEAD_MAX)
    parts = []
    for source in sorted(chosen, key=lambda one: one.name):
        rows = source.rows().filter(**{f"{source.columns['due']}__lte": last})
        if person:
            rows = person.narrow(rows, source, day)
        columns = {name: source.column(name) for name in COLUMNS}
        # Each of one type in every part of the statement.
        named = {
            f"due_{name}": column if name == "due" else Cast(column, CharField())
            for name, column in columns.items()
        }
        parts.append(rows.order_by().values(due_source=Value(source.name, CharField()), **named))
    return parts[0].union(*parts[1:], all=True).order_by("due_due", "due_id")


def _thing(row: dict[str, Any]) -> Thing:
    return Thing(
        source=DueKind(row["due_source"]), **{name: row[f"due_{name}"] for name in COLUMNS}
    )
