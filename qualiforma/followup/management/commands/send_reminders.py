"""Send the reminders of a day, or show what would be sent."""

from argparse import ArgumentTypeError
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error
from django.utils import timezone

from qualiforma.errors import MissingError
from qualiforma.followup.digests import Line, plan_digests, queue_digests
from qualiforma.tenants.context import get_tenant, tenant_context
from qualiforma.tenants.models import Tenant, TenantStatus
from qualiforma.working_days import is_working_day


def a_day(text: str) -> date:
    """Return a day written as 2026-12-14."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text} is no day, as 2026-12-14") from error


class Command(BaseCommand):
    """Exit status 0 fine, 1 an organisation failed, 2 misused."""

    help = (
        "Queue the reminders of a day: one mail for each person who has something new to be told. "
        "Workers do so by themselves from 07:00 in Paris on working days; what was sent already is "
        "not sent again. Exit status: 0 done, 1 an organisation could not be served (it is named, the "
        "others are), 2 wrong usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--tenant", metavar="SLUG", help="the organisation's short name")
        which.add_argument("--all-tenants", action="store_true", help="every active organisation")
        parser.add_argument(
            "--date", type=a_day, metavar="YYYY-MM-DD", help="the day, today by default"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="show who would be told what; send nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        day = options["date"] or timezone.localdate()
        if day > timezone.localdate() and not options["dry_run"]:
            raise CommandError("That day is to come: add --dry-run.", returncode=2)
        if not is_working_day(day):
            self.stdout.write(f"{day} is no working day: nothing is sent.")
            return
        done = [self._serve(tenant, day, options) for tenant in self._tenants(options)]
        if not all(done):
            raise SystemExit(1)

    def _tenants(self, options: dict[str, Any]) -> Iterator[Tenant]:
        if options["all_tenants"]:
            yield from list(Tenant.objects.filter(status=TenantStatus.ACTIVE).order_by("slug"))
            return
        try:
            yield get_tenant(options["tenant"])
        except MissingError as error:
            raise CommandError(str(error.detail), returncode=2) from error

    def _serve(self, tenant: Tenant, day: date, options: dict[str, Any]) -> bool:
        """Say whether an organisation was served. One that fails stops no other."""
        try:
            with tenant_context(tenant):
                if options["dry_run"]:
                    self._show(tenant.slug, day)
                else:
                    self.stdout.write(f"{tenant.slug}: {queue_digests(day)} mails queued")
        except Error as error:
            [first, *_] = str(error).splitlines() or [""]
            self.stderr.write(f"{tenant.slug}: FAILED: {first}")
            return False
        return True

    def _show(self, slug: str, day: date) -> None:
        plan = plan_digests(day)
        self.stdout.write(f"{slug}: {len(plan.lines)} mails would be queued")
        for key, lines in sorted(plan.lines.items()):
            self.stdout.write(f"  {plan.readers[key].user.email}")
            for line in lines:
                self.stdout.write(f"    {_said(line, day)}")


def _said(line: Line, day: date) -> str:
    thing, days = line.thing, (day - line.thing.due).days
    when = f"{days} days late" if days > 0 else f"in {-days} days"
    whose = " (somebody else's)" if line.is_escalated else ""
    return f"{thing.source} {thing.id} due {thing.due}, {when}{whose}"
