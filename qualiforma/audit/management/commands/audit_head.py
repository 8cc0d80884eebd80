"""Print the head of the audit trail, to be kept elsewhere."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from qualiforma.audit.chain import head
from qualiforma.audit.places import add_places, places


class Command(BaseCommand):
    """Shape: `SEQ:HASH`, as `verify_audit_trail --expect` takes it; with all tenants, slug first."""

    help = "Print the last sequence and hash. Keep them where the database's owner cannot write."

    def add_arguments(self, parser: CommandParser) -> None:
        add_places(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        for place in places(options):
            with place.opened():
                seq, digest = head()
            name = f"{place.name} " if options["all_tenants"] else ""
            self.stdout.write(f"{name}{seq}:{digest}")
