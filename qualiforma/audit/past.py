"""Records as they stood when the trail had come to a given entry.

What the entries behind it changed is taken back: a value becomes what stood before the first change,
a record that came later is left out, one that was deleted later is there again. Each read is one
statement, hence true whatever happens meanwhile.
"""

from collections.abc import Iterator
from typing import Any, TypeVar

from django.db import connection
from django.db.models import CharField, Model, TextField

from qualiforma.audit.registry import recorded_models

M = TypeVar("M", bound=Model)
BATCH = 500
_NOT_KEPT = "_not_kept"

# Of a sensitive column and of an erased value the entry says that there was one, never which.
_AT = """
WITH later AS (
    SELECT seq, object_id, operation, clear, canonical FROM audit_event
    WHERE object_type = %(type)s AND seq > %(seq)s
        AND operation IN ('INSERT', 'UPDATE', 'DELETE')
), changed AS (
    SELECT DISTINCT ON (later.object_id, one.key) later.object_id, substr(one.key, 8) AS name,
        later.clear #>> ARRAY[one.key, '1'] AS value
    FROM later CROSS JOIN jsonb_each(later.canonical::jsonb -> 'values') AS one
    WHERE later.operation <> 'INSERT' AND starts_with(one.key, 'before.')
    ORDER BY later.object_id, one.key, later.seq
), past AS (
    SELECT object_id, jsonb_object_agg(name, value::jsonb) FILTER (WHERE value IS NOT NULL) AS known,
        array_agg(name ORDER BY name) FILTER (WHERE value IS NULL) AS lost
    FROM changed GROUP BY object_id
), born AS (
    SELECT object_id FROM later WHERE operation = 'INSERT'
)
SELECT {columns}, coalesce(lost, '{{}}') FROM (
    SELECT then_.*, past.lost FROM {table} AS kept
    LEFT JOIN past ON past.object_id = kept.{key}::text
    CROSS JOIN LATERAL jsonb_populate_record(kept, coalesce(past.known, '{{}}')) AS then_
    WHERE NOT EXISTS (SELECT FROM born WHERE born.object_id = kept.{key}::text)
    UNION ALL
    SELECT then_.*, past.lost FROM past
    CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, past.known) AS then_
    WHERE NOT EXISTS (SELECT FROM born WHERE born.object_id = past.object_id)
        AND NOT EXISTS (SELECT FROM {table} AS kept WHERE kept.{key}::text = past.object_id)
) AS record
WHERE {condition} ORDER BY {order}
"""


def records_at(
    model: type[M], seq: int, *, order: str, condition: str = "TRUE", **parameters: Any
) -> Iterator[M]:
    """Yield the records of a model as they stood after the entry `seq`.

    `order` and `condition` are SQL about the columns of `record`, constants of the caller's;
    `parameters` are theirs. A value that was not kept is empty.
    Shape: instances without their relations, in order. Cost: one statement; memory for one batch.
    """
    recorded, fields = recorded_models[model], model._meta.concrete_fields
    names = [str(field.column) for field in fields]
    quote = connection.ops.quote_name
    statement = _AT.format(
        columns=", ".join(f"record.{quote(name)}" for name in names),
        table=quote(model._meta.db_table),
        key=quote(str(model._meta.pk.column)),
        condition=condition,
        order=order,
    )
    parameters |= {"type": recorded.object_type, "seq": seq}
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, parameters)
        while rows := cursor.fetchmany(BATCH):
            for *values, lost in rows:
                yield _record(model, values, frozenset(lost))


def not_kept(record: Model) -> frozenset[str]:
    """Return the columns of such a record whose value then the trail did not keep."""
    lost: frozenset[str] = getattr(record, _NOT_KEPT, frozenset())
    return lost


def _record(model: type[M], values: list[Any], lost: frozenset[str]) -> M:
    fields = model._meta.concrete_fields
    read = [_value(*pair, lost) for pair in zip(fields, values, strict=True)]
    record = model.from_db(None, [field.attname for field in fields], read)
    setattr(record, _NOT_KEPT, lost)
    return record


def _value(field: Any, value: Any, lost: frozenset[str]) -> Any:
    if field.column in lost:
        return "" if isinstance(field, CharField | TextField) else None
    if hasattr(field, "from_db_value"):  # JSON
        return field.from_db_value(value, None, connection)
    return value
