"""Erase clear values, as a person may ask, while the trail still verifies.

Runs as the owner. The digests stay, the values and their salts go: without a salt nobody can try
values out. The entry that says so is written first, in the same transaction.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from qualiforma import audit
from qualiforma.audit.audit import AUDIT_TRAIL
from qualiforma.audit.descriptions import noted_value
from qualiforma.audit.models import AuditEvent
from qualiforma.audit.verify_trail import ERASED

# Names of values by the sequences of their entries.
Found = Mapping[int, Collection[str]]


@dataclass(frozen=True)
class Target:
    """Which values: those of entries about `object_id`, and the name of an `actor`.

    Without `fields` every value of the object's entries; the name is the one borne as actor.
    """

    object_id: str = ""
    actor: str = ""
    fields: Collection[str] = ()


def erase_values(*, target: Target, reason: str, dry_run: bool = False) -> list[int]:
    """Blank the target's clear values in the open schema; return the sequences concerned.

    An erasure's own entry is never blanked. Errors: `DatabaseError` unless run as the owner.
    """
    with audit.action(ERASED, reason=reason):
        found = {seq: names for seq, names in _found(target).items() if names}
        if not dry_run:
            blank(found)
    return sorted(found)


def find_values(is_wanted: Callable[[AuditEvent, Any], bool]) -> Found:
    """Return the clear values that a function wants, by entry and value.

    An erasure's own entry is none of them. Cost: reads every entry, in bounded memory.
    """
    events = AuditEvent.objects.exclude(action=ERASED).order_by("seq")
    found: dict[int, set[str]] = {}
    for event in events.defer("canonical").iterator():
        names = {name for name in event.clear if is_wanted(event, noted_value(event, name))}
        if names:
            found[event.seq] = names
    return found


def blank(found: Found) -> None:
    """Blank clear values by sequence, under the running action `ERASED`. Runs as the owner."""
    if not found:
        return
    values = {str(seq): sorted(names) for seq, names in sorted(found.items())}
    audit.log_event(AUDIT_TRAIL, values=values)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL qualiforma.erasing = 'on'")
        cursor.executemany(
            "UPDATE audit_event SET clear = clear - %s::text[] WHERE seq = %s",
            [(sorted(names), seq) for seq, names in found.items()],
        )
        cursor.execute("SET LOCAL qualiforma.erasing = ''")


def _found(target: Target) -> Mapping[int, set[str]]:
    found: dict[int, set[str]] = {}
    events = AuditEvent.objects.exclude(action=ERASED).values_list("seq", "clear")
    if target.object_id:
        for seq, clear in events.filter(object_id=target.object_id):
            found.setdefault(seq, set()).update(_of_fields(clear, target.fields))
    if target.actor:
        for seq, clear in events.filter(actor=target.actor):
            found.setdefault(seq, set()).update({"actor"} & set(clear))
    return found


def _of_fields(clear: Mapping[str, Any], fields: Collection[str]) -> set[str]:
    return {
        name for name in clear if "." in name and (not fields or name.partition(".")[2] in fields)
    }
