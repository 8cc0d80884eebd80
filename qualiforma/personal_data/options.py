"""What the commands about personal data have in common."""

from argparse import RawDescriptionHelpFormatter
from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandError, CommandParser

from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role
from qualiforma.errors import MissingError
from qualiforma.personal_data.people import Person, find_person
from qualiforma.tenants.context import get_tenant
from qualiforma.tenants.models import Tenant

MISUSED = 2


def add_request(parser: CommandParser, epilog: str) -> None:
    """Add whom it is about, who asks and why."""
    parser.formatter_class = RawDescriptionHelpFormatter
    parser.epilog = epilog
    parser.add_argument("--tenant", metavar="SLUG", required=True, help="the organisation's slug")
    parser.add_argument(
        "--person",
        metavar="ID|ADDRESS",
        required=True,
        help="whom: a user's id or an e-mail address",
    )
    parser.add_argument(
        "--by", metavar="ADDRESS", required=True, help="the ADMIN in whose name it is done"
    )
    parser.add_argument("--reason", required=True, help="why; stands in the audit trail")
    parser.add_argument("--dry-run", action="store_true", help="say what would be, change nothing")


def tenant_of(options: Mapping[str, Any]) -> Tenant:
    """Return the organisation that is named. Errors: `CommandError`, status 2."""
    try:
        return get_tenant(options["tenant"])
    except MissingError as error:
        raise CommandError(str(error.detail), returncode=MISUSED) from error


def person_and_actor(options: Mapping[str, Any]) -> tuple[Person, Actor]:
    """Return whom the open organisation's request is about, and who asks. Errors: as above."""
    address = options["by"].strip().lower()
    admin = User.objects.filter(email=address, role=Role.ADMIN, is_active=True).first()
    if admin is None:
        raise CommandError(f"{address} is no active ADMIN of it.", returncode=MISUSED)
    try:
        return find_person(options["person"]), Actor.of(admin)
    except MissingError as error:
        raise CommandError(str(error.detail), returncode=MISUSED) from error
