"""Check that the triggers and grants that protect the audit trail are in place. Needs DATABASE_OWNER_URL."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import Error

from qualiforma.audit.places import Place, add_places, places
from qualiforma.provisioning import guards
from qualiforma.provisioning.guard_checks import check_guards
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
        made = guards.wanted()
        held = [self._check(place, made) for place in chosen]  # each, though one is not right
        if not all(held):
            raise SystemExit(1)

    def _check(self, place: Place, made: Facts) -> bool:
        """Say whether they are right. What cannot be checked stops no other's check."""
        try:
            found = check_guards(place.tenant, made)
        except Error as error:
            [first, *_] = str(error).splitlines() or [""]
            self.stdout.write(f"{place.name}: GUARDS cannot be checked: {first}")
            return False
        for one in found:
            self.stdout.write(f"{place.name}: GUARD {one}")
        if not found:
            self.stdout.write(f"{place.name}: the guards are as the migrations make them")
        return not found
