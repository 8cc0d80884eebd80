"""What must hold before a server starts; each failure is one sentence that says what to set."""

import os
import secrets
import socket
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from threading import Thread
from typing import Any

import psycopg

from qualiforma.env import ConfigurationError
from qualiforma.server.database_wait import wait_for_server
from qualiforma.server.limits import limit_statements
from qualiforma.server.sharding_check import check_sharding

SESSIONS, ROUNDS, PROBE_SECONDS = 3, 5, 30


def warn_of_root() -> None:
    """Say on stderr that a fault here would be a fault of the whole machine."""
    if os.geteuid() == 0:
        sys.stderr.write(
            "qualiforma: Warning: this process runs as root; give it an account of its own.\n"
        )
        sys.stderr.flush()


def check_port(host: str, port: int) -> None:
    """Errors: `ConfigurationError` when something listens there already."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        # As the web server does it: a port in TIME_WAIT after a restart is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ConfigurationError(
                f"Port {port} on {host} cannot be used ({error.strerror}); set PORT to a free one."
            ) from error


def check_exposure(host: str, *, behind_proxy: bool) -> None:
    """Refuse to face the network alone.

    One thread serves each process and waits for a body as long as its sender likes: a proxy that
    reads requests whole before it passes them on (deploy/nginx.conf) has to stand in front.
    Errors: `ConfigurationError` for an address beyond this machine without such a proxy.
    """
    if host not in {"127.0.0.1", "::1", "localhost"} and not behind_proxy:
        raise ConfigurationError(
            f"QUALIFORMA_BIND is {host}, which others can reach: put a buffering proxy in front "
            "(deploy/nginx.conf) and set QUALIFORMA_BEHIND_PROXY=true."
        )


def check_folder(folder: Path) -> None:
    """Create the state folder. Errors: `ConfigurationError` when it cannot be written."""
    probe = folder / ".writable"
    try:
        # Open to pass through: as root, PostgreSQL runs as another user and keeps its data below.
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise ConfigurationError(
            f"The folder {folder} cannot be written ({error.strerror}); "
            "set QUALIFORMA_HOME to one that can."
        ) from error


def check_database(*, wait: bool = False) -> None:
    """Check that the database answers, and that each connection to it is a session of its own.

    `wait`: for a server that is down, for as long as it is. Errors: `ConfigurationError` otherwise.
    Cost: three connections, 0.1 s; waits for 30 s.
    """
    from django.conf import settings
    from django.db import OperationalError, connection

    from qualiforma.tenants.owner import libpq_address

    settings_dict = connection.settings_dict
    if wait:
        wait_for_server(libpq_address(settings_dict))
    try:
        connection.ensure_connection()
    except OperationalError as error:
        reason = str(error).strip().splitlines()[-1]
        raise ConfigurationError(
            f"The database {settings_dict['NAME']} at {settings_dict['HOST']}:"
            f"{settings_dict['PORT']} does not let us in ({reason}); "
            "set DATABASE_URL to one that does."
        ) from error
    database = {**connection.settings_dict, "OPTIONS": {**connection.settings_dict["OPTIONS"]}}
    connection.close()
    limit_statements(
        database,
        statement_seconds=settings.STATEMENT_TIMEOUT,
        lock_seconds=settings.LOCK_TIMEOUT,
    )
    application = libpq_address(database)
    check = _check_search_path if settings.POOLER == "transaction" else _check_sessions
    check("DATABASE_URL", application)
    check_sharding(application)
    if settings.DATABASE_OWNER is not None:
        owner = libpq_address(settings.DATABASE_OWNER)
        if [owner.get(part) for part in ("host", "port")] != [
            application.get(part) for part in ("host", "port")
        ]:
            _check_sessions("DATABASE_OWNER_URL", owner)


def warn_of_other_storage() -> bool:
    """Say on stderr that this server's stored files are not those of the others; return whether so.

    `/readyz` answers 503 meanwhile: what it took, the others would not find.
    """
    from qualiforma.outages import StorageAwayError
    from qualiforma.provisioning import storage_mark

    try:
        if storage_mark.ensure():
            return False
    except (OSError, StorageAwayError):  # `/readyz` says so, until it is back
        return False
    sys.stderr.write(
        "qualiforma: Warning: the stored files here are not those of the installation, which other "
        "servers use: set QUALIFORMA_S3_BUCKET on every host, or share QUALIFORMA_HOME/files. /readyz "
        "answers 503 until then. (Moved the files here? adopt_storage.)\n"
    )
    sys.stderr.flush()
    return True


def _check_sessions(variable: str, address: Mapping[str, Any]) -> None:
    """Refuse a pooler that hands one connection's statements to several sessions of the server.

    Which tenant's schema is open belongs to the session, hence such a pooler answers half of the
    requests from another tenant's (measured; platform notes, section 2).
    """
    if not _probed(variable, address, _OWN_SETTING):
        raise ConfigurationError(
            f"{variable} leads to a pooler that shares sessions between connections (transaction "
            "or statement pooling), so that one organisation would be answered from another's "
            "data: connect to PostgreSQL directly, or set the pooler to session pooling."
        )


def _check_search_path(variable: str, address: Mapping[str, Any]) -> None:
    """Refuse a pooler that does not keep each connection's `search_path`: which organisation is open."""
    if not _probed(variable, address, _SEARCH_PATH):
        raise ConfigurationError(
            f"{variable} leads to a pooler that does not keep search_path, so that one organisation "
            "would be answered from another's data: PgBouncer 1.20 or newer with "
            "track_extra_parameters = search_path in front of PostgreSQL 18 or Citus does; otherwise "
            "set QUALIFORMA_POOLER=session and the pooler to session pooling."
        )


