"""The trail for people: one sentence per action, with what it changed, field by field.

A service often writes several rows; the entries of one action read as one story.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.db.models import BooleanField, DateField, DateTimeField, Field, ForeignKey
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qualiforma.accounts.models import User
from qualiforma.audit.doors import Door
from qualiforma.audit.models import AuditEvent
from qualiforma.audit.registry import object_types
from qualiforma.audit.telling import Change, Told, fields_of, tell

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# What entries that change no row say of themselves, in words.
NOTED: dict[str, "StrOrPromise"] = {
    "address": _("adresse réseau"),
    "filters": _("filtres"),
    "format": _("format"),
    "hash": _("empreinte"),
    "reason": _("motif"),
    "rows": _("lignes"),
    "seq": _("séquence"),
    "sequences": _("séquences"),
    "withheld": _("valeurs retenues"),
}
NOTHING = "–"
EMPTY = {None, "", "[]", "{}"}


@dataclass(frozen=True)
class Line:
    """One value, as it is shown; `hidden` for one that is not kept."""

    title: str
    before: str
    after: str
    hidden: bool


@dataclass(frozen=True)
class Part:
    """What an action did to one object."""

    about: str
    event: AuditEvent
    lines: list[Line]


@dataclass(frozen=True)
class Story:
    """One action. Shape: `at` in Paris."""

    at: datetime
    sentence: str
    reason: str
    door: str
    parts: list[Part] = field(default_factory=list)


def stories(events: Iterable[AuditEvent]) -> list[Story]:
    """Return entries, in the order given, as stories. Cost: one query, for people's names."""
    told = [tell(event) for event in events]
    names = names_in(told)
    return [
        _story(list(group), names)
        for _key, group in groupby(
            told, key=lambda one: (one.request_id or one.event.seq, one.event.action, one.sentence)
        )
    ]


def _story(group: list[Told], names: dict[str, str]) -> Story:
    first = group[0]
    return Story(
        at=timezone.localtime(first.event.at),
        sentence=first.sentence,
        reason=first.reason or "",
        door=str(Door(first.event.door).label),
        parts=[part(one, names) for one in group],
    )


def part(told: Told, names: dict[str, str]) -> Part:
    """Return what one entry did to its object."""
    event = told.event
    about = object_types.get(event.object_type, event.object_type)
    return Part(capfirst(str(about)), event, list(_lines(told, names)))


def _lines(told: Told, names: dict[str, str]) -> Iterator[Line]:
    columns = fields_of(told.event.object_type)
    for change in told.changes:
        column = columns.get(change.column)
        if _is_noise(change, column, told.event):
            continue
        yield Line(
            title=capfirst(
                str(NOTED.get(change.column, change.title) if column is None else change.title)
            ),
            before=_shown(change.before, column, names),
            after=_shown(change.after, column, names),
            hidden=change.hidden,
        )


def _is_noise(change: Change, column: "Field[Any, Any] | None", event: AuditEvent) -> bool:
    """Say whether a person learns nothing from it: keys, and what a new row leaves empty."""
    if change.hidden:
        return False
    values = {change.before, change.after}
    if column is None:
        return values <= EMPTY
    if column.primary_key or not column.editable or values <= EMPTY:
        return True
    return isinstance(column, ForeignKey) and event.root_id in values


def _shown(text: str | None, column: "Field[Any, Any] | None", names: dict[str, str]) -> str:
    if text is None or text == "":
        return NOTHING
    if isinstance(column, ForeignKey):
        return names.get(text, text)
    if isinstance(column, DateField):  # instants are dates too
        return _shown_date(text, column)
    if isinstance(column, BooleanField) or (column is None and text in {"true", "false"}):
        return gettext("Oui") if text == "true" else gettext("Non")
    choices: dict[Any, Any] = dict(getattr(column, "flatchoices", ()))
    return str(choices.get(text, text))


def _shown_date(text: str, column: "Field[Any, Any]") -> str:
    if not isinstance(column, DateTimeField):
        day = parse_date(text)
        return date_format(day, "SHORT_DATE_FORMAT") if day else text
    instant = parse_datetime(text)
    return date_format(timezone.localtime(instant), "SHORT_DATETIME_FORMAT") if instant else text


def names_in(told: Iterable[Told]) -> dict[str, str]:
    """Return the names of the people that values mention. Cost: one query, or none."""
    keys = {
        value
        for one in told
        for change in one.changes
        if isinstance(column := fields_of(one.event.object_type).get(change.column), ForeignKey)
        and column.related_model is User
        for value in (change.before, change.after)
        if value
    }
    return dict(User.objects.filter(pk__in=keys).values_list("pk", "name")) if keys else {}
