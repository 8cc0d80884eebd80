"""Whether somebody holds the open tenant's trail, without waiting for it and without taking it."""

from django.db import connection

# The lock is a row lock; its holder's transaction stands in the row. 32 bits of it: the half of the
# circle around the next transaction tells the rest.
_HOLDER = """
    WITH next AS (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS id),
    held AS (SELECT xmax::text::bigint AS id FROM audit_lock)
    SELECT held.id FROM held, next WHERE held.id <> 0 AND pg_xact_status((
        next.id + ((held.id - next.id + 2147483648) & 4294967295) - 2147483648
    )::text::xid8) = 'in progress'
"""


def trail_holder() -> int:
    """Return the transaction that holds the trail now, 0 where none does. Cost: one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLDER)
        found = cursor.fetchone()
    return int(found[0]) if found else 0


def is_trail_ours() -> bool:
    """Take the trail for the open transaction where that needs no waiting; say whether it is ours."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM audit_lock FOR NO KEY UPDATE SKIP LOCKED")
        return cursor.fetchone() is not None
