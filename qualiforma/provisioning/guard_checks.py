"""Checking the guards of a trail, and the outcome as an entry of it: only the owner can enter one.

What was found to differ stands in the platform's trail as well, under the organisation's id: there
it can be asked for all of them at once, and stays where the organisation's own guards let nothing
through any more.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from qualiforma.audit.audit import AUDIT_TRAIL, GUARDS_BROKEN, GUARDS_INTACT
from qualiforma.audit.context import action, log_event
from qualiforma.audit.descriptions import noted_value
from qualiforma.audit.models import AuditEvent
from qualiforma.provisioning import guards
from qualiforma.provisioning.database_guards import Difference
from qualiforma.provisioning.guards import Facts
from qualiforma.tenants.context import platform_context, tenant_context
from qualiforma.tenants.models import PLATFORM_SCHEMA, Tenant
from qualiforma.tenants.owner import as_owner

ACTIONS = (GUARDS_INTACT, GUARDS_BROKEN)
# How many differences an entry names.
MOST_NAMED = 20


@dataclass(frozen=True)
class Outcome:
    """The last check of the guards."""

    at: datetime
    count: int


def check_guards(tenant: Tenant | None, made: Facts | None) -> list[Difference]:
    """Compare the guards of a tenant, or of the platform, and enter the outcome; return what differs.

    `made`: see `guards.wanted`. Runs as the owner.
    """
    found = compare_guards(tenant, made)
    enter(tenant, found)
    return found


def compare_guards(tenant: Tenant | None, made: Facts | None) -> list[Difference]:
    """Return what differs of a tenant's guards, or of the platform's."""
    return guards.differences(tenant.schema_name if tenant else PLATFORM_SCHEMA, made)


def enter(tenant: Tenant | None, found: list[Difference]) -> None:
    """Enter the outcome. Errors: Django's, where the guards that differ let no entry through."""
    with as_owner():
        with platform_context():
            if found or tenant is None or tenant.pk in _broken():
                _note(found, tenant.pk if tenant else "")
        if tenant is not None:
            with tenant_context(tenant):
                _note(found, "")


def _note(found: list[Difference], about: str) -> None:
    with action(GUARDS_BROKEN if found else GUARDS_INTACT):
        named = [str(one) for one in found[:MOST_NAMED]]
        log_event(AUDIT_TRAIL, about, faults=len(found), named=named)


def last_outcome() -> Outcome | None:
    """Return what the last check of the open schema's guards found. Cost: one query."""
    events = AuditEvent.objects.filter(action__in=ACTIONS, object_id="").order_by("-seq")
    found = events.first()
    if found is None:
        return None
    count = noted_value(found, "after.faults")
    return Outcome(found.at, count if isinstance(count, int) else 0)


def count_broken_guards() -> int:
    """Return of how many trails the last check found other guards than the migrations make.

    For `/readyz`. Cost: one query, by index.
    """
    with platform_context():
        return len(_broken())


def _broken() -> set[str]:
    """Return ids of the tenants that there still are, and an empty one for the platform itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT object_id FROM (SELECT DISTINCT ON (object_id) object_id, action FROM audit_event "
            "WHERE action = ANY(%s) ORDER BY object_id, seq DESC) AS last WHERE action = %s "
            "AND (object_id = '' OR EXISTS (SELECT FROM public.tenants_tenant "
            "WHERE id::text = object_id))",
            [list(ACTIONS), GUARDS_BROKEN],
        )
        return {str(name) for (name,) in cursor.fetchall()}
