"""Take existing organisations into the sharded mode: each schema onto a node."""

from argparse import RawDescriptionHelpFormatter
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from qualiforma.errors import MissingError
from qualiforma.tenants.context import WHOLE, get_tenant, leave_tenant
from qualiforma.tenants.models import Tenant
from qualiforma.tenants.owner import as_owner
from qualiforma.tenants.sharding import distribute, nodes_of

EPILOG = """
exit status:
  0  every one that was named is on a node
  1  one could not be distributed: it is where it was, the others are done
  2  wrong usage: unknown organisation, or the database is not sharded

Suspend an organisation first: its tables are locked while its rows are copied. Its audit trail keeps
its head.
"""


class Command(BaseCommand):
    """Runs as the owner on the coordinator; each organisation whole or not at all."""

    help = "Put organisations that lie on the coordinator alone on nodes. Needs DATABASE_OWNER_URL."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = EPILOG
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--tenant", metavar="SLUG", help="the organisation's slug")
        which.add_argument("--all-tenants", action="store_true", help="every organisation")
        parser.add_argument("--dry-run", action="store_true", help="say which would be")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SHARDED:
            raise CommandError("The database is not sharded (QUALIFORMA_SHARDED).", returncode=2)
        failed = False
        with as_owner():
            leave_tenant()
            tenants = {one.schema_name: one.slug for one in self._tenants(options)}
            there = nodes_of(list(tenants))
            for schema, slug in tenants.items():
                if schema in there:
                    continue
                try:
                    if not options["dry_run"]:
                        distribute(schema)
                    self.stdout.write(slug)
                except psycopg.Error as error:
                    failed = True
                    self.stderr.write(f"{slug}: {str(error).splitlines()[0]}")
        if failed:
            raise SystemExit(1)

    @staticmethod
    def _tenants(options: dict[str, Any]) -> list[Tenant]:
        if options["all_tenants"]:
            return list(Tenant.objects.filter(status__in=WHOLE).order_by("slug"))
        try:
            return [get_tenant(options["tenant"])]
        except MissingError as error:
            raise CommandError(str(error.detail), returncode=2) from error
