"""Check that nobody rewrote the audit trail."""

import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qualiforma.audit.chain import head, verified
from qualiforma.audit.places import Place, add_places, places
from qualiforma.audit.verify_trail import BrokenError, head_of

EVERY = 5000


class Command(BaseCommand):
    """Exit status 0 intact, 1 broken (the first bad sequence and why are printed), 2 misused."""

    help = "Check the chain of the audit trail, in bounded memory."

    def add_arguments(self, parser: CommandParser) -> None:
        add_places(parser)
        parser.add_argument(
            "--expect",
            metavar="SEQ:HASH",
            help="a head that was kept elsewhere (audit_head): finds a cut tail, a rebuilt chain",
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
        broken = sum([not self._check(place, expected) for place in places(options)])
        if broken:
            raise SystemExit(1)

    def _check(self, place: Place, expected: tuple[int, str] | None) -> bool:
        with place.opened():
            total, _ = head()
            began, chain = time.monotonic(), None
            try:
                for rank, chain in enumerate(verified(expected), start=1):  # noqa: B007 - the last is used below
                    if rank % EVERY == 0:
                        self._show(place.name, rank, total, time.monotonic() - began)
            except BrokenError as error:
                self.stdout.write(f"{place.name}: BROKEN at {error.seq}: {error.reason}")
                return False
            finally:
                self._show("", 0, 0, 0)
        if chain is not None:
            self.stdout.write(
                f"{place.name}: intact, {chain.seq} entries, head {chain.seq}:{chain.hash}"
            )
        return True

    def _show(self, name: str, done: int, total: int, seconds: float) -> None:
        """Draw the progress bar, or wipe it; on a terminal only."""
        if not sys.stderr.isatty():
            return
        bar = ""
        if total:
            share = min(done / total, 1)
            left = seconds / share - seconds
            bar = f"{name} [{'#' * int(30 * share):30}] {share:4.0%}, {left:.0f} s left"
        self.stderr.write(f"\r\x1b[K{bar}", ending="")
        self.stderr.flush()
