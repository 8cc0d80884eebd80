"""What happens to a tenant stands in two trails: its own, and the platform's."""

from typing import Any

from qualiforma import audit
from qualiforma.tenants.context import inside, inside_platform
from qualiforma.tenants.models import Tenant


def note(tenant: Tenant, code: str, **values: Any) -> None:
    """Enter an action on a tenant, in the transaction that is open. Runs as the owner."""
    with inside(tenant), audit.action(code):
        audit.enter("tenant", tenant.pk, **values)
    note_on_the_platform(tenant, code, **values)


def note_on_the_platform(tenant: Tenant, code: str, **values: Any) -> None:
    """Enter it where it stays when the tenant is gone."""
    with inside_platform(), audit.action(code):
        audit.enter("tenant", tenant.pk, **values)
