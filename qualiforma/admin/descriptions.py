"""The trail for people: one sentence per action, with what it changed, field by field.

A service often writes several rows; the entries of one action read as one history entry.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BooleanField,
    DateField,
    DateTimeField,
    Field,
    ForeignKey,
    JSONField,
)
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qualiforma.accounts.models import User
from qualiforma.audit.descriptions import Change, Description, describe, fields_of
from qualiforma.audit.models import AuditEvent
from qualiforma.audit.registry import object_types
from qualiforma.audit.sources import label_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# What entries that change no row say of themselves, in words.
NOTED: dict[str, "StrOrPromise"] = {
    "address": _("adresse réseau"),
    "changed": _("lignes modifiées"),
    "created": _("lignes créées"),
    "day": _("jour"),
    "domain": _("domaine"),
    "faults": _("nombre d’anomalies"),
    "filters": _("filtres"),
    "format": _("format"),
    "hash": _("empreinte"),
    "kind": _("nature"),
    "name": _("nom"),
    "named": _("anomalies"),
    "plan": _("offre"),
    "reason": _("motif"),
    "refused": _("lignes refusées"),
    "rows": _("lignes"),
    "seq": _("séquence"),
    "sequences": _("séquences"),
    "sha256": _("empreinte"),
    "slug": _("nom court"),
    "status": _("statut"),
    "tenant": _("organisme"),
    "things": _("échéances rappelées"),
    "unchanged": _("lignes inchangées"),
    "user": _("destinataire"),
    "values": _("entrées dont des valeurs ont été effacées"),
    "version": _("version du format"),
    "withheld": _("valeurs masquées"),
}
NOTHING = "–"
# Columns that say nothing to a person: where a file lies, what kind it is, its fingerprint.
TECHNICAL = frozenset(
    {
        *("key", "attachment_s3_key", "content_type", "sha256", "attachment_sha256"),
        *("attachment_size", "size"),
    }
)
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
class HistoryEntry:
    """One action. Shape: `at` in Paris, None for an instant that cannot be read."""

    at: datetime | None
    sentence: str
    reason: str
    source: str
    parts: list[Part] = field(default_factory=list)


def history_entries(events: Iterable[AuditEvent], *, whole: bool = False) -> list[HistoryEntry]:
    """Return entries, in the order given, as history entries. Cost: see `names_in`."""
    descriptions = [describe(event) for event in events]
    names = names_in(descriptions)
    return [
        _history_entry(list(group), names, whole=whole)
        for _key, group in groupby(
            descriptions,
            # What no request caused: a command's entries of one second.
            key=lambda one: (
                one.request_id or (one.event.at and one.event.at.replace(microsecond=0)),
                one.event.action,
                one.sentence,
            ),
        )
    ]


def _history_entry(group: list[Description], names: dict[str, str], *, whole: bool) -> HistoryEntry:
    first = group[0]
    return HistoryEntry(
        at=first.event.at and timezone.localtime(first.event.at),
        sentence=first.sentence,
        reason=first.reason or "",
        source=label_of(first.event.door),
        parts=[part(one, names, whole=whole) for one in group],
    )


def part(description: Description, names: dict[str, str], *, whole: bool = False) -> Part:
    """Return what one entry did to its object; with `whole`, down to its keys and ranks."""
    event = description.event
    about = object_types.get(event.object_type, event.object_type)
    return Part(capfirst(str(about)), event, list(_lines(description, names, whole=whole)))


def _lines(description: Description, names: dict[str, str], *, whole: bool) -> Iterator[Line]:
    columns = fields_of(description.event.object_type)
    for change in description.changes:
        column = columns.get(change.column)
        if not whole and _is_noise(change, column, description.event):
            continue
        yield Line(
            title=capfirst(_title(change, column)),
            before=_shown(change.before, column, names, whole=whole),
            after=_shown(_noted(change, column, names), column, names, whole=whole),
            hidden=change.hidden,
        )


def _noted(change: Change, column: "Field[Any, Any] | None", names: dict[str, str]) -> str | None:
    """Return the new value: of an erasure the entries alone, of a reminder the dates."""
    text = change.after
    if column is not None or not text:
        return text
    in_words: dict[str, Callable[[], str]] = {
        "user": lambda: names.get(text, text),
        "day": lambda: _shown_day(text),
        "things": lambda: ", ".join(_shown_day(one["due"]) for one in json.loads(text)),
        "values": lambda: ", ".join(json.loads(text)) if text.startswith("{") else text,
    }
    with suppress(ValueError, KeyError, TypeError, RecursionError):  # falsified
        return in_words.get(change.column, lambda: text)()
    return text


def _shown_day(text: str) -> str:
    day = parse_date(text)
    return date_format(day, "SHORT_DATE_FORMAT") if day else text


def _title(change: Change, column: "Field[Any, Any] | None") -> str:
    if column is None:
        return str(NOTED.get(change.column, change.title))
    if isinstance(column, ForeignKey) and not isinstance(column.verbose_name, Promise):
        return str(column.related_model._meta.verbose_name)  # the key itself has no name
    return change.title


def _is_noise(change: Change, column: "Field[Any, Any] | None", event: AuditEvent) -> bool:
    """Say whether a person learns nothing from it: keys, and what a new row leaves empty."""
    if change.hidden:
        return False
    values = {change.before, change.after}
    if column is None:
        return values <= EMPTY or change.column in TECHNICAL
    is_technical = column.name in TECHNICAL or isinstance(column, JSONField)
    if column.primary_key or not column.editable or values <= EMPTY or is_technical:
        return True
    if isinstance(column, ForeignKey):
        return event.root_id in values
    return not isinstance(column.verbose_name, Promise)  # named for nobody: a rank


def _shown(
    text: str | None, column: "Field[Any, Any] | None", names: dict[str, str], *, whole: bool
) -> str:
    if not text or isinstance(column, ForeignKey):
        return (
            NOTHING
            if not text
            else names.get(text) or (text if whole else gettext("une fiche supprimée depuis"))
        )
    if isinstance(column, DateField):  # instants are dates too
        return _shown_date(text, column)
    if isinstance(column, BooleanField) or (column is None and text in {"true", "false"}):
        return gettext("Oui") if text == "true" else gettext("Non")
    if text.startswith("[") and isinstance(column, ArrayField):
        return ", ".join(_word(one, column.base_field) for one in json.loads(text))
    return _word(text, column)


def _word(value: Any, column: Any) -> str:
    choices: dict[Any, Any] = dict(getattr(column, "flatchoices", ()))
    return str(choices.get(value, value))


def _shown_date(text: str, column: "Field[Any, Any]") -> str:
    if not isinstance(column, DateTimeField):
        return _shown_day(text)
    instant = parse_datetime(text)
    return date_format(timezone.localtime(instant), "SHORT_DATETIME_FORMAT") if instant else text


def names_in(description: Iterable[Description]) -> dict[str, str]:
    """Return what the rows that values point at are called. Cost: one query per kind of row."""
    keys: dict[Any, set[str]] = {}
    for one in description:
        columns = fields_of(one.event.object_type)
        for change in one.changes:
            column = columns.get(change.column)
            if isinstance(column, ForeignKey):
                values = {change.before, change.after} - {None, "", one.event.root_id}
                keys.setdefault(column.related_model, set()).update(filter(None, values))
            elif column is None and change.column == "user" and change.after:
                keys.setdefault(User, set()).add(change.after)
    return {
        str(row.pk): str(row)
        for model, wanted in keys.items()
        if wanted
        for row in model._meta.default_manager.filter(pk__in=wanted)
    }
