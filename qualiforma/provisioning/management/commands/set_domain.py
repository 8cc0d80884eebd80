"""Add a host name to a tenant, make it the primary one, or take it away."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from qualiforma.provisioning import services
from qualiforma.provisioning.management.exceptions import EXIT_STATUS, refusals


class Command(BaseCommand):
    """Exit status 0 also when it was so before, 1 when refused."""

    help = (
        "Let a host name lead to a tenant. Running servers follow within 30 s. "
        f"Needs DATABASE_OWNER_URL. {EXIT_STATUS}"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", help="slug or id")
        parser.add_argument("domain", help="host name, as qualite.example.org")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--primary", action="store_true", help="make it the primary one as well")
        how.add_argument("--remove", action="store_true", help="take it away instead")

    def handle(self, *args: Any, **options: Any) -> None:
        which = {"name": options["tenant"], "domain": options["domain"]}
        with refusals():
            if options["remove"]:
                services.remove_domain(**which)
            else:
                services.add_domain(**which)
            if options["primary"]:
                services.set_primary_domain(**which)
        self.stdout.write("removed" if options["remove"] else "set")
