"""What a person has to do, whichever app it comes from.

An app registers its source in its module `work`, found by its name; none knows of another. The list
is one statement, whatever the number of sources. Source: follow-up, "My work, for everyone".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import F, Model, Q, QuerySet, TextChoices, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

WEEK = timedelta(days=7)
# What a row of every source says, in this order. `live`: whether it can be moved at all.
COLUMNS = ("id", "title", "plan_id", "plan_title", "due_date", "status", "live")


class WorkSource(TextChoices):
    """Which register a piece of work comes from."""

    IMPROVEMENT_PLAN = "IMPROVEMENT_PLAN", _("Plan d’amélioration")
    ACTION_PLAN = "ACTION_PLAN", _("Plan d’action")


class Due(TextChoices):
    """When a piece of work is due, in Paris: the next seven days are the week."""

    LATE = "LATE", _("En retard")
    WEEK = "WEEK", _("Cette semaine")
    LATER = "LATER", _("Plus tard")
    NONE = "NONE", _("Sans échéance")

    @classmethod
    def of(cls, day: date | None, today: date) -> "Due":
        """Return in which of them a due date falls."""
        if day is None:
            return cls.NONE
        if day < today:
            return cls.LATE
        return cls.WEEK if day <= today + WEEK else cls.LATER

    def among(self, field: str, today: date) -> Q:
        """Return the rows whose due date falls there."""
        return {
            Due.LATE: Q(**{f"{field}__lt": today}),
            Due.WEEK: Q(**{f"{field}__range": (today, today + WEEK)}),
            Due.LATER: Q(**{f"{field}__gt": today + WEEK}),
            Due.NONE: Q(**{f"{field}__isnull": True}),
        }[self]


class Source:
    """One app's work. A subclass says where its rows come from and what may be done with them."""

    name: ClassVar[WorkSource]
    # The type under which evidence names such a record.
    record_type: ClassVar[str]
    states: ClassVar[type[TextChoices]]
    # What a button says, by the status that it leads to.
    verbs: ClassVar[Mapping[str, "StrOrPromise"]]
    has_log: ClassVar[bool] = False
    id_field: ClassVar[str] = "pk"
    due_field: ClassVar[str] = "due_date"

    def columns(self, today: date) -> Mapping[str, Any]:
        """Return the expression of each of `COLUMNS`."""
        raise NotImplementedError

    def own(self, actor: Actor) -> QuerySet[Any]:
        """Return all that is this person's, done or not."""
        raise NotImplementedError

    def open(self, actor: Actor) -> QuerySet[Any]:
        """Return what of it is still to be done."""
        raise NotImplementedError

    def targets(self, status: str) -> Iterable[str]:
        """Return where the table of moves leads from a status."""
        raise NotImplementedError

    def may_move(self, actor: Actor) -> bool:
        """Say whether this person may move what is theirs."""
        raise NotImplementedError

    def takes_reason(self, target: str) -> bool:
        """Say whether what a person writes is why they make this move, and not what they did."""
        return False

    def move(self, *, actor: Actor, item_id: str, target: str, reason: str = "") -> None:
        """Move one's own. Errors: those of the app's own service."""
        raise NotImplementedError

    def note(self, *, actor: Actor, item_id: str, text: str) -> None:
        """Write what was done into the app's own log, where it `has_log`."""
        raise NotImplementedError

    def indicators(self, item_id: str) -> list[int]:
        """Return the indicators that evidence of it serves."""
        raise NotImplementedError


@dataclass(frozen=True)
class Item:
    """One piece of work, as it is shown."""

    source: WorkSource
    id: str
    title: str
    plan_id: str
    plan_title: str
    due_date: date | None
    status: str
    moves: tuple[str, ...]

    @property
    def due(self) -> Due:
        """When it is due, seen from today."""
        return Due.of(self.due_date, timezone.localdate())

    @property
    def days_late(self) -> int | None:
        """How many days it is late; None for what is not."""
        if self.due_date is None or self.due != Due.LATE:
            return None
        return (timezone.localdate() - self.due_date).days

    @property
    def status_label(self) -> str:
        """The status as people read it."""
        return str(sources[self.source].states(self.status).label)

    @property
    def buttons(self) -> list[tuple[str, str]]:
        """What may be done with it, what leads on first: the status, and what its button says."""
        source = sources[self.source]
        order = [str(one) for one in source.verbs]
        # "En retard" is no place on the way: everything lies ahead of it.
        here = order.index(self.status) if self.status in order else 0
        ahead = sorted(self.moves, key=lambda one: order.index(one) < here)
        return [(target, str(source.verbs[target])) for target in ahead]


sources: dict[WorkSource, Source] = {}


def register(source: Source) -> None:
    """Add a source. One for each register."""
    if source.name in sources:
        raise ValueError(f"{source.name} is registered already.")
    sources[source.name] = source


@dataclass(frozen=True)
class WorkList:
    """A person's open work, the most urgent first, undated last. Behaves as pages want it."""

    actor: Actor
    source: WorkSource | None = None
    due: Due | None = None
    ordered: ClassVar[bool] = True
    # Whose the rows are; filters ask.
    model: ClassVar[type[Model]] = User

    def all(self) -> "WorkList":
        """Return itself, as filters start from."""
        return self

    def count(self) -> int:
        """Return how many there are. Cost: one statement."""
        return self._rows().count()

    def count_with_late(self) -> tuple[int, int]:
        """Return how many there are, and how many of them are late. Cost: one statement."""
        today = timezone.localdate()
        states = [Due.of(row["work_due_date"], today) for row in self._rows()]
        return len(states), states.count(Due.LATE)

    def __getitem__(self, part: slice) -> list[Item]:
        """Return these. Cost: one statement."""
        return [_item(self.actor, row) for row in self._rows()[part]]

    def _rows(self) -> QuerySet[Any]:
        today = timezone.localdate()
        parts = []
        for one in sorted(sources.values(), key=lambda source: source.name):
            if self.source in {None, one.name}:
                rows = one.open(self.actor)
                if self.due:
                    rows = rows.filter(self.due.among(one.due_field, today))
                parts.append(_selected(one, rows, today))
        return parts[0].union(*parts[1:], all=True).order_by("work_due_date", "work_id")


def find(actor: Actor, source: str, item_id: str) -> Item | None:
    """Return one's own piece of work, done or not; None for what is not one's own."""
    known = sources.get(source)  # type: ignore[call-overload]  # a text finds its member
    if known is None:
        return None
    row = _selected(
        known, known.own(actor).filter(**{known.id_field: item_id}), timezone.localdate()
    ).first()
    return _item(actor, row) if row else None


def _selected(source: Source, rows: QuerySet[Any], today: date) -> QuerySet[Any]:
    """Return rows with the columns of every source, under names that no model has."""
    found = source.columns(today)
    named = {
        f"work_{name}": F(found[name]) if isinstance(found[name], str) else found[name]
        for name in COLUMNS
    }
    return rows.order_by().values(work_source=Value(source.name.value), **named)


def _item(actor: Actor, row: dict[str, Any]) -> Item:
    source = sources[row["work_source"]]
    fields = {name: row[f"work_{name}"] for name in COLUMNS}
    may_move = fields.pop("live") and source.may_move(actor)
    moves = tuple(source.targets(fields["status"])) if may_move else ()
    return Item(source=source.name, moves=moves, **fields)
