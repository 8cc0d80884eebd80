"""Close a tenant without deleting anything."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from qualiforma.provisioning import services
from qualiforma.provisioning.management.exceptions import EXIT_STATUS, refusals
from qualiforma.provisioning.notes import Asked


class Command(BaseCommand):
    """Exit status 0 when it is suspended, whether it was before or not; 1 when refused."""

    help = (
        "Suspend a tenant: nobody can enter, its data stays. Running servers refuse it from the next call on. "
        f"Needs DATABASE_OWNER_URL. {EXIT_STATUS}"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", help="slug or id")
        parser.add_argument("--reason", default="", help="why, for the trail")

    def handle(self, *args: Any, **options: Any) -> None:
        with refusals():
            tenant = services.suspend_tenant(
                name=options["tenant"], asked=Asked(reason=options["reason"])
            )
        self.stdout.write(f"{tenant.slug} {tenant.id} {tenant.status}")
