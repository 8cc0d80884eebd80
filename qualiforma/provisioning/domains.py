"""The host names that lead to a tenant's pages. Runs as the owner.

Other processes follow within 30 s.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from qualiforma.errors import ConflictError, MissingError
from qualiforma.provisioning.notes import NOBODY, Asked, note
from qualiforma.provisioning.registration import check_domain, lock_whole
from qualiforma.tenants.context import forget_tenants, leave_tenant
from qualiforma.tenants.models import Domain, Tenant
from qualiforma.tenants.owner import as_owner


class DomainTakenError(ConflictError):
    """The host name leads to a tenant's pages already."""

    code = "DOMAIN_TAKEN"
    title = _("Ce domaine est déjà pris")


class DomainKeptError(ConflictError):
    """The tenant's last or primary host name cannot be removed."""

    code = "DOMAIN_KEPT"
    title = _("Ce domaine ne peut pas être retiré")


def refuse_taken(host: str) -> None:
    """Errors: `DomainTakenError` for a host name that any tenant has."""
    if Domain.objects.filter(domain=host).exists():
        raise DomainTakenError(_("Le domaine « %s » est déjà pris.") % host)


def refuse_kept(domain: Domain) -> None:
    """Errors: `DomainKeptError` for a tenant's only domain, and for its primary one."""
    if not Domain.objects.filter(tenant=domain.tenant_id).exclude(pk=domain.pk).exists():
        raise DomainKeptError(_("C’est le seul domaine de cet organisme."))
    if domain.is_primary:
        raise DomainKeptError(_("C’est le domaine principal : désignez-en d’abord un autre."))


def domain_of(tenant: Tenant, host: str) -> Domain:
    """Return a tenant's domain. Errors: `MissingError`, for another tenant's too."""
    domain: Domain | None = Domain.objects.filter(tenant=tenant, domain=host).first()
    if domain is None:
        raise MissingError(_("Cet organisme n’a pas le domaine « %s ».") % host)
    return domain


def add_domain(*, name: str, domain: str, asked: Asked = NOBODY) -> None:
    """Let a host name lead to a tenant; the first one is its primary. Idempotent.

    Errors: `InvalidFieldsError`, `DomainTakenError`; `MissingError` and `IllegalTransitionError`
    as `suspend_tenant`.
    """
    host = check_domain(domain)
    with _changing(name) as tenant:
        if Domain.objects.filter(tenant=tenant, domain=host).exists():
            return
        refuse_taken(host)
        first = not Domain.objects.filter(tenant=tenant).exists()
        try:
            with transaction.atomic():
                Domain.objects.create(tenant=tenant, domain=host, is_primary=first)
        except IntegrityError as error:  # taken since
            raise DomainTakenError from error
        note(tenant, "tenants.domain.added", asked, domain=host)


def remove_domain(*, name: str, domain: str, asked: Asked = NOBODY) -> None:
    """Take a host name away from a tenant.

    Errors: `DomainKeptError`; `MissingError`, `IllegalTransitionError` as above.
    """
    with _changing(name) as tenant:
        row = domain_of(tenant, check_domain(domain))
        refuse_kept(row)
        row.delete()
        note(tenant, "tenants.domain.removed", asked, domain=row.domain)


def set_primary_domain(*, name: str, domain: str, asked: Asked = NOBODY) -> None:
    """Make one of a tenant's domains the one that its links are written with. Idempotent.

    Errors: `MissingError`, `IllegalTransitionError` as above.
    """
    with _changing(name) as tenant:
        row = domain_of(tenant, check_domain(domain))
        if row.is_primary:
            return
        theirs = Domain.objects.filter(tenant=tenant)
        theirs.exclude(pk=row.pk).update(is_primary=False)
        theirs.filter(pk=row.pk).update(is_primary=True)
        note(tenant, "tenants.domain.made_primary", asked, domain=row.domain)


@contextmanager
def _changing(name: str) -> Iterator[Tenant]:
    """Hold a tenant's row for the length of a change: two removals must not both be the last but one."""
    with as_owner():
        leave_tenant()
        with transaction.atomic():
            yield lock_whole(name)
    forget_tenants()
