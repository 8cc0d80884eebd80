"""Serve the application."""

import json
import os
import shutil
import socket
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from qualiforma import env
from qualiforma.server import started
from qualiforma.server.preflight import (
    check_database,
    check_exposure,
    check_folder,
    check_port,
    warn_of_other_storage,
    warn_of_root,
)
from qualiforma.server.processes import MOST, usual_processes

# Connections accepted at once, shared by the workers; more wait in the kernel.
CONNECTIONS = 1024
# For a request's head to arrive, and for a kept connection to stay silent.
HEADER_SECONDS = 10
HEADER_BYTES = 64 * 1024


class Command(BaseCommand):
    """Check what a server needs, then become granian: one process for clients, workers beside it.

    Each worker serves one call at a time: django-tenants keeps the open tenant per thread, and
    Django's content type cache races between threads of one process (platform notes, section 2).
    The server's threads only read bodies and send answers (`qualiforma.server.gateway`), and
    organisations take turns on the workers (`qualiforma.runtime.front`).
    """

    help = "Serve HTTP with granian. PORT, QUALIFORMA_BIND and WEB_WORKERS set where and how many."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="check what is needed, then stop")

    def handle(self, *args: Any, **options: Any) -> None:
        host = env.text("QUALIFORMA_BIND", default="127.0.0.1")
        port = env.integer("PORT", default=8000, least=1, most=65535)
        workers = env.integer("WEB_WORKERS", default=usual_processes(), least=1, most=MOST)
        check_exposure(host, behind_proxy=env.flag("QUALIFORMA_BEHIND_PROXY", default=False))
        check_folder(settings.HOME)
        check_port(host, port)
        check_database(wait=not options["check"])
        warn_of_root()
        warn_of_other_storage()
        if options["check"]:
            return
        if settings.METRICS:
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_new_folder("metrics", port))
        os.environ["WEB_WORKERS"] = str(workers)
        os.environ[started.FOLDER] = str(_new_folder("started", port))
        log_file = _new_folder("log", port) / "granian.json"
        log_file.write_text(json.dumps(settings.LOGGING))
        arguments = [
            *("--interface", "rsgi", "--host", host, "--port", str(port)),
            # One talks to clients; it starts those that run calls (`qualiforma.rsgi`).
            *("--workers", "1", "--workers-kill-timeout", "10"),
            *("--respawn-failed-workers", "--respawn-interval", "1"),
            *("--backlog", str(CONNECTIONS), "--loop", "asyncio"),
            # HTTP/2 bodies announce no length, which WSGI needs; detecting the version would wait
            # for a silent client without limit.
            *("--http", "1", "--http1-header-read-timeout", str(HEADER_SECONDS * 1000)),
            *("--http1-buffer-size", str(HEADER_BYTES), "--no-ws"),
            *("--log-level", settings.LOG_LEVEL.lower(), "--log-config", str(log_file)),
            "qualiforma.rsgi:application",
        ]
        os.execv(sys.executable, [sys.executable, "-m", "qualiforma.server.web", *arguments])  # noqa: S606 - no shell, our own words


def _new_folder(name: str, port: int) -> Path:
    """Return an empty folder of this server's own; what an earlier one left there is removed.

    Its own also where several hosts share the state folder: one would empty another's.
    """
    folder: Path = settings.HOME / "run" / f"{socket.gethostname()}-{port}" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    return folder
