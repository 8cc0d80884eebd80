"""Erase what has been kept as long as its class says."""

from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qualiforma.errors import MissingError
from qualiforma.personal_data.exceptions import PersonalDataError
from qualiforma.personal_data.purging import find_due, purge
from qualiforma.tenants.context import WHOLE, get_tenant, tenant_context
from qualiforma.tenants.models import Tenant
from qualiforma.tenants.owner import as_owner

EPILOG = """
exit status:
  0  done, or nothing to do
  1  one organisation could not be purged; the others are
  2  wrong usage

Due are: learners whose account is unused for three years and whom no law keeps; those whose erasure
was asked for and waited for a law's period; contacts of complaints closed five years ago; needs of
accessibility a year after the training. docs/operating/personal-data.md lists every class. People are
named here by their ids and tokens alone. Run it first with --dry-run.
"""


class Command(BaseCommand):
    """Runs as the owner of the database; killed, the next run goes on."""

    help = "Erase the personal data whose time is over. Needs DATABASE_OWNER_URL."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = EPILOG
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--tenant", metavar="SLUG", help="the organisation's slug")
        which.add_argument("--all-tenants", action="store_true", help="every organisation")
        parser.add_argument("--dry-run", action="store_true", help="say what is due")

    def handle(self, *args: Any, **options: Any) -> None:
        failed = False
        for tenant in self._tenants(options):
            try:
                with as_owner(), tenant_context(tenant):
                    self._purge(tenant.slug, is_dry=options["dry_run"])
            except PersonalDataError as error:
                failed = True
                self.stderr.write(f"{tenant.slug}: {error}")
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

    def _purge(self, slug: str, *, is_dry: bool) -> None:
        due = find_due()
        for one in due.users:
            self.stdout.write(f"{slug}: user {one.user_id}, token {one.token}")
        for one in due.contacts:
            self.stdout.write(f"{slug}: contact, token {one.token}")
        needs = sum(len(keys) for _data, keys in due.sensitive)
        if not is_dry:
            purge(due)
        verb = "are due" if is_dry else "are erased"
        self.stdout.write(
            f"{slug}: {len(due.users)} users, {len(due.contacts)} contacts, {needs} needs {verb}"
        )
