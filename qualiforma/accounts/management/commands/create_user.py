"""Create a user of one tenant, or one of the platform's own staff."""

import getpass
import sys
import warnings
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qualiforma.accounts import services
from qualiforma.accounts.roles import Role
from qualiforma.errors import InvalidFieldsError, MissingError
from qualiforma.tenants.context import get_tenant, platform_context, tenant_context


class Command(BaseCommand):
    """Exit status 0 when created, 1 when refused. The password is never an argument."""

    help = "Create a user of one tenant or of the platform. The password is asked for, or read from standard input."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="address to log in with")
        where = parser.add_mutually_exclusive_group(required=True)
        where.add_argument("--tenant", help="the tenant's slug")
        where.add_argument(
            "--platform", action="store_true", help="one of the platform's own staff instead"
        )
        parser.add_argument("--name", required=True, help="first and last name")
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            place = (
                platform_context()
                if options["platform"]
                else tenant_context(get_tenant(options["tenant"]))
            )
        except MissingError as error:
            raise CommandError(str(error.detail)) from error
        password = self._password(from_stdin=options["password_stdin"])
        try:
            with place:
                user = services.create_user(
                    email=options["email"],
                    name=options["name"],
                    role=options["role"],
                    password=password,
                )
        except InvalidFieldsError as error:
            raise CommandError(
                "; ".join(f"{refused.field}: {refused.detail}" for refused in error.errors)
            ) from error
        self.stdout.write(user.pk)

    def _password(self, *, from_stdin: bool) -> str:
        if from_stdin:
            return sys.stdin.readline().rstrip("\r\n")
        try:
            with warnings.catch_warnings():  # without a terminal it would be shown as it is typed
                warnings.simplefilter("error", getpass.GetPassWarning)
                password = getpass.getpass("Mot de passe : ")
                again = getpass.getpass("Confirmez le mot de passe : ")
        except (EOFError, getpass.GetPassWarning) as error:
            raise CommandError(
                "Aucun terminal pour saisir le mot de passe : ajoutez --password-stdin et "
                "envoyez-le sur l’entrée standard."
            ) from error
        if password != again:
            raise CommandError("Les deux mots de passe ne sont pas identiques.")
        return password
