"""Make an organisation of a file."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qualiforma.audit.chain import head
from qualiforma.backups.errors import BackupError
from qualiforma.backups.organisations import import_tenant
from qualiforma.tenants.context import tenant_context

EPILOG = """
exit status:
  0  imported
  1  refused or failed, nothing is left; the sentence says why
  2  wrong usage or configuration

Takes what export_tenant wrote, and an organisation of a backup (organisations/tnt_….zip in it).
Refused: a file that is not whole, a broken audit trail, a newer QualiForma, a slug or a folder of
stored files that another organisation has. Tokens, sessions, invitations and mailed links of before
are worth nothing any more: its people log in again, with the passwords they had.
"""


class Command(BaseCommand):
    """Killed, the same call starts over."""

    help = "Make an organisation of what export_tenant wrote. Needs DATABASE_OWNER_URL."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.epilog = EPILOG
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--slug", default="", help="instead of the one it had")
        parser.add_argument("--reason", default="", help="stands in the platform's audit trail")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            tenant = import_tenant(
                source=options["file"], slug=options["slug"], reason=options["reason"]
            )
        except BackupError as error:
            raise CommandError(str(error)) from error
        with tenant_context(tenant):
            seq, digest = head()
        self.stdout.write(f"{tenant.slug} {tenant.pk} {tenant.status}, head {seq}:{digest}")
        self.stdout.write("Its tokens, sessions and links of before are dead: people log in again.")
