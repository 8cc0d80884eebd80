"""Events of a tenant are recorded in two trails: its own and the platform's.

What is asked for on a page is done later, by a worker. The request is an entry of the platform's
trail; the job carries that entry's number, hence neither a name nor a reason is in the queue.
"""

import json
from dataclasses import dataclass
from typing import Any

from qualiforma import audit
from qualiforma.audit.context import Named
from qualiforma.audit.models import AuditEvent
from qualiforma.tenants.context import platform_context, tenant_context
from qualiforma.tenants.models import Tenant


@dataclass(frozen=True)
class Asked:
    """Who of the platform's staff asked for a change, and why."""

    id: str = ""
    name: str = ""
    reason: str = ""


NOBODY = Asked()


def note(tenant: Tenant, code: str, asked: Asked = NOBODY, **values: Any) -> None:
    """Enter an action on a tenant, in the transaction that is open. Runs as the owner.

    The tenant's own trail says why, not who: that person is none of its users.
    """
    with tenant_context(tenant), audit.action(code, reason=asked.reason):
        audit.log_event("tenant", tenant.pk, **values)
    note_on_the_platform(tenant, code, asked, **values)


def note_on_the_platform(tenant: Tenant, code: str, asked: Asked = NOBODY, **values: Any) -> None:
    """Enter it where it stays when the tenant is gone."""
    who = asked if asked.id else None
    with platform_context(), audit.action(code, actor=who, reason=asked.reason):
        audit.log_event("tenant", tenant.pk, **values)


def note_request(
    code: str, tenant_id: str, *, actor: Named, reason: str = "", **values: Any
) -> str:
    """Enter what a person asks for; return the entry's number, for the job that will do it."""
    with platform_context(), audit.action(code, actor=actor, reason=reason):
        audit.log_event("tenant", tenant_id, **values)
        # The trail is locked from the action's first statement on: the last entry is this one.
        return str(AuditEvent.objects.order_by("-pk").values_list("pk", flat=True)[0])


def asked_in(number: str) -> Asked:
    """Return who asked, and why, by the entry's number; nobody for what no page asked for."""
    if not number:
        return NOBODY
    with platform_context():
        event = AuditEvent.objects.filter(pk=int(number)).first()
    if event is None:
        return NOBODY
    # An erased value is missing.
    told = {key: json.loads(text) for key, (_salt, text) in event.clear.items()}
    return Asked(event.actor, told.get("actor", ""), told.get("reason", ""))
