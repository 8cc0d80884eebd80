"""The history of a record in a bundle: what the trail says of it, in sentences."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from qualiforma.accounts.models import User
from qualiforma.audit.descriptions import Change, changes, fields_of, noted
from qualiforma.audit.models import AuditEvent
from qualiforma.audit.registry import recorded_models, root_model, sentences
from qualiforma.bundle.people import People
from qualiforma.bundle.scope import Scope
from qualiforma.bundle.sections import Column

if TYPE_CHECKING:
    from qualiforma.bundle.contents import Row

HISTORY = (
    Column("Date", 18),
    Column("Fait", 50),
    Column("Auteur", 24),
    Column("Motif", 40),
    Column("Objet", 30),
    Column("Changements", 80),
    Column("Séquence du journal", 12),
)
# What a history does not repeat: files' names, which may tell of people, and whole reports.
LEFT_OUT = frozenset({"key", "name", "snapshot", "attachment_s3_key"})


def root_events(scope: Scope, object_type: str) -> Iterator[AuditEvent]:
    """Yield the entries about all records of a type and what belongs to them, by record.

    Cost: one statement, whatever the number of records.
    """
    types = [
        one.object_type
        for one in recorded_models.values()
        if root_model(one.object_type) is root_model(object_type)
    ]
    events = AuditEvent.objects.filter(object_type__in=types, seq__lte=scope.head[0])
    return events.order_by("root_id", "seq").iterator(chunk_size=500)


def history_of(events: Iterable[AuditEvent], people: People) -> Iterator["Row"]:
    """Yield a row for each entry. Shape: `HISTORY`."""
    for event in events:
        who = people.person(event.actor or None)
        if event.actor not in people.learners:
            who = noted(event, "actor") or who or "Le système"
        told = [_told(event, one, people) for one in changes(event) if one.column not in LEFT_OUT]
        yield (
            event.at,
            str(sentences.get(event.action, event.action)) % {"actor": who},
            who,
            people.text(noted(event, "reason")),
            event.object_id,
            "\n".join(told),
            event.seq,
        )


def _told(event: AuditEvent, change: Change, people: People) -> str:
    if change.hidden:
        return f"{change.title} : non conservé"
    field = fields_of(event.object_type).get(change.column)
    is_person = field is not None and field.related_model is User
    before, after = (
        people.person(value) if is_person else people.text(value or "")
        for value in (change.before, change.after)
    )
    return f"{change.title} : {before or '∅'} → {after or '∅'}"
