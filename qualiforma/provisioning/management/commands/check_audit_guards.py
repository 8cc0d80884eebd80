"""Check that the triggers and grants that protect the audit trail are in place. Needs DATABASE_OWNER_URL."""

from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandParser
from django.db import Error

from qualiforma.audit.places import Place, add_places, places
from qualiforma.provisioning import guards
from qualiforma.provisioning.guard_checks import compare_guards, enter
from qualiforma.provisioning.guards import Facts


class Command(BaseCommand):
    """Exit status 0 as the migrations make them, 1 not (each difference is printed), 2 misused."""

    help = (
        "Compare triggers, functions, constraints, owners and grants with what the migrations make, "
        "and enter the outcome in the trail."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_places(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = list(places(options))
        try:
            made = guards.wanted()
        except (Error, psycopg.Error) as error:
            self.stdout.write(f"GUARDS cannot be checked: {_first_line(error)}")
            raise SystemExit(1) from error
        held = [self._check(place, made) for place in chosen]  # each, though one is not right
        if not all(held):
            raise SystemExit(1)

    def _check(self, place: Place, made: Facts | None) -> bool:
        """Say whether they are right. What cannot be checked or entered stops no other's check."""
        what = "checked"
        try:
            found = compare_guards(place.tenant, made)
            for one in found:
                self.stdout.write(f"{place.name}: GUARD {one}")
            what = "entered in the trail"
            enter(place.tenant, found)
        except (Error, psycopg.Error) as error:
            self.stdout.write(f"{place.name}: GUARDS cannot be {what}: {_first_line(error)}")
            return False
        if not found:
            self.stdout.write(f"{place.name}: the guards are as the migrations make them")
        return not found


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "")
