"""Finding a tenant's registration and changing it alone. Runs as the owner."""

import re
from contextlib import AbstractContextManager

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from qualiforma.errors import (
    ConflictError,
    FieldError,
    IllegalTransitionError,
    InvalidFieldsError,
    MissingError,
)
from qualiforma.provisioning.notes import NOBODY, Asked, note
from qualiforma.tenants.context import WHOLE, forget_tenants, leave_tenant
from qualiforma.tenants.locks import locked
from qualiforma.tenants.models import (
    RESERVED_SLUGS,
    Domain,
    Tenant,
    TenantStatus,
    slug_validator,
)
from qualiforma.tenants.owner import as_owner


class TenantExistsError(ConflictError):
    """Another tenant has this slug, this storage prefix or this domain."""

    code = "TENANT_EXISTS"
    title = _("Cet organisme existe déjà")


MOST_HOST_LETTERS = 253
MOST_NAME_LETTERS = 200
HOST_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def slug_lock(slug: str) -> AbstractContextManager[None]:
    """Keep others from creating or deleting the tenant of that slug."""
    return locked(f"slug:{slug}")


def registered(name: str, among: QuerySet[Tenant] | None = None) -> Tenant:
    """Return the tenant of that slug or id, whatever its status. Errors: `MissingError`."""
    everyone = Tenant.objects.all() if among is None else among
    tenant: Tenant | None = everyone.filter(Q(slug=name) | Q(pk=name)).first()
    if tenant is None:
        raise MissingError(_("Aucun organisme ne porte le nom « %s ».") % name)
    return tenant


def suspend_tenant(*, name: str, asked: Asked = NOBODY) -> Tenant:
    """Close a tenant; its data stays. Every process refuses it from its next call on. Idempotent.

    Errors: `MissingError`; `IllegalTransitionError` for one that is half made or half gone.
    """
    return _set_status(name, TenantStatus.SUSPENDED, asked)


def resume_tenant(*, name: str, asked: Asked = NOBODY) -> Tenant:
    """Open a suspended tenant again. Idempotent. Errors: as `suspend_tenant`."""
    return _set_status(name, TenantStatus.ACTIVE, asked)


def rename_tenant(*, name: str, slug: str) -> Tenant:
    """Give a tenant another slug, and the host name that follows from it where it had that.

    Its files stay where they are. Idempotent when named by id. Other processes answer to the old
    slug for up to 30 s more. Errors: `TenantExistsError`, `InvalidFieldsError`, `MissingError`.
    """
    check_slugs(slug=slug)
    with as_owner():
        leave_tenant()
        try:
            with transaction.atomic():
                tenant = lock_whole(name)
                old, tenant.slug = tenant.slug, slug
                tenant.save(update_fields=["slug"])
                Domain.objects.filter(
                    tenant=tenant, is_primary=True, domain=default_domain(old)
                ).update(domain=default_domain(slug))
                if old != slug:
                    note(tenant, "tenants.tenant.renamed", before=old, after=slug)
        except IntegrityError as error:
            raise TenantExistsError(_("Le nom court « %s » est déjà pris.") % slug) from error
    forget_tenants()
    return tenant


def default_domain(slug: str) -> str:
    """Return the host name of a tenant that was given none."""
    return f"{slug}.localhost"


def check_slugs(**values: str) -> None:
    """Errors: `InvalidFieldsError` naming each value that is no slug, or a reserved one."""
    if errors := _slug_errors(values):
        raise InvalidFieldsError(errors)


def check_registration(*, name: str, domain: str, **slugs: str) -> str:
    """Return the domain as it is kept, that of the slug where none is given.

    Errors: `InvalidFieldsError` naming everything that a registration cannot be made of.
    """
    errors = _slug_errors(slugs)
    if not name.strip():
        errors.append(FieldError("name", "blank", _("Indiquez un nom.")))
    if len(name) > MOST_NAME_LETTERS or not name.isprintable():
        text = _("Le nom doit tenir sur une ligne, en 200 caractères au maximum.")
        errors.append(FieldError("name", "invalid", text))
    try:
        host = check_domain(domain) if domain else default_domain(slugs["slug"])
    except InvalidFieldsError as refusal:
        errors += refusal.errors
    if errors:
        raise InvalidFieldsError(errors)
    return host


def _slug_errors(values: dict[str, str]) -> list[FieldError]:
    errors = [
        FieldError(field, "invalid", slug_validator.message)
        for field, value in values.items()
        if not slug_validator.regex.match(value)  # type: ignore[union-attr]  # compiled lazily
    ]
    if values["slug"] in RESERVED_SLUGS:
        errors.append(FieldError("slug", "reserved", _("Ce nom est réservé.")))
    return errors


def check_domain(domain: str) -> str:
    """Return a host name as it is kept: in small letters, without a last dot.

    Errors: `InvalidFieldsError` for what is no host name, an address in digits, or the platform's.
    """
    host = domain.strip().lower().removesuffix(".")
    labels = host.split(".")
    if (
        len(host) > MOST_HOST_LETTERS
        or not all(HOST_LABEL.fullmatch(label) for label in labels)
        or labels[-1].isdigit()
    ):
        text = _("Indiquez un nom d’hôte, par exemple qualite.exemple.fr.")
        raise InvalidFieldsError([FieldError("domain", "invalid", text)])
    if host in settings.PLATFORM_HOSTS:
        raise InvalidFieldsError([FieldError("domain", "reserved", _("Ce nom est réservé."))])
    return host


_CODES = {
    TenantStatus.SUSPENDED: "tenants.tenant.suspended",
    TenantStatus.ACTIVE: "tenants.tenant.resumed",
}


def _set_status(name: str, status: TenantStatus, asked: Asked) -> Tenant:
    with as_owner():
        leave_tenant()
        with transaction.atomic():
            tenant = lock_whole(name)
            if tenant.status != status:
                tenant.status = status
                tenant.save(update_fields=["status"])
                note(tenant, _CODES[status], asked)
    forget_tenants()
    return tenant


def lock_whole(name: str) -> Tenant:
    """Return the tenant, its row locked."""
    tenant = registered(name, Tenant.objects.select_for_update())
    if tenant.status not in WHOLE:
        raise IllegalTransitionError(current=tenant.status, allowed=[])
    return tenant
