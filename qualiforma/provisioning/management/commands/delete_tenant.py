"""Delete a tenant for good."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import filesizeformat

from qualiforma.provisioning import services
from qualiforma.provisioning.management.exceptions import EXIT_STATUS, refusals
from qualiforma.provisioning.registration import registered
from qualiforma.provisioning.removal import contents
from qualiforma.tenants.context import CACHE_SECONDS
from qualiforma.tenants.models import Tenant


class Command(BaseCommand):
    """Exit status 0 when nothing is left, 1 when refused. Killed, run it again: it goes on."""

    help = (
        "Delete a tenant: schema, registration, domains, files, counters. There is no way back. "
        f"Needs DATABASE_OWNER_URL. {EXIT_STATUS}"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", help="slug or id")
        parser.add_argument("--confirm", metavar="SLUG", help="its slug, instead of typing it")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would go, delete nothing"
        )
        parser.add_argument(
            "--now",
            action="store_true",
            help=f"do not wait {CACHE_SECONDS:.0f} s until running servers have forgotten it; "
            "for when none runs, or it has been suspended that long",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with refusals():
            tenant = registered(options["tenant"])
        if options["dry_run"] or options["confirm"] is None:
            self._describe(tenant)
        if options["dry_run"]:
            return
        confirm = options["confirm"] or self._typed(tenant)
        grace = 0.0 if options["now"] else CACHE_SECONDS
        if grace and confirm == tenant.slug:
            self.stderr.write(f"Closing it; running servers follow within {grace:.0f} s ...")
        with refusals():
            services.delete_tenant(name=tenant.pk, confirm=confirm, grace_seconds=grace)
        self.stdout.write(f"{tenant.slug} {tenant.id} deleted")

    def _describe(self, tenant: Tenant) -> None:
        found = contents(tenant)
        self.stdout.write(f"{tenant.name} ({tenant.slug}, {tenant.id}, {tenant.status})")
        self.stdout.write(f"  schema   {tenant.schema_name}, {filesizeformat(found.schema_bytes)}")
        for table, count in found.rows.items():
            self.stdout.write(f"  rows     {count:>9} {table}")
        size = filesizeformat(found.file_bytes)
        self.stdout.write(
            f"  files    {found.files} below tenants/{tenant.storage_prefix}/, {size}"
        )
        self.stdout.write(f"  domains  {', '.join(found.domains)}")

    def _typed(self, tenant: Tenant) -> str:
        """Return what a person types. Errors: `CommandError` where there is nobody to ask."""
        if not sys.stdin.isatty():
            raise CommandError(f"Nobody to ask here: confirm with --confirm {tenant.slug}.")
        return input(f"Type {tenant.slug} to delete all this for good: ").strip()
