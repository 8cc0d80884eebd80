"""Blank clear values of the audit trail. Needs DATABASE_OWNER_URL."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qualiforma.audit.erasure import Target, erase_values
from qualiforma.audit.places import add_places, places
from qualiforma.tenants.owner import as_owner


class Command(BaseCommand):
    """The chain still verifies; an entry says which sequences lost values, and why."""

    help = "Blank clear values in one tenant's audit trail, as the database's owner."

    def add_arguments(self, parser: CommandParser) -> None:
        add_places(parser, one=True)
        parser.add_argument("--object", default="", metavar="ID", help="values of entries about it")
        parser.add_argument(
            "--field", action="append", default=[], help="only this column of them; repeatable"
        )
        parser.add_argument(
            "--actor", default="", metavar="ID", help="the name borne by whoever this is, as actor"
        )
        parser.add_argument("--reason", required=True, help="stands in the entry")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be, change nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not (options["object"] or options["actor"]):
            raise CommandError("Name an --object or an --actor.", returncode=2)
        if options["field"] and not options["object"]:
            raise CommandError("--field goes with --object.", returncode=2)
        target = Target(options["object"], options["actor"], options["field"])
        [place] = places(options)
        with as_owner(), place.opened():
            found = erase_values(
                target=target, reason=options["reason"], dry_run=options["dry_run"]
            )
        done = "would be blanked" if options["dry_run"] else "blanked"
        self.stdout.write(f"{place.name}: values of {len(found)} entries {done}")
