"""The addresses of the Citus cluster that `tests/sharded/` runs on, as the application and as the owner.

`CITUS_DATABASE_URL` names its coordinator. With `CITUS_OWNER_URL` beside it the two are the
application's and the owner's, whose roles are made as docs/operating/sharded.md says. Alone, it is a
superuser's: the roles are then made here, in a database that has the extension and its nodes.
"""

import hashlib
import os
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

NOT_RUN = "not run: CITUS_DATABASE_URL names no cluster"
ROLES = ("qualiforma_app", "qualiforma_owner")
LIMITS = {"lock_timeout": "1500ms", "statement_timeout": "30s"}
_FACTS = """
SELECT (SELECT extversion FROM pg_extension WHERE extname = 'citus'), current_user, rolsuper
FROM pg_roles WHERE rolname = current_user
"""
_NODES = """
SELECT citus_is_coordinator() AND EXISTS
    (SELECT FROM pg_dist_node WHERE noderole = 'primary' AND isactive AND shouldhaveshards)
"""
# Moves copy by logical replication; changes of several nodes commit in two phases.
_SETTINGS = "SELECT current_setting('wal_level'), current_setting('max_prepared_transactions')"


class ClusterError(Exception):
    """What a cluster lacks to be tested on, in a sentence."""


class Addresses(NamedTuple):
    """Database URLs of the coordinator."""

    application: str
    owner: str


def is_named() -> bool:
    return bool(os.environ.get("CITUS_DATABASE_URL"))


@cache
def addresses() -> Addresses:
    """Return the cluster's addresses. Errors: `ClusterError`."""
    url, owner = os.environ["CITUS_DATABASE_URL"], os.environ.get("CITUS_OWNER_URL", "")
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as session:
            version, user, is_superuser = session.execute(_FACTS).fetchone() or (None, "", False)
            _check(session, version)
            if owner:
                return Addresses(url, owner)
            if not is_superuser:
                raise ClusterError(
                    f"CITUS_DATABASE_URL is of the role {user}: give the owner's address as "
                    "CITUS_OWNER_URL, or a superuser's as CITUS_DATABASE_URL, which makes both roles."
                )
            return _make_roles(session, url)
    except psycopg.Error as error:
        first = str(error).partition("\n")[0]
        raise ClusterError(f"The cluster of CITUS_DATABASE_URL refuses: {first}") from error


def _check(session: "psycopg.Connection[Any]", version: str | None) -> None:
    if version is None:
        raise ClusterError(
            "The database of CITUS_DATABASE_URL has no extension citus: create it on every node."
        )
    [takes] = session.execute(_NODES).fetchone() or [False]
    if not takes:
        raise ClusterError(
            "CITUS_DATABASE_URL leads to no coordinator with nodes that take organisations: see "
            "citus_set_coordinator_host and citus_add_node in docs/operating/sharded.md."
        )
    level, prepared = session.execute(_SETTINGS).fetchone() or ("", "0")
    if level != "logical" or prepared == "0":
        raise ClusterError(
            "Every node needs wal_level = logical and max_prepared_transactions = 200; the "
            f"coordinator has {level} and {prepared}."
        )


def _make_roles(session: "psycopg.Connection[Any]", url: str) -> Addresses:
    """Make the roles of docs/operating/sharded.md, or give those that are there another password.

    The password follows from the address, so that each process of a run has the same.
    """
    password = hashlib.sha256(f"tests/sharded {url}".encode()).hexdigest()
    for role in ROLES:
        known = session.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).rowcount
        session.execute(
            sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(
                sql.SQL("ALTER" if known else "CREATE"), sql.Identifier(role), password
            )
        )
    application, owner = map(sql.Identifier, ROLES)
    database = sql.Identifier(session.info.dbname)
    session.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(database, owner))
    session.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, application))
    for name, value in LIMITS.items():
        session.execute(
            sql.SQL("ALTER ROLE {} SET {} = {}").format(application, sql.Identifier(name), value)
        )
    return Addresses(*(_as(role, password, url) for role in ROLES))


def _as(role: str, password: str, url: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{password}@{host}"))
