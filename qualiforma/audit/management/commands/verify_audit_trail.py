"""Check that the audit trail was not rewritten."""

import sys
import time
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from qualiforma.audit import checking, records
from qualiforma.audit.chain import all_rows, head
from qualiforma.audit.places import Place, add_places, left_out, places
from qualiforma.audit.verify_trail import Head, head_of, report


class Command(BaseCommand):
    """Exit status 0 intact, 1 broken (each bad sequence and why are printed), 2 misused."""

    help = "Check the chain of the audit trail, in bounded memory."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        add_places(parser)
        parser.add_argument(
            "--expect",
            metavar="SEQ:HASH",
            help="a head that was kept elsewhere (audit_head): finds a cut tail, a rebuilt chain",
        )
        parser.add_argument(
            "--records",
            action="store_true",
            help="compare every record with what its last entries say, too",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        expected = None
        if options["expect"]:
            if options["all_tenants"]:
                raise CommandError("--expect goes with one --tenant.", returncode=2)
            try:
                expected = head_of(options["expect"])
            except ValueError as error:
                raise CommandError(f"--expect: {error}.", returncode=2) from error
        checks: list[Callable[[Place], bool]] = [lambda place: self._check(place, expected)]
        if options["records"]:
            checks.append(self._compare)
        held = [self._try(check, place) for place in places(options) for check in checks]
        for said, is_false in left_out() if options["all_tenants"] else ():
            self.stdout.write(said)
            held.append(not is_false)
        if not all(held):
            raise SystemExit(1)

    def _try(self, check: Callable[[Place], bool], place: Place) -> bool:
        """Say whether it held. A trail that cannot be read at all stops no other's check."""
        try:
            with place.opened(), all_rows():
                return check(place)
        except Error as error:
            [first, *_] = str(error).splitlines() or [""]
            self.stdout.write(f"{place.name}: BROKEN: it cannot be read: {first}")
            return False

    def _check(self, place: Place, expected: Head) -> bool:
        total, _ = head()
        began = time.monotonic()

        def show(done: int) -> None:
            self._show(place.name, done, total, time.monotonic() - began)

        try:
            chain = checking.check(expected, on_entries=show)
        finally:
            self._show("", 0, 0, 0)
        for line in report(chain):
            self.stdout.write(f"{place.name}: {line}")
        return not chain.faults

    def _compare(self, place: Place) -> bool:
        """Compare the records; runs in the open schema."""
        held = True
        for found in records.differences():
            self.stdout.write(f"{place.name}: RECORD {found}")
            held = False
        if held:
            self.stdout.write(f"{place.name}: every record is what the trail says of it")
        return held

    def _show(self, name: str, done: int, total: int, seconds: float) -> None:
        """Draw the progress bar, or wipe it; on a terminal only."""
        if not sys.stderr.isatty():
            return
        bar = ""
        if total > 0:
            share = min(done / total, 1)
            left = seconds / share - seconds
            bar = f"{name} [{'#' * int(30 * share):30}] {share:4.0%}, {left:.0f} s left"
        self.stderr.write(f"\r\x1b[K{bar}", ending="")
        self.stderr.flush()
