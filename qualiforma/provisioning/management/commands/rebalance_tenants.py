"""Even the nodes of the cluster out by moving organisations."""

from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from qualiforma.tenants.context import leave_tenant
from qualiforma.tenants.owner import as_owner
from qualiforma.tenants.sharding import ShardingError, move, planned_moves

EPILOG = """
exit status:
  0  done, or nothing to do
  1  one organisation could not be moved: it is where it was, the others are moved
  2  wrong usage: the database is not sharded

By disk size, as Citus plans it: a node that was added is filled. One organisation after the other;
killed, the same command goes on with what is left.
"""


class Command(BaseCommand):
    """Runs as the owner on the coordinator; calls go on meanwhile."""

    help = "Move organisations until nodes are even. Needs DATABASE_OWNER_URL."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = EPILOG
        parser.add_argument("--dry-run", action="store_true", help="say what would be moved")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SHARDED:
            raise CommandError("The database is not sharded (QUALIFORMA_SHARDED).", returncode=2)
        failed = False
        with as_owner():
            leave_tenant()
            moves = planned_moves()
            for one in moves:
                line = f"{one.slug}: {one.source} to {one.target}"
                try:
                    if not options["dry_run"]:
                        move(one.schema, one.target)
                    self.stdout.write(line)
                except ShardingError as error:
                    failed = True
                    self.stderr.write(f"{line}: {error}")
        verb = "would be moved" if options["dry_run"] else "planned"
        self.stdout.write(f"{len(moves)} organisations {verb}")
        if failed:
            raise SystemExit(1)
