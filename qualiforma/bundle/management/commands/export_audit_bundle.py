"""Write what an auditor is shown of one organisation, or of each, to an archive that proves itself."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qualiforma.bundle import options as shared
from qualiforma.bundle.services import build_bundle
from qualiforma.folders import temporary_folder
from qualiforma.tenants.context import WHOLE
from qualiforma.tenants.models import Tenant

EPILOG = """
exit status:
  0  complete
  3  written, but something is missing: MANQUES.txt in the archive says what, where and why
  1  failed, nothing is left
  2  the options cannot be used

examples:
  the year up to today, for an audit on 14 December:
    export_audit_bundle --tenant acme --audit-date 2026-12-14 --output acme.zip
  a closed period with the files of five learners drawn by lot; the same again gives the same bytes:
    export_audit_bundle --tenant acme --from 2025-11-01 --to 2026-10-31 --sample 5 --seed 7 \\
      --generated-at 2026-11-02T09:00 --output acme.zip
  with the names of learners, which the audit trail keeps with the reason:
    export_audit_bundle --tenant acme --names --reason 'Demande écrite du certificateur' --output acme.zip
  what would be missing, nothing written:
    export_audit_bundle --tenant acme --dry-run
  every organisation, one archive each, in a folder:
    export_audit_bundle --all-tenants --output /srv/audits

Whoever gets the archive checks it without this program: unpack it, then `sha256sum -c
integrite/SHA256SUMS` in its folder, or `python3 integrite/verify_bundle.py`. Learners are pseudonyms
and uploaded files stay out unless --names is given. The export stands in the audit trail.
"""


class Command(BaseCommand):
    """Nothing half-written stays under the file's name."""

    help = "Export the audit bundle of one organisation, or of all: one ZIP file for each."

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--tenant", metavar="SLUG", help="the organisation's slug")
        which.add_argument("--all-tenants", action="store_true", help="every organisation")
        shared.add_period(parser)
        parser.epilog = EPILOG
        day, instant = shared.day_argument, shared.instant_argument
        parser.add_argument(
            "--audit-date",
            type=day,
            metavar="YYYY-MM-DD",
            help="chooses the grid; that of the planned audit",
        )
        parser.add_argument(
            "--enrollment",
            action="append",
            metavar="ID",
            help="a learner's file to add; repeatable",
        )
        parser.add_argument("--sample", type=int, metavar="N", help="files drawn by lot")
        parser.add_argument("--seed", type=int, metavar="S", help="replays the drawing of --sample")
        parser.add_argument("--recipient", default="", help="for whom; kept in the audit trail")
        parser.add_argument(
            "--generated-at", type=instant, metavar="INSTANT", help="written in the manifest; now"
        )
        parser.add_argument(
            "--output", type=Path, help="a file that is not there yet, or a folder; this folder"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would be in it")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["seed"] is not None and not options["sample"]:
            raise CommandError("--seed goes with --sample.", returncode=shared.MISUSED)
        if not options["all_tenants"]:
            self._end(self._build(options))
        folder = options["output"] or Path()
        if not folder.is_dir():
            told = "--output names a folder with --all-tenants."
            raise CommandError(told, returncode=shared.MISUSED)
        found = Tenant.objects.filter(status__in=WHOLE).order_by("slug")
        ends = [self._try({**options, "tenant": one.slug}) for one in found]
        failed = (
            shared.FAILED if set(ends) & {shared.FAILED, shared.MISUSED} else max(ends, default=0)
        )
        self._end(failed)

    @staticmethod
    def _end(status: int) -> None:
        raise SystemExit(status)

    def _try(self, options: Mapping[str, Any]) -> int:
        """Build one of many; what fails is said, and stops no other."""
        try:
            return self._build(options)
        except CommandError as error:
            self.stdout.write(f"{options['tenant']} : échec : {error}")
            return error.returncode

    def _build(self, options: Mapping[str, Any]) -> int:
        tenant, is_dry = options["tenant"], options["dry_run"]
        with (
            shared.settled(options) as scope,
            shared.shown(tenant) as progress,
            temporary_folder("trial-bundle") as spare,
        ):
            given = spare if is_dry else options["output"]
            built = build_bundle(
                scope,
                shared.output_of(given, f"{scope.root}.zip"),
                progress=progress,
                recipient=options["recipient"],
                is_recorded=not is_dry,
            )
        for line in shared.told(tenant, built, is_dry=is_dry):
            self.stdout.write(line)
        return shared.status_of(built)
