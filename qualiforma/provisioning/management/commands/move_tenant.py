"""Move one organisation to another node of the cluster, while it is used."""

from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from qualiforma.errors import MissingError
from qualiforma.tenants.context import get_tenant, leave_tenant
from qualiforma.tenants.owner import as_owner
from qualiforma.tenants.sharding import ShardingError, move, nodes, nodes_of

EPILOG = """
exit status:
  0  moved, or there already
  1  failed: it is where it was
  2  wrong usage: unknown organisation, or the database is not sharded

example:
  move_tenant acme 10.0.0.12:5432 --dry-run
"""


class Command(BaseCommand):
    """Runs as the owner on the coordinator; calls go on meanwhile, writes wait for the last moment."""

    help = "Move an organisation to a node. Needs DATABASE_OWNER_URL and QUALIFORMA_SHARDED=true."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = EPILOG
        parser.add_argument("tenant", metavar="SLUG")
        parser.add_argument("node", metavar="HOST:PORT", help="as list_tenants shows nodes")
        parser.add_argument("--dry-run", action="store_true", help="say what would be moved")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SHARDED:
            raise CommandError("The database is not sharded (QUALIFORMA_SHARDED).", returncode=2)
        try:
            tenant = get_tenant(options["tenant"])
        except MissingError as error:
            raise CommandError(str(error.detail), returncode=2) from error
        schema, target = tenant.schema_name, options["node"]
        with as_owner():
            leave_tenant()
            here = nodes_of([schema]).get(schema)
            if here is None:
                raise CommandError(f"{tenant.slug} is on no node: distribute_tenants first.")
            if here == target:
                self.stdout.write(f"{tenant.slug} is on {here} already")
                return
            if options["dry_run"]:
                known = "" if target in nodes() else ", which takes no organisations"
                self.stdout.write(f"{tenant.slug} would go from {here} to {target}{known}")
                return
            try:
                move(schema, target)
            except ShardingError as error:
                raise CommandError(str(error)) from error
        self.stdout.write(f"{tenant.slug} went from {here} to {target}")
