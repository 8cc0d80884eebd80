"""Serve the application."""

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from qualiforma import env
from qualiforma.server.preflight import (
    check_database,
    check_exposure,
    check_folder,
    check_port,
)


class Command(BaseCommand):
    """Check what a server needs, then become granian: WSGI, one thread per worker.

    One thread: django-tenants keeps the open tenant per thread, and Django's content type cache
    races between threads of one process (platform notes, section 2).
    """

    help = "Serve HTTP with granian. PORT, QUALIFORMA_BIND and WEB_WORKERS set where and how many."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="check what is needed, then stop")

    def handle(self, *args: Any, **options: Any) -> None:
        host = env.text("QUALIFORMA_BIND", default="127.0.0.1")
        port = env.integer("PORT", default=8000, least=1, most=65535)
        workers = env.integer("WEB_WORKERS", default=2, least=1, most=64)
        check_exposure(host, behind_proxy=env.flag("QUALIFORMA_BEHIND_PROXY", default=False))
        check_folder(settings.HOME)
        check_database()
        check_port(host, port)
        if options["check"]:
            return
        arguments = [
            # HTTP/2 bodies announce no length, which WSGI needs.
            *("--interface", "wsgi", "--http", "1", "--host", host, "--port", str(port)),
            *("--workers", str(workers), "--blocking-threads", "1"),
            *("--workers-kill-timeout", "10", "--no-ws", "--log-level", "warning"),
            "qualiforma.wsgi:application",
        ]
        os.execv(sys.executable, [sys.executable, "-m", "granian", *arguments])  # noqa: S606 - no shell, our own words
