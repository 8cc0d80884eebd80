"""Run queued jobs until stopped."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from qualiforma.audit.sources import Source, set_default_source
from qualiforma.env import ConfigurationError
from qualiforma.jobs.queue import DEFAULT_QUEUE, OWNER_QUEUE, QUEUES
from qualiforma.jobs.worker import work
from qualiforma.server.preflight import check_database, warn_of_other_storage, warn_of_root


class Command(BaseCommand):
    """SIGTERM or Ctrl-C: the running job is finished, then exit status 0.

    Killed, the job is taken up by another worker once the dead one's last sign of life is
    `JOB_STALLED_SECONDS` old.
    """

    help = (
        "Run queued jobs, one at a time; start several for more. "
        "--queue owner needs DATABASE_OWNER_URL and creates the organisations asked for on pages."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--queue", choices=QUEUES, default=DEFAULT_QUEUE, help="which jobs (default: default)"
        )
        parser.add_argument(
            "--until-empty", action="store_true", help="end when nothing is due, for cron"
        )

        parser.add_argument(
            "--short",
            action="store_true",
            help="leave long jobs (exports, imports, checks) to other workers: mails never wait for them",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["queue"] == OWNER_QUEUE and settings.DATABASE_OWNER is None:
            raise ConfigurationError(
                "Set DATABASE_OWNER_URL: the jobs of the queue owner work as the owner."
            )
        if settings.POOLER == "transaction":
            raise ConfigurationError(
                "A worker listens for jobs, which a pooler of transactions does not pass on: give it "
                "PostgreSQL's own address and QUALIFORMA_POOLER=session."
            )
        check_database(wait=not options["until_empty"])
        warn_of_root()
        if warn_of_other_storage():
            raise ConfigurationError("A worker that stores files elsewhere does not start.")
        set_default_source(Source.JOB)
        work(
            [options["queue"]],
            stalled_after=timedelta(seconds=settings.JOB_STALLED_SECONDS),
            until_empty=options["until_empty"],
            with_long=not options["short"],
        )
