"""Organisations on the nodes of a Citus cluster: each schema on one node, moved while it is used.

Everything here runs as the owner on the coordinator. A schema is made there as on plain PostgreSQL, then
distributed: a message of several statements, as a template is, cannot be sent to a node.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql

from qualiforma.tenants.models import Tenant
from qualiforma.tenants.owner import owner_address

# The queue and the counters stay on the coordinator, LISTEN and advisory locks with them. Their first
# migration makes an extension that Citus would forward to nodes where we own nothing.
COORDINATOR_APPS = frozenset({"procrastinate", "jobs", "throttles"})
_TRIGGERS = """
SELECT relname, tgname, pg_get_triggerdef(t.oid) FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = tgrelid
WHERE relnamespace = %s::regnamespace AND NOT tgisinternal ORDER BY relname, tgname
"""
_NODES = """
SELECT schemaid::regnamespace::text, min(nodename || ':' || nodeport) FROM pg_dist_schema AS s
JOIN pg_dist_partition AS p ON p.colocationid = s.colocationid
JOIN pg_dist_shard AS d ON d.logicalrelid = p.logicalrelid
JOIN pg_dist_placement AS l ON l.shardid = d.shardid
JOIN pg_dist_node AS n ON n.groupid = l.groupid AND n.noderole = 'primary'
GROUP BY 1
"""
_NAME = "nodename || ':' || nodeport"
_TAKING = (
    "FROM pg_dist_node WHERE noderole = 'primary' AND isactive AND shouldhaveshards ORDER BY 1"
)
_PLAN = """
SELECT relnamespace::regnamespace::text, min(sourcename || ':' || sourceport),
    min(targetname || ':' || targetport), sum(shard_size)
FROM get_rebalance_table_shards_plan() AS plan JOIN pg_class ON pg_class.oid = plan.table_name
GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True)
class Move:
    """An organisation that is to go from one node to another. Nodes as `host:port`."""

    slug: str
    schema: str
    source: str
    target: str


class ShardingError(Exception):
    """What cannot be done, in a sentence."""


def distribute(schema: str) -> None:
    """Put a schema with its tables and rows on a node; whole or not at all.

    Triggers are taken off meanwhile: they would fire for each row that is copied. The trail keeps its
    head. Idempotent.
    """
    with psycopg.connect(**owner_address()) as own:
        distribute_within(own, schema)


def distribute_within(own: "psycopg.Connection[Any]", schema: str) -> None:
    """As above, in the open transaction of a connection of the owner."""
    done = own.execute(
        "SELECT FROM pg_dist_schema WHERE schemaid = %s::regnamespace", [schema]
    ).rowcount
    if done:
        return
    triggers = own.execute(_TRIGGERS, [schema]).fetchall()
    for table, name, _definition in triggers:
        own.execute(
            sql.SQL("DROP TRIGGER {} ON {}").format(
                sql.Identifier(name), sql.Identifier(schema, table)
            )
        )
    own.execute("SELECT citus_schema_distribute(%s::regnamespace)", [schema])
    # Of its own accord Citus takes along trigger functions, and not those that they call.
    own.execute(
        "SELECT create_distributed_function(oid::regprocedure) FROM pg_proc "
        "WHERE pronamespace = %s::regnamespace AND oid NOT IN "
        "(SELECT objid FROM pg_dist_object WHERE classid = 'pg_proc'::regclass)",
        [schema],
    )
    own.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(schema)))
    for _table, _name, definition in triggers:
        own.execute(definition)  # the server's own words


def stay_on_coordinator(own: "psycopg.Connection[Any]", *, stays: bool = True) -> None:
    """Have a connection's statements concern the coordinator alone; where it is sharded at all.

    Else settings within a message of several statements would take all of it to the node.
    """
    if settings.SHARDED:
        own.execute(f"SET citus.propagate_set_commands = {'none' if stays else 'local'}")
        own.execute(f"SET citus.enable_ddl_propagation = {'off' if stays else 'on'}")


def size_of(table: str) -> str:
    """Return SQL for a table's size with its indexes; `table` is SQL for its `regclass`.

    Of a table on a node the coordinator has an empty shell.
    """
    if not settings.SHARDED:
        return f"pg_total_relation_size({table})"
    return (
        f"CASE WHEN EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = {table}) "
        f"THEN citus_total_relation_size({table}) ELSE pg_total_relation_size({table}) END"
    )


def nodes_of(schemas: Sequence[str]) -> Mapping[str, str]:
    """Return the node of each schema as `host:port`; those on the coordinator alone are missing."""
    with connection.cursor() as cursor:
        cursor.execute(_NODES)
        found = dict(cursor.fetchall())
    return {schema: found[schema] for schema in schemas if schema in found}


def nodes() -> list[str]:
    """Return the nodes that take organisations, as `host:port`."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_NAME} {_TAKING}")
        return [name for (name,) in cursor.fetchall()]


def node_states() -> dict[str, bool]:
    """Return whether each node that takes organisations answers the coordinator.

    Cost: a connection to each, one after the other; five seconds for one that is away without a word.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_NAME}, citus_check_connection_to_node(nodename, nodeport) {_TAKING}"
        )
        return {name: bool(answers) for name, answers in cursor.fetchall()}


def reachable(schemas: Sequence[str]) -> list[str]:
    """Return those whose node answers; all of them where nothing is sharded."""
    away = (
        {name for name, answers in node_states().items() if not answers} if settings.SHARDED else ()
    )
    found = nodes_of(schemas) if away else {}
    return [schema for schema in schemas if found.get(schema) not in away]


def planned_moves() -> list[Move]:
    """Return what would even the nodes out by disk size, as Citus plans it."""
    slugs = dict(Tenant.objects.values_list("schema_name", "slug"))
    with connection.cursor() as cursor:
        cursor.execute(_PLAN)
        found = cursor.fetchall()
    return [
        Move(slugs[schema], schema, source, target)
        for schema, source, target, _size in found
        if schema in slugs
    ]


def move(schema: str, target: str) -> None:
    """Move a schema to a node while it is used. Errors: `ShardingError`; then it stays where it was.

    Logical replication copies it; writes wait for the last moment of it.
    """
    if target not in nodes():
        raise ShardingError(f"{target} takes no organisations; there are: {', '.join(nodes())}.")
    host, _colon, port = target.rpartition(":")
    try:
        with psycopg.connect(**owner_address(), autocommit=True) as own:
            own.execute(
                "SELECT citus_schema_move(%s::regnamespace, %s, %s::int, 'force_logical')",
                [schema, host, port],
            )
    except psycopg.Error as error:
        raise ShardingError(str(error).splitlines()[0]) from error


@contextmanager
def on_coordinator(app_label: str) -> Iterator[None]:
    """Run a migration; one of the queue's stays on the coordinator."""
    is_local = settings.SHARDED and app_label in COORDINATOR_APPS
    if is_local:
        _propagate("off")
    try:
        yield
    finally:
        if is_local:
            _propagate("on")


def _propagate(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET citus.enable_ddl_propagation = {value}")
