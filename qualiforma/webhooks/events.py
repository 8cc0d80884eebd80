"""Create webhook events and deliveries from the audit trail's entries at the end of each action.

So all that goes through `audit.action` emits: the API, pages, imports and commands. Events and
deliveries are rows of the action's own transaction; the trail's lock makes their order that of the
changes.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import connection

from qualiforma.audit.registry import recorded_models
from qualiforma.event_types import EVENT_TYPES, TEST_EVENT, EventType
from qualiforma.tenants.connection import tenant_connection
from qualiforma.webhooks.models import WebhookDelivery, WebhookEvent
from qualiforma.webhooks.versions import versions_of

BEGIN = """
    SELECT id, event_types, coalesce((SELECT max(seq) FROM audit_event), 0)
    FROM webhooks_webhookendpoint WHERE state = 'ON' ORDER BY id
"""
# What each endpoint that is on has chosen, by its id.
Wishes = Mapping[str, frozenset[str]]
SINCE = """
    SELECT seq, action, operation, object_type, object_id, root_id
    FROM audit_event WHERE seq > %s ORDER BY seq
"""


@dataclass(frozen=True)
class Happened:
    """One event of an action, not written yet."""

    type: EventType
    object_id: str
    seq: int


# Schemas known to have the table: an organisation not brought up to date yet has none, and is
# written to all the same (an export of it is an entry of its trail).
_have_endpoints: set[str] = set()


def endpoints_statement() -> str | None:
    """Return what asks for the endpoints that are on; None in a schema without their table.

    Cost: none; one statement the first time that a process writes to an organisation.
    """
    schema: str = tenant_connection.schema_name
    if schema not in _have_endpoints:
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass('webhooks_webhookendpoint') IS NOT NULL")
            if not cursor.fetchone()[0]:
                return None
        _have_endpoints.add(schema)
    return BEGIN


def begin(rows: list[tuple[Any, ...]]) -> Callable[[], None] | None:
    """Take the last sequence of the trail from the first row; None where no endpoint is on."""
    if not rows:
        return None
    return partial(emit, rows[0][2], {key: frozenset(types) for key, types, _seq in rows})


def emit(since: int, wishes: Wishes) -> None:
    """Write the events of what the trail has got since, and a delivery for each who wants it.

    Cost: one statement; with something to tell, one for each type of object and three to write.
    """
    with connection.cursor() as cursor:
        cursor.execute(SINCE, [since])
        rows = cursor.fetchall()
    wanted = frozenset[str]().union({TEST_EVENT.name}, *wishes.values())
    happened = [one for one in _happened(rows) if one.type.name in wanted]
    deliveries = [
        WebhookDelivery(endpoint_id=to, event=event, seq=event.seq, object_id=event.object_id)
        for event in (_written(happened) if happened else ())
        for to, types in wishes.items()
        if event.type in types or (event.type == TEST_EVENT.name and event.object_id == to)
    ]
    if deliveries:
        from qualiforma.webhooks.jobs import deliver  # the services behind it are listened to

        WebhookDelivery.objects.bulk_create(deliveries)
        deliver.enqueue()


def _written(happened: list[Happened]) -> list[WebhookEvent]:
    """Write the events of objects that their type is about, each with its object's version."""
    by_type: defaultdict[str, set[str]] = defaultdict(set)
    for one in happened:
        by_type[one.type.object_type].add(one.object_id)
    found = {name: versions_of(name, ids) for name, ids in by_type.items()}
    return WebhookEvent.objects.bulk_create(
        WebhookEvent(
            seq=one.seq,
            type=one.type.name,
            object_type=one.type.object_type,
            object_id=one.object_id,
            object_version=found[one.type.object_type].version_of(one.object_id),
        )
        for one in happened
        if found[one.type.object_type].fits(one.object_id, one.type.only)
    )


def _happened(rows: list[tuple[int, str, str, str, str, str]]) -> Iterator[Happened]:
    """Yield each event once for its object, in the order of the entries."""
    causes, roots = _causes(), _roots()
    expected_versions: set[tuple[str, str]] = set()
    for seq, action, operation, kind, object_id, root_id in rows:
        to_itself = [*causes[action], *causes[f"{action}/{operation}"]]
        found = [(one, object_id) for one in to_itself if one.object_type == kind]
        found += [(one, root_id) for one in causes[action] if one.object_type == roots.get(kind)]
        for one, concerned in found:
            if (one.name, concerned) not in expected_versions:
                expected_versions.add((one.name, concerned))
                yield Happened(one, concerned, seq)


def _causes() -> defaultdict[str, list[EventType]]:
    """Return the types of events by the action that causes them."""
    causes: defaultdict[str, list[EventType]] = defaultdict(list)
    for one in (*EVENT_TYPES, TEST_EVENT):
        for cause in one.causes:
            causes[cause].append(one)
    return causes


def _roots() -> dict[str, str]:
    """Return of each type of object whose rows belong to another's history that one's type."""
    types: dict[Any, str] = {model: one.object_type for model, one in recorded_models.items()}
    return {
        one.object_type: types[model._meta.get_field(one.root).related_model]
        for model, one in recorded_models.items()
        if one.root
    }
