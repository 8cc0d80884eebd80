"""Organisations asked for on a page: created by the worker that may, not by the web process."""

from qualiforma.errors import RuleError
from qualiforma.jobs.queue import OWNER_QUEUE, job
from qualiforma.jobs.runner import GiveUpError
from qualiforma.tenants import services
from qualiforma.tenants.models import Tenant, TenantStatus


@job(name="tenants.provision", queue=OWNER_QUEUE, atomic=False)
def provision(*, slug: str, name: str, domain: str, plan: str) -> None:
    """Create a tenant; one that an interrupted try has made already is what was wanted.

    Errors: `GiveUpError` when the names are refused, by now or by their shape.
    """
    made = Tenant.objects.filter(slug=slug, status=TenantStatus.ACTIVE).first()
    if made is not None and (made.name, made.plan) == (name, plan):
        return
    try:
        services.create_tenant(slug=slug, name=name, domain=domain, plan=plan)
    except RuleError as error:
        raise GiveUpError from error
