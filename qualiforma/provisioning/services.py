"""Every change of the shared registration. Runs as the owner: the web process never does.

Commands, the platform's admin and jobs call these; `registration`, `removal`, `schemas` and
`templates` hold how each is done.
"""

import logging
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from qualiforma.provisioning.domains import add_domain, remove_domain, set_primary_domain
from qualiforma.provisioning.notes import NOBODY, Asked, note
from qualiforma.provisioning.registration import (
    TenantExistsError,
    check_registration,
    check_slugs,
    rename_tenant,
    resume_tenant,
    slug_lock,
    suspend_tenant,
)
from qualiforma.provisioning.removal import delete_tenant, drop
from qualiforma.provisioning.schemas import migrate_schema
from qualiforma.provisioning.templates import fill_schema, migrate_installation
from qualiforma.tenants.context import forget_tenants, leave_tenant
from qualiforma.tenants.models import Domain, Tenant, TenantStatus
from qualiforma.tenants.owner import as_owner

__all__ = [
    "TenantExistsError",
    "add_domain",
    "check_registration",
    "check_slugs",
    "create_tenant",
    "delete_tenant",
    "migrate_installation",
    "migrate_schema",
    "remove_domain",
    "rename_tenant",
    "resume_tenant",
    "set_primary_domain",
    "suspend_tenant",
]

logger = logging.getLogger(__name__)


def create_tenant(
    *,
    slug: str,
    name: str,
    storage_prefix: str = "",
    domain: str = "",
    plan: str = "standard",
    asked: Asked = NOBODY,
) -> Tenant:
    """Create a tenant: registration, schema, tables, grants; ACTIVE only when all is there.

    A half-made tenant left by a killed process is removed first. On a failure nothing stays.
    Errors: `TenantExistsError`; `InvalidFieldsError` for a slug or prefix of a wrong shape.
    """
    storage_prefix = storage_prefix or slug
    host = check_registration(name=name, domain=domain, slug=slug, storage_prefix=storage_prefix)
    with as_owner():
        leave_tenant()
        with slug_lock(slug):  # another process' half-made tenant is left to it
            _remove_half_made(slug)
            tenant = _register(
                domain=host,
                values={"slug": slug, "name": name, "storage_prefix": storage_prefix, "plan": plan},
            )
            try:
                fill_schema(tenant.schema_name)
                note(tenant, "tenants.tenant.created", asked, slug=tenant.slug, name=tenant.name)
            except BaseException:  # whatever it was, also Ctrl-C: no half-made tenant stays
                drop(tenant)
                raise
            tenant.status = TenantStatus.ACTIVE
            tenant.save(update_fields=["status"])
    forget_tenants()
    return tenant


def _register(*, domain: str, values: dict[str, Any]) -> Tenant:
    """Insert the rows; the unique keys decide who came first."""
    if Tenant.objects.filter(slug=values["slug"]).exists():
        raise TenantExistsError(_("Le nom court « %s » est déjà pris.") % values["slug"])
    if Tenant.objects.filter(storage_prefix=values["storage_prefix"]).exists():
        raise TenantExistsError(
            _("Le préfixe de stockage « %s » est déjà pris.") % values["storage_prefix"]
        )
    if Domain.objects.filter(domain=domain).exists():
        raise TenantExistsError(_("Le domaine « %s » est déjà pris.") % domain)
    try:
        with transaction.atomic():
            tenant: Tenant = Tenant.objects.create(**values)
            Domain.objects.create(tenant=tenant, domain=domain, is_primary=True)
    except IntegrityError as error:  # taken since the lines above
        raise TenantExistsError from error
    return tenant


def _remove_half_made(slug: str) -> None:
    tenant = Tenant.objects.filter(slug=slug, status=TenantStatus.PROVISIONING).first()
    if tenant is not None:
        logger.warning("Removing the half-made tenant %s", tenant.id)
        drop(tenant)
