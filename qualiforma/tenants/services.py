"""Every change of the shared registration. Runs as the owner: the web process never does."""

import logging
from typing import Any

from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext_lazy as _

from qualiforma import audit
from qualiforma.errors import ConflictError, FieldError, InvalidFieldsError
from qualiforma.tenants.context import forget_tenants, inside, inside_platform, leave_tenant
from qualiforma.tenants.grants import grant_to_application
from qualiforma.tenants.models import (
    PLATFORM_SCHEMA,
    RESERVED_SLUGS,
    Domain,
    Tenant,
    TenantStatus,
    slug_validator,
)
from qualiforma.tenants.owner import as_owner

logger = logging.getLogger(__name__)


class TenantExistsError(ConflictError):
    """Another tenant has this slug, this storage prefix or this domain."""

    code = "TENANT_EXISTS"
    title = _("Cet organisme existe déjà")


def migrate_schema(schema: str) -> None:
    """Bring one schema's tables up to date and grant the application its rights there.

    Cost: one pass of Django's migration executor; runs on the owner's connection.
    """
    with as_owner():
        public = schema == "public"
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {connection.ops.quote_name(schema)}")
        call_command(
            "migrate_schemas",
            schema_name=None if public else schema,
            shared=public,
            tenant=not public,
            interactive=False,
            verbosity=0,
        )
        leave_tenant()
        grant_to_application(schema)


def migrate_installation() -> None:
    """Bring the shared tables and the platform's own schema up to date."""
    migrate_schema("public")
    migrate_schema(PLATFORM_SCHEMA)


def create_tenant(
    *, slug: str, name: str, storage_prefix: str = "", domain: str = "", plan: str = "standard"
) -> Tenant:
    """Create a tenant: registration, schema, tables, grants; ACTIVE only when all is there.

    A half-made tenant left by a killed process is removed first. On a failure nothing stays.
    Errors: `TenantExistsError`; `InvalidFieldsError` for a slug or prefix of a wrong shape.
    """
    storage_prefix = storage_prefix or slug
    _check_names(slug=slug, storage_prefix=storage_prefix, name=name)

    with as_owner():
        leave_tenant()
        _remove_half_made(slug)
        tenant = _register(
            domain=domain or f"{slug}.localhost",
            values={"slug": slug, "name": name, "storage_prefix": storage_prefix, "plan": plan},
        )
        try:
            migrate_schema(tenant.schema_name)
            _enter_creation(tenant)
        except BaseException:  # whatever it was, also Ctrl-C: no half-made tenant stays
            _drop(tenant)
            raise
        tenant.status = TenantStatus.ACTIVE
        tenant.save(update_fields=["status"])
    forget_tenants()
    return tenant


def _enter_creation(tenant: Tenant) -> None:
    """Begin the tenant's own trail with its creation, and tell the platform's."""
    for place in (inside(tenant), inside_platform()):
        with place, audit.action("tenants.tenant.created"):
            audit.enter("tenant", tenant.pk, slug=tenant.slug, name=tenant.name)


def _check_names(**values: str) -> None:
    errors = [
        FieldError(field, "invalid", slug_validator.message)
        for field in ("slug", "storage_prefix")
        if not slug_validator.regex.match(values[field])  # type: ignore[union-attr]  # compiled lazily
    ]
    if values["slug"] in RESERVED_SLUGS:
        errors.append(FieldError("slug", "reserved", _("Ce nom est réservé.")))
    if not values["name"].strip():
        errors.append(FieldError("name", "blank", _("Un nom est attendu.")))
    if errors:
        raise InvalidFieldsError(errors)


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
    with transaction.atomic():
        tenant: Tenant = Tenant.objects.create(**values)
        Domain.objects.create(tenant=tenant, domain=domain, is_primary=True)
    return tenant


def _remove_half_made(slug: str) -> None:
    tenant = Tenant.objects.filter(slug=slug, status=TenantStatus.PROVISIONING).first()
    if tenant is not None:
        logger.warning("Removing the half-made tenant %s", tenant.id)
        _drop(tenant)


def _drop(tenant: Tenant) -> None:
    """Remove schema and registration. A connection broken by the failure is opened anew."""
    try:
        connection.rollback()
    except DatabaseError:
        connection.close()
    leave_tenant()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"DROP SCHEMA IF EXISTS {connection.ops.quote_name(tenant.schema_name)} CASCADE"
        )
        Domain.objects.filter(tenant=tenant).delete()
        Tenant.objects.filter(pk=tenant.pk).delete()
