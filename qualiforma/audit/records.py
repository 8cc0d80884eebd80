"""Comparing every record of the open schema with what its last entries say of it.

The chain proves that entries are what was written; only this finds a row that was changed, added or
deleted while the triggers did not run.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from qualiforma.audit.registry import Recorded, recorded_models


@dataclass(frozen=True)
class Difference:
    """A record that is not what an entry says. `seq`: that entry, 0 where there is none."""

    object_type: str
    object_id: str
    seq: int
    reason: str

    def __str__(self) -> str:
        return f"{self.object_type} {self.object_id}, entry {self.seq}: {self.reason}"


# The last entry about each object, and whether it says that the row is gone.
_LAST = """
SELECT DISTINCT ON (object_id) object_id, seq, operation = 'DELETE' AS is_gone FROM audit_event
WHERE object_type = %(type)s AND operation IN ('INSERT', 'UPDATE', 'DELETE')
ORDER BY object_id, seq DESC
"""
# The last word on each column: its text as JSON, null for one that was erased. That there was one
# is asked of the sealed text, in which a sensitive column has no digest.
_SAID = """
SELECT DISTINCT ON (event.object_id, name) event.object_id, name, event.seq,
    event.clear #>> ARRAY['after.' || name, '1'] AS value
FROM audit_event AS event CROSS JOIN unnest(%(columns)s::text[]) AS name
WHERE event.object_type = %(type)s AND event.operation IN ('INSERT', 'UPDATE')
    AND strpos(event.canonical, '"after.' || name || '": "') > 0
ORDER BY event.object_id, name, event.seq DESC
"""
_COMPARE = """
WITH kept AS (SELECT kept.{key}::text AS id, to_jsonb(kept) AS row FROM {table} AS kept),
    last AS ({last}),
    said AS ({said})
SELECT object_id, seq, 'the record is gone, and no entry says so' FROM last
    WHERE NOT is_gone AND NOT EXISTS (SELECT FROM kept WHERE id = object_id)
UNION ALL
SELECT id, coalesce(seq, 0), CASE WHEN seq IS NULL THEN 'no entry says where the record comes from'
    ELSE 'the record is there, though it was deleted' END
    FROM kept LEFT JOIN last ON object_id = id WHERE seq IS NULL OR is_gone
UNION ALL
SELECT id, max(said.seq), 'not what was recorded: ' || string_agg(name, ', ' ORDER BY name)
    FROM kept JOIN said ON said.object_id = id JOIN last ON last.object_id = id
    WHERE NOT is_gone AND row ? name AND value IS NOT NULL
        AND value IS DISTINCT FROM (row -> name)::text
    GROUP BY id
ORDER BY 2, 1
"""


def differences() -> Iterator[Difference]:
    """Yield what is false, by kind of record.

    Values that were erased or are never kept are not compared, nor columns that no entry speaks of.
    Cost: one statement per recorded model, which reads the trail's entries about it.
    """
    for recorded in list(recorded_models.values()):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL timezone = 'UTC'")  # as the entries were written
            cursor.execute(_statement(recorded), _parameters(recorded))
            rows = cursor.fetchall()
            cursor.execute("SET LOCAL timezone TO DEFAULT")
        for object_id, seq, reason in rows:
            yield Difference(recorded.object_type, object_id, seq, reason)


def _statement(recorded: Recorded) -> str:
    fields = recorded.model._meta
    return _COMPARE.format(
        key=connection.ops.quote_name(str(fields.pk.column)),
        table=connection.ops.quote_name(fields.db_table),
        last=_LAST,
        said=_SAID,
    )


def _parameters(recorded: Recorded) -> dict[str, Any]:
    left_out = {*recorded.sensitive, *recorded.skipped}
    columns = [str(field.column) for field in recorded.model._meta.concrete_fields]
    return {
        "type": recorded.object_type,
        "columns": [column for column in columns if column not in left_out],
    }
