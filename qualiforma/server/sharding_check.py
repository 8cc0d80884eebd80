"""Whether the database is sharded as the settings say; each mismatch is one sentence."""

from collections.abc import Mapping
from typing import Any

import psycopg
from django.conf import settings

from qualiforma.env import ConfigurationError

OLDEST = 12
_FACTS = """
SELECT (SELECT extversion FROM pg_extension WHERE extname = 'citus'),
    current_setting('citus.enable_unsafe_triggers', true),
    current_setting('citus.propagate_set_commands', true),
    coalesce((SELECT array_to_string(rolconfig, ' ') FROM pg_roles WHERE rolname = current_user), '')
"""
_NODES = """
SELECT (SELECT count(*) FROM pg_dist_schema), citus_is_coordinator(),
    (SELECT count(*) FROM pg_dist_node WHERE isactive AND noderole = 'primary' AND shouldhaveshards)
"""


def check_sharding(address: Mapping[str, Any]) -> None:
    """Compare a database with QUALIFORMA_SHARDED. Errors: `ConfigurationError`.

    Cost: one connection, two statements.
    """
    with psycopg.connect(**address, autocommit=True) as session:
        [version, triggers, sets, role] = session.execute(_FACTS).fetchone() or [None] * 4
        schemas, is_coordinator, nodes = 0, True, 0
        if version:
            [schemas, is_coordinator, nodes] = session.execute(_NODES).fetchone() or [0, True, 0]
    if not settings.SHARDED:
        if schemas:
            raise ConfigurationError(
                f"DATABASE_URL leads to a database whose organisations lie on nodes of Citus "
                f"({schemas} of them): set QUALIFORMA_SHARDED=true."
            )
        return
    refusal = (
        _of_extension(version)
        or _of_node(is_coordinator=is_coordinator, nodes=nodes)
        or _of_options(triggers, sets)
        or _of_limits(role)
    )
    if refusal:
        raise ConfigurationError(refusal)


def _of_extension(version: str | None) -> str:
    if version is None:
        return (
            "QUALIFORMA_SHARDED is true, but the database of DATABASE_URL has no extension citus: create it on "
            "every node before the roles, or set QUALIFORMA_SHARDED=false."
        )
    major = int(version.partition(".")[0].partition("-")[0])
    if major < OLDEST:
        return f"Citus {version} shards no schemas: install Citus {OLDEST} or newer on every node."
    return ""


def _of_node(*, is_coordinator: bool, nodes: int) -> str:
    if not is_coordinator:
        return "DATABASE_URL leads to a worker node of Citus: set it to the coordinator's address."
    if not nodes:
        return (
            "No node of Citus takes organisations: add one with citus_add_node, and tell the "
            "coordinator its own address with citus_set_coordinator_host."
        )
    return ""


def _of_options(triggers: str | None, sets: str | None) -> str:
    if triggers != "on" or sets != "local":
        return (
            "The connection's options citus.enable_unsafe_triggers=on and "
            "citus.propagate_set_commands=local are not in force, so that the audit trail would lack who "
            "did what: connect without a pooler that drops options, or give both to the role."
        )
    return ""


def _of_limits(role: str) -> str:
    """Ask for the role's own limits: those of a connection stop at the coordinator."""
    wanted = {
        "statement_timeout": settings.STATEMENT_TIMEOUT,
        "lock_timeout": settings.LOCK_TIMEOUT,
    }
    for name, seconds in wanted.items():
        if seconds and f"{name}=" not in role:
            milliseconds = round(seconds * 1000)
            user = settings.DATABASE_APPLICATION_ROLE
            return (
                f"The role {user} has no {name} of its own, which nodes would keep to: "
                f"ALTER ROLE {user} SET {name} = '{milliseconds}ms' on the coordinator."
            )
    return ""
