"""Create a tenant: registration, schema, tables and grants."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from qualiforma.provisioning import services
from qualiforma.provisioning.management.exceptions import EXIT_STATUS, refusals


class Command(BaseCommand):
    """Exit status 0 when created, 1 when refused; a failure leaves nothing behind.

    Killed in the middle, run it again: what is half made is removed first.
    """

    help = f"Create a tenant with its own schema. Needs DATABASE_OWNER_URL. {EXIT_STATUS}"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="short name, as clients send it in X-Tenant-ID")
        parser.add_argument("--name", required=True, help="the organisation's name")
        parser.add_argument("--domain", default="", help="host name (default: SLUG.localhost)")
        parser.add_argument(
            "--storage-prefix", default="", help="folder of its files (default: the slug)"
        )
        parser.add_argument(
            "--plan", default="standard", help="commercial plan (default: standard)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with refusals():
            tenant = services.create_tenant(
                slug=options["slug"],
                name=options["name"],
                domain=options["domain"],
                storage_prefix=options["storage_prefix"],
                plan=options["plan"],
            )
        self.stdout.write(f"{tenant.slug} {tenant.id} {tenant.schema_name}")
