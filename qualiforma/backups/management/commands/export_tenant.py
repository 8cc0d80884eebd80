"""Write one organisation to a file."""

import argparse
import hashlib
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qualiforma.backups.errors import BackupError
from qualiforma.backups.organisations import export_tenant

EPILOG = """
exit status:
  0  written
  1  failed, nothing is left
  2  wrong usage or configuration
  3  written, but stored files that rows name were missing or altered already: each is named

In it: registration, users with their passwords' digests, every record, stored files, the audit trail.
Not in it: tokens, sessions, invitations and mailed links, which are worth nothing elsewhere, and jobs
that wait. To move an organisation: suspend_tenant, wait until list_jobs names none of its jobs,
export_tenant; import_tenant there, compare the head, resume_tenant; then delete_tenant here.
Import with this release or one of the two after it.
"""


class Command(BaseCommand):
    """Nothing half-written has the file's name."""

    help = "Write all of one organisation to one checksummed file. Needs DATABASE_OWNER_URL."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.epilog = EPILOG
        parser.add_argument("tenant", metavar="SLUG")
        parser.add_argument("output", type=Path, metavar="FILE", help="that is not there yet")
        parser.add_argument("--reason", default="", help="stands in its audit trail")

    def handle(self, *args: Any, **options: Any) -> None:
        output: Path = options["output"]
        try:
            found = export_tenant(
                slug=options["tenant"], output=output.absolute(), reason=options["reason"]
            )
        except BackupError as error:
            raise CommandError(str(error)) from error
        with output.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        self.stdout.write(f"{output} {output.stat().st_size} bytes, SHA-256 {digest}")
        self.stdout.write("head {}:{}".format(*found["head"]))
        for key in found["missing"]:
            self.stderr.write(f"missing or altered before the export: {key}")
        if found["missing"]:
            raise SystemExit(3)
