"""Organisations asked for on a page: made and closed by the worker that may, not by the web process."""

from django.utils.translation import gettext_lazy as _

from qualiforma.errors import (
    FieldError,
    IllegalTransitionError,
    InvalidFieldsError,
    RuleError,
)
from qualiforma.jobs.queue import OWNER_QUEUE, job
from qualiforma.jobs.runner import GiveUpError
from qualiforma.tenants import services
from qualiforma.tenants.context import WHOLE, leave_tenant
from qualiforma.tenants.models import Tenant, TenantStatus
from qualiforma.tenants.registration import registered


def request_tenant(*, slug: str, name: str, domain: str = "", plan: str = "standard") -> int:
    """Ask for a tenant to be created; return the job's number.

    Errors: `InvalidFieldsError`, `TenantExistsError` for what can be known before.
    """
    services.check_slugs(slug=slug, storage_prefix=slug)
    if not name.strip():
        raise InvalidFieldsError([FieldError("name", "blank", _("Un nom est attendu."))])
    leave_tenant()  # the registration is everybody's, hence nobody's: the job belongs to no tenant
    if Tenant.objects.filter(slug=slug).exclude(status=TenantStatus.PROVISIONING).exists():
        raise services.TenantExistsError(_("Le nom court « %s » est déjà pris.") % slug)
    return provision.enqueue({"slug": slug, "name": name, "domain": domain, "plan": plan})


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


def request_status(*, name: str, status: TenantStatus) -> int:
    """Ask for a tenant to be suspended or opened again; return the job's number.

    Errors: `MissingError`; `IllegalTransitionError` for one that is half made or half gone.
    """
    leave_tenant()  # as above
    tenant = registered(name)
    if tenant.status not in WHOLE or status not in WHOLE:
        raise IllegalTransitionError(current=tenant.status, allowed=[])
    return set_status.enqueue({"name": tenant.pk, "status": status.value})


@job(name="tenants.set_status", queue=OWNER_QUEUE, atomic=False)
def set_status(*, name: str, status: str) -> None:
    """Suspend a tenant or open it again. Errors: `GiveUpError` when it is gone by now."""
    change = services.suspend_tenant if status == TenantStatus.SUSPENDED else services.resume_tenant
    try:
        change(name=name)
    except RuleError as error:
        raise GiveUpError from error
