"""Entries as people read them: a sentence, and old values beside new ones."""

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from django.db.models import Field
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from qualiforma.audit.models import AuditEvent
from qualiforma.audit.registry import recorded_models, sentences
from qualiforma.naming import camel

SIDES = ("before", "after")


@dataclass(frozen=True)
class Change:
    """One value of an entry. Shape: texts as they are, anything else as JSON, None for nothing.

    `hidden` says that there was a value which is not kept: a password, or an erased one.
    """

    field: str
    column: str
    title: str
    before: str | None
    after: str | None
    hidden: bool


@dataclass(frozen=True)
class Description:
    """An entry ready to be shown. Shape: source and type in upper case, None for empty values."""

    event: AuditEvent
    sentence: str
    actor: str | None
    reason: str | None
    door: str
    object_type: str
    request_id: str | None
    changes: list[Change]


def describe(event: AuditEvent) -> Description:
    """Return the entry as people read it, in the language of the request. Cost: no query."""
    return Description(
        event=event,
        sentence=sentence(event),
        actor=event.actor or None,
        reason=noted(event, "reason") or None,
        door=(event.door or "").upper(),
        object_type=(event.object_type or "").upper(),
        request_id=event.request_id or None,
        changes=changes(event),
    )


def sentence(event: AuditEvent) -> str:
    """Say what happened, in the language of the request, by the name the actor bore then."""
    who = noted(event, "actor") or event.actor or _("Le système")
    known = sentences.get(event.action)
    return str(event.action) if known is None else str(known) % {"actor": who}


def noted(event: AuditEvent, name: str) -> str:
    """Return the clear text of `actor` or `reason`, empty without one."""
    value = noted_value(event, name)
    return "" if value is None else str(value)


def noted_value(event: AuditEvent, name: str) -> Any:
    """Return a clear value, None without one, or when what is there is none."""
    text = kept_text(event, name)
    return None if text is None else _loaded(text)


def _loaded(text: str) -> Any:
    with suppress(ValueError, RecursionError):
        return json.loads(text)
    return None


def kept_text(event: AuditEvent, name: str) -> str | None:
    """Return the JSON text of a clear value, None without one.

    A trail that somebody falsified is to be shown and checked, hence whatever is there is borne.
    """
    kept = event.clear.get(name) if isinstance(event.clear, dict) else None
    if isinstance(kept, list) and len(kept) == 2 and isinstance(kept[1], str):
        return kept[1]
    return None


def version_of(event: AuditEvent) -> int:
    """Return the version of an entry's seal, 0 for one that cannot be read."""
    version = _sealed(event).get("version")
    return version if isinstance(version, int) else 0


def _sealed(event: AuditEvent) -> dict[str, Any]:
    with suppress(ValueError, TypeError, RecursionError):
        sealed = json.loads(event.canonical)
        return sealed if isinstance(sealed, dict) else {}
    return {}


def changes(event: AuditEvent) -> list[Change]:
    """Return what the entry says of each field, by name. Cost: no query."""
    sealed = _sealed(event).get("values")
    if not isinstance(sealed, dict):
        return []
    fields = sorted({name.partition(".")[2] for name in sealed if "." in name})
    words = _words(event.object_type, get_language())
    return [_change(event, sealed, field, words) for field in fields]


def _change(
    event: AuditEvent, sealed: dict[str, Any], column: str, words: dict[str, tuple[str, str]]
) -> Change:
    names = [f"{side}.{column}" for side in SIDES]
    before, after = texts = [kept_text(event, name) for name in names]
    field, title = words.get(column) or (camel(column), column)
    return Change(
        field=field,
        column=column,
        title=title,
        before=_shown(before),
        after=_shown(after),
        hidden=any(
            text is None and name in sealed for name, text in zip(names, texts, strict=True)
        ),
    )


def _shown(text: str | None) -> str | None:
    value = None if text is None else _loaded(text)
    return value if value is None or isinstance(value, str) else text


@lru_cache(maxsize=512)
def _words(object_type: str, _language: str | None) -> dict[str, tuple[str, str]]:
    """Return name and title of each column, in the language that is active."""
    fields = fields_of(object_type).items()
    return {column: (camel(field.name), str(field.verbose_name)) for column, field in fields}


@cache
def fields_of(object_type: str) -> dict[str, "Field[Any, Any]"]:
    """Return the fields of what an entry is about, by column; none for an entry of its own."""
    return dict(_columns(object_type))


def _columns(object_type: str) -> Iterator[tuple[str, "Field[Any, Any]"]]:
    for model, recorded in recorded_models.items():
        if recorded.object_type == object_type:
            yield from ((str(field.column), field) for field in model._meta.concrete_fields)


def first_values(object_ids: Iterable[str], column: str) -> dict[str, Any]:
    """Return, for each object whose value was ever changed, the one it had at first. Cost: a statement."""
    name = f"before.{column}"
    changed = AuditEvent.objects.filter(object_id__in=object_ids, clear__has_key=name)
    first = changed.order_by("object_id", "seq").distinct("object_id")
    return {event.object_id: noted_value(event, name) for event in first}
