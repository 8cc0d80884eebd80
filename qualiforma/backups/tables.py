"""The tables of one schema as text, by COPY: read within a snapshot, loaded into the same structure.

Data alone is kept, never statements: the person who loads an archive runs no SQL of who wrote it. The
structure is that which this code's own migrations make (`qualiforma.backups.structure`).
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from graphlib import CycleError, TopologicalSorter
from typing import Any

import psycopg
from psycopg import sql

from qualiforma.backups.archive import Archive, Writer
from qualiforma.backups.errors import BackupError
from qualiforma.tenants.owner import owner_address

Connection = psycopg.Connection[Any]
# What the text of a value depends on.
SESSION = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "row_security": "off",
    "search_path": "pg_catalog",
}
TRAIL = "audit_event"
_TABLES = """
SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = %s::regnamespace AND c.relkind = 'r'
    AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
GROUP BY 1 ORDER BY 1
"""
_SEQUENCES = """
SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind = 'S' ORDER BY 1
"""
_REFERENCES = """
SELECT child.relname, parent.relname FROM pg_constraint
JOIN pg_class child ON child.oid = conrelid JOIN pg_class parent ON parent.oid = confrelid
WHERE contype = 'f' AND child.relnamespace = %s::regnamespace AND conrelid <> confrelid
"""


@contextmanager
def owned(*, snapshot: str = "", repeatable: bool = False) -> Iterator[Connection]:
    """Open a transaction of the owner's; `repeatable`, or within an exported snapshot, it only reads."""
    with psycopg.connect(**owner_address(), client_encoding="UTF8") as connection:
        if snapshot or repeatable:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
        if snapshot:
            connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(snapshot))
        for name, value in SESSION.items():
            connection.execute("SELECT set_config(%s, %s, true)", [name, value])
        yield connection


def tables_of(connection: Connection, schema: str) -> dict[str, list[str]]:
    """Return the columns of each table, generated ones left out."""
    return dict(connection.execute(_TABLES, [schema]).fetchall())


def write_tables(
    connection: Connection, schema: str, archive: Writer, *, without: Collection[str] = ()
) -> dict[str, Any]:
    """Write each table's rows as `tables/<name>`; return what the manifest says of them.

    `without`: tables whose rows are left out. Memory: one piece of a row.
    """
    tables = {}
    for table, columns in tables_of(connection, schema).items():
        rows = 0
        # The trail in its order, so that it can be checked in bounded memory.
        copy = sql.SQL("COPY (SELECT {} FROM {} {}) TO STDOUT").format(
            _list(columns),
            sql.Identifier(schema, table),
            sql.SQL("ORDER BY seq" if table == TRAIL else ""),
        )
        if table not in without and not _is_empty(connection, schema, table):
            with archive.member(f"tables/{table}") as target, connection.cursor() as cursor:
                with cursor.copy(copy) as copied:
                    for piece in copied:
                        target.write(bytes(piece))
                rows = cursor.rowcount
        tables[table] = {"columns": columns, "rows": rows}
    return {"tables": tables, "sequences": _sequences(connection, schema)}


def load_tables(
    connection: Connection, schema: str, archive: Archive, *, kept: Collection[str] = ()
) -> None:
    """Replace the rows of a schema of the same structure; triggers say nothing meanwhile.

    `kept`: tables that stay as they are. In the caller's transaction. Errors: `BackupError` for
    another structure, and for rows of tables that stay; `psycopg.Error` for rows that a constraint refuses.
    """
    manifest, there = archive.manifest, tables_of(connection, schema)
    wanted = _wanted(archive, there, kept)
    names = [sql.Identifier(schema, name) for name in sorted(set(there) - set(kept))]
    for name in names:
        connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(name))
    if names:
        connection.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(names)))
    for table in _parents_first(connection, schema, wanted):
        _load(connection, schema, table, archive)
    # Now rather than with the commit: a table with events that wait cannot be altered.
    connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for name in names:
        connection.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(name))
    for name, (value, is_called) in manifest["sequences"].items():
        where = sql.Identifier(schema, name).as_string(connection)
        connection.execute("SELECT setval(%s::regclass, %s, %s)", [where, value, is_called])
    # Without statistics, until autovacuum comes by, statements are planned badly.
    for table in wanted:
        connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(schema, table)))


def _wanted(
    archive: Archive, there: Mapping[str, list[str]], kept: Collection[str]
) -> dict[str, Any]:
    """Return the tables that rows are to be loaded into. Errors: as `load_tables`."""
    wanted = {name: table for name, table in archive.manifest["tables"].items() if table["rows"]}
    for name, table in wanted.items():
        if name in kept:
            raise BackupError(f"{archive.name}: rows of {name} do not belong there.")
        if missing := set(table["columns"]) - set(there.get(name, [])):
            raise BackupError(f"{archive.name}: {name} has columns not known here: {missing}.")
        if f"tables/{name}" not in archive.members:
            raise BackupError(f"{archive.name}: the rows of {name} are missing.")
    return wanted


def _load(connection: Connection, schema: str, table: str, archive: Archive) -> None:
    expected = archive.manifest["tables"][table]
    copy = sql.SQL("COPY {}.{} ({}) FROM STDIN").format(
        sql.Identifier(schema), sql.Identifier(table), _list(expected["columns"])
    )
    with connection.cursor() as cursor:
        with cursor.copy(copy) as target:
            for piece in archive.pieces(f"tables/{table}"):
                target.write(piece)
        if cursor.rowcount != expected["rows"]:
            raise BackupError(f"{archive.name}: {table} has {cursor.rowcount} rows.")


def _sequences(connection: Connection, schema: str) -> dict[str, tuple[int, bool]]:
    found = {}
    for (name,) in connection.execute(_SEQUENCES, [schema]).fetchall():
        select = sql.SQL("SELECT last_value, is_called FROM {}").format(
            sql.Identifier(schema, name)
        )
        found[name] = connection.execute(select).fetchone() or (1, False)
    return found


def _parents_first(connection: Connection, schema: str, tables: Collection[str]) -> list[str]:
    graph: dict[str, set[str]] = {table: set() for table in sorted(tables)}
    for child, parent in connection.execute(_REFERENCES, [schema]).fetchall():
        if child in graph and parent in graph:
            graph[child].add(parent)
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError:  # then it takes deferred constraints, as Django's are
        return list(graph)


def _is_empty(connection: Connection, schema: str, table: str) -> bool:
    select = sql.SQL("SELECT FROM {} LIMIT 1").format(sql.Identifier(schema, table))
    return not connection.execute(select).rowcount


def _list(columns: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))
