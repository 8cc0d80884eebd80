"""Queue failed or parked jobs anew, or drop them."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qualiforma.jobs import services


class Command(BaseCommand):
    """Exit status 1 when one of the numbers is no failed or parked job; the others are done."""

    help = "Queue failed or parked jobs anew (--drop: remove them), once their fault is mended."

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument(
            "ids", nargs="*", type=int, default=[], help="numbers, as list_jobs says"
        )
        which.add_argument("--all", action="store_true", help="every failed and parked job")
        parser.add_argument("--drop", action="store_true", help="remove them instead")
        parser.add_argument("--dry-run", action="store_true", help="say what would be done")

    def handle(self, *args: Any, **options: Any) -> None:
        change = services.drop_job if options["drop"] else services.retry_job
        known = {job.id for job in services.list_jobs(states=["failed", "parked"], most=1_000_000)}
        wanted = sorted(known) if options["all"] else options["ids"]
        for number in wanted:
            if number in known and not options["dry_run"]:
                change(number)
        done = [number for number in wanted if number in known]
        verb = "dropped" if options["drop"] else "queued anew"
        self.stdout.write(f"{len(done)} jobs {'would be ' * options['dry_run']}{verb}")
        unknown = [str(number) for number in wanted if number not in known]
        if unknown:
            raise CommandError(f"Neither failed nor parked: {', '.join(unknown)}")