def _probed(variable: str, address: Mapping[str, Any], statements: tuple[str, str]) -> bool:
    found: list[bool | psycopg.Error] = []
    # Aside: a pooler without a free session lets us wait without any limit of our own.
    probe = Thread(target=lambda: found.append(_are_sessions_own(address, statements)), daemon=True)
    probe.start()
    probe.join(PROBE_SECONDS)
    if not found:
        raise ConfigurationError(
            f"{variable} lets in but did not serve {SESSIONS} connections at once within "
            f"{PROBE_SECONDS} s: allow more connections there, or connect directly."
        )
    if isinstance(found[0], psycopg.Error):
        if "startup parameter" in str(found[0]):
            raise ConfigurationError(
                f"{variable} leads to a pooler that takes no settings with a connection: set "
                "QUALIFORMA_STATEMENT_TIMEOUT and QUALIFORMA_LOCK_TIMEOUT to 0 and give the "
                "limits to the role (docs/operating/hosts.md)."
            ) from found[0]
        raise ConfigurationError(
            f"{variable} did not serve {SESSIONS} connections at once ({str(found[0]).strip()}): allow more."
        ) from found[0]
    return found[0]


# How a connection is given a value of its own, and how it reads it.
_OWN_SETTING = (
    "SELECT set_config('qualiforma.probe', %s, false)",
    "SELECT current_setting('qualiforma.probe', true)",
)
_SEARCH_PATH = (
    "SELECT set_config('search_path', 'probe_' || %s, false)",
    "SELECT substr(current_setting('search_path'), 7)",
)


def _are_sessions_own(
    address: Mapping[str, Any], statements: tuple[str, str]
) -> bool | psycopg.Error:
    """Give each of several connections a value and see whether it reads its own back each time."""
    values = [secrets.token_hex(8) for _ in range(SESSIONS)]
    set_value, read_value = statements
    try:
        with ExitStack() as stack:
            sessions = [
                stack.enter_context(psycopg.connect(**address, autocommit=True)) for _ in values
            ]
            for session, value in zip(sessions, values, strict=True):
                session.execute(set_value, [value])
            return all(
                session.execute(read_value).fetchone() == (value,)
                for _ in range(ROUNDS)
                for session, value in zip(sessions, values, strict=True)
            )
    except psycopg.Error as error:
        return error
