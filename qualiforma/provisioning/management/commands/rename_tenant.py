"""Give a tenant another slug."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from qualiforma.provisioning import services
from qualiforma.provisioning.management.exceptions import EXIT_STATUS, refusals


class Command(BaseCommand):
    """Exit status 0 when renamed, 1 when refused. To be safe to repeat, name the tenant by id."""

    help = (
        "Give a tenant another slug. Its host name follows where it was SLUG.localhost; its files "
        "stay where they are. Running servers answer to the old slug for up to 30 s more. "
        f"Needs DATABASE_OWNER_URL. {EXIT_STATUS}"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", help="present slug, or id")
        parser.add_argument("slug", help="new slug")

    def handle(self, *args: Any, **options: Any) -> None:
        with refusals():
            tenant = services.rename_tenant(name=options["tenant"], slug=options["slug"])
        self.stdout.write(f"{tenant.slug} {tenant.id} {tenant.schema_name}")
