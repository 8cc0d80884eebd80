"""Reading the whole trail of the open schema, in order and in bounded memory."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from qualiforma.audit.models import AuditEvent
from qualiforma.audit.verify_trail import ERASED, FIRST

BATCH = 500

# Of `"2026-11-30T08:15:00.123456"`, with its quotation marks.
WHOLE_INSTANT = 28

# A policy that hides rows is an error then, which names its table.
ALL_ROWS = "SET LOCAL row_security = off"

_scan = json.JSONDecoder().scan_once  # type: ignore[attr-defined]  # the stubs lack it

# Shape: the values of `qualiforma.audit.verify_trail.FIELDS`.
Entry = tuple[Any, ...]
Parameters = dict[str, int | None]
Run = Callable[[str, Parameters], list[Entry]]

# As text: an instant that is none must be named, not stop the reading. JSON's form of it, which no
# setting changes, takes PostgreSQL a quarter of the time of `to_char`.
_SELECT = """
SELECT seq, to_json(at AT TIME ZONE 'UTC')::text, door, actor, action,
    operation, object_type, object_id, root_id, request_id, database_user, previous, hash,
    canonical, clear::text
FROM audit_event
"""
_BATCH = f"""{_SELECT}
WHERE seq IS NOT NULL AND (%(after)s::bigint IS NULL OR seq > %(after)s)
    AND (%(until)s::bigint IS NULL OR seq <= %(until)s)
ORDER BY seq FETCH FIRST {{}} ROWS WITH TIES
"""


def _run(statement: str, parameters: Parameters) -> list[Entry]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[Entry] = cursor.fetchall()
        return rows


@contextmanager
def all_rows() -> Iterator[None]:
    """Read in this block what is there: fail where a policy of the database would hide rows."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(ALL_ROWS)
        yield


def entries(
    *, after: int | None = None, until: int | None = None, run: Run = _run
) -> Iterator[Entry]:
    """Yield every entry that any reader can see, in order: below 1, twice, without a sequence.

    A batch ends with the last of its sequence's entries, so that none is missed between two.
    `run` executes a statement, on another connection than Django's.
    Cost: one statement per `BATCH` entries, found by key; memory for one batch.
    """
    while batch := run(_BATCH.format(BATCH), {"after": after, "until": until}):
        yield from map(_read, batch)
        after = batch[-1][0]
    if until is None:
        yield from map(_read, run(f"{_SELECT} WHERE seq IS NULL", {}))


def _read(row: Entry) -> Entry:
    clear = row[14]
    try:
        # What `json.loads` does, but for blanks around, of which `jsonb` writes none.
        values, end = _scan(clear, 0)
        clear = values if end == len(clear) else clear
    except (StopIteration, TypeError, ValueError, RecursionError):
        pass  # stays as it is: no values, says the check
    return (row[0], _instant(row[1]), *row[2:14], clear)


def _instant(text: str | None) -> str | None:
    """Return an instant as it is sealed, of what JSON makes of it: a fraction ends with no zeros there."""
    if text is None:
        return None
    if len(text) == WHOLE_INSTANT:
        return f"{text[1:-1]}Z"
    whole, _, fraction = text[1:-1].partition(".")
    return f"{whole}.{fraction:0<6}Z"


def count_until(seq: int) -> int:
    """Count the entries up to a sequence, and those without one, by reading the table itself.

    No index can answer this: one that somebody spoilt would tell less than there is.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(ctid) FROM audit_event WHERE seq + 0 <= %s OR seq IS NULL", [seq]
        )
        [count] = cursor.fetchone() or [0]
    return int(count)


def last_erasure() -> int:
    """Return the sequence of the last erasure, 0 for none. Cost: one query, by index."""
    found = AuditEvent.objects.filter(action=ERASED).order_by("-seq")
    return found.values_list("seq", flat=True).first() or 0


def head() -> tuple[int, str]:
    """Return sequence and hash of the last entry; 0 and zeros for an empty trail."""
    # Without a sequence there is none, but for somebody who dropped the constraint.
    events = AuditEvent.objects.filter(seq__isnull=False).order_by("-seq")
    return events.values_list("seq", "hash").first() or (0, FIRST)
