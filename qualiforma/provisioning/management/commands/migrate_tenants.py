"""Bring every schema up to date."""

from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, OutputWrapper
from django.db import DatabaseError

from qualiforma.provisioning import upgrades

BAR = 30
MOST_PROCESSES = 64


class Command(BaseCommand):
    """Exit status 0 when all are up to date, 1 when some tenant failed; run again for those."""

    help = (
        "Bring public, the platform's schema and each tenant that is behind up to date, and renew "
        "the application's rights there. What fails is named, the others go on. Safe to repeat "
        "and to run twice at once. Needs DATABASE_OWNER_URL. "
        "Exit status: 0 all up to date, 1 some tenant failed, 2 wrong usage or configuration."
    )
    # As Django's own `migrate`: they load every page and view, which takes as long as the work itself.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say who is behind, no more")
        parser.add_argument(
            "--processes", type=_processes, default=1, metavar="N", help="work in N processes"
        )
        parser.add_argument(
            "--all", action="store_true", help="also those not behind, to renew their grants"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dry_run"]:
            self._describe()
            return
        bar = _Bar(self.stderr if self.stderr.isatty() else None)
        failed: list[upgrades.Outcome] = []

        def report(outcome: upgrades.Outcome) -> None:
            if outcome.reason:
                failed.append(outcome)
                bar.clear()
                self.stderr.write(f"{outcome.tenant.slug}: {outcome.reason}")
            bar.advance(len(failed))

        try:
            upgrades.migrate_everything(
                processes=options["processes"],
                everyone=options["all"],
                begin=bar.begin,
                report=report,
            )
        except DatabaseError as error:
            raise CommandError(f"No tenant was migrated: {str(error).strip()}") from error
        bar.clear()
        self.stdout.write(f"{bar.done - len(failed)} migrated, {len(failed)} failed")
        if failed:
            slugs = ", ".join(outcome.tenant.slug for outcome in failed[:20])
            raise CommandError(f"Not migrated: {slugs}{' ...' if len(failed) > 20 else ''}")

    def _describe(self) -> None:
        behind = upgrades.tenants_behind()
        for schema, count in upgrades.installation_behind().items():
            self.stdout.write(f"{schema}: {count} to apply")
        for tenant in behind:
            self.stdout.write(f"{tenant.slug}: {tenant.migrations} to apply")
        self.stdout.write(f"{len(behind)} behind")


class _Bar:
    """A line that grows, on a terminal; silent elsewhere."""

    def __init__(self, terminal: OutputWrapper | None) -> None:
        self._terminal = terminal
        self.done = self._all = 0

    def begin(self, count: int) -> None:
        self._all = count

    def advance(self, failed: int) -> None:
        self.done += 1
        if self._terminal:
            full = BAR * self.done // self._all
            bar = "█" * full + "░" * (BAR - full)
            line = f"\r{bar} {self.done}/{self._all}, {failed} failed"
            self._terminal.write(line, str, ending="")
            self._terminal.flush()

    def clear(self) -> None:
        if self._terminal:
            self._terminal.write("\r\x1b[K", str, ending="")


def _processes(text: str) -> int:
    """Read a whole number of processes; argparse names the option when this refuses."""
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= number <= MOST_PROCESSES:
        raise ArgumentTypeError(f"a whole number from 1 to {MOST_PROCESSES}, not {text!r}")
    return number
