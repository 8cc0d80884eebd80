"""Show what is in the queue."""

import dataclasses
import json
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qualiforma.errors import MissingError
from qualiforma.jobs import services
from qualiforma.tenants.context import get_tenant

HEAD = ("ID", "STATE", "JOB", "QUEUE", "TRIES", "DUE", "SCHEMA", "LAST ERROR")


class Command(BaseCommand):
    """Exit status 0, also when nothing is there."""

    help = "List failed and parked jobs, or those of --state. Done jobs are not kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--state",
            action="append",
            choices=services.STATES,
            help="may be given several times (default: failed and parked)",
        )
        parser.add_argument("--tenant", default="", metavar="SLUG", help="of one organisation only")
        parser.add_argument("--most", type=int, default=1000, help="rows at most (default: 1000)")
        parser.add_argument("--json", action="store_true", help="one JSON object per line")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            schema = get_tenant(options["tenant"]).schema_name if options["tenant"] else ""
        except MissingError as error:
            raise CommandError(str(error.detail)) from error
        states = options["state"] or ["failed", "parked"]
        jobs = services.list_jobs(states=states, schema=schema, most=options["most"])
        if options["json"]:
            for job in jobs:
                self.stdout.write(json.dumps(dataclasses.asdict(job), default=datetime.isoformat))
            return
        self._print_table([HEAD, *(self._row(job) for job in jobs)] if jobs else [])
        self.stderr.write(f"{len(jobs)} jobs ({', '.join(states)})")

    @staticmethod
    def _row(job: services.QueuedJob) -> tuple[str, ...]:
        due = f"{job.due:%Y-%m-%d %H:%M:%S}" if job.due and job.state == "waiting" else "-"
        number, tries = str(job.id), str(job.attempts)
        return (number, job.state, job.name, job.queue, tries, due, job.schema, job.error)

    def _print_table(self, rows: list[tuple[str, ...]]) -> None:
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())
