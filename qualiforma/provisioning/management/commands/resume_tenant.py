"""Open a suspended tenant again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from qualiforma.provisioning import services
from qualiforma.provisioning.management.exceptions import EXIT_STATUS, refusals


class Command(BaseCommand):
    """Exit status 0 when it is active, whether it was before or not; 1 when refused."""

    help = f"Open a suspended tenant again. Needs DATABASE_OWNER_URL. {EXIT_STATUS}"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", help="slug or id")

    def handle(self, *args: Any, **options: Any) -> None:
        with refusals():
            tenant = services.resume_tenant(name=options["tenant"])
        self.stdout.write(f"{tenant.slug} {tenant.id} {tenant.status}")
