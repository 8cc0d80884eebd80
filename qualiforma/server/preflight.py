"""What must hold before a server starts; each failure is one sentence that says what to set."""

import socket
from pathlib import Path

from qualiforma.env import ConfigurationError


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


def check_database() -> None:
    """Errors: `ConfigurationError` when the application's database does not answer."""
    from django.db import OperationalError, connection

    try:
        connection.ensure_connection()
    except OperationalError as error:
        settings = connection.settings_dict
        reason = str(error).strip().splitlines()[-1]
        raise ConfigurationError(
            f"The database {settings['NAME']} at {settings['HOST']}:{settings['PORT']} does not "
            f"answer ({reason}); set DATABASE_URL to one that does."
        ) from error
    connection.close()
