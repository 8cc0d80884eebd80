"""Jobs that need the owner of the database or every organisation: provisioning, the nightly check and cleaning."""

from collections.abc import Callable

from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from qualiforma.accounts.services import purge_company_sessions, purge_refresh_tokens
from qualiforma.audit.context import Named
from qualiforma.errors import (
    FieldError,
    IllegalTransitionError,
    InvalidFieldsError,
    MissingError,
    RuleError,
)
from qualiforma.idempotency.services import purge_kept_answers
from qualiforma.jobs.nightly import nightly_on_the_platform_too
from qualiforma.jobs.queue import OWNER_QUEUE, Job, job, periodic
from qualiforma.jobs.runner import GiveUpError
from qualiforma.jobs.services import purge_finished
from qualiforma.provisioning import guards, services
from qualiforma.provisioning.domains import domain_of, refuse_kept, refuse_taken
from qualiforma.provisioning.guard_checks import check_guards
from qualiforma.provisioning.notes import asked_in, note_request
from qualiforma.provisioning.registration import check_domain, registered
from qualiforma.ratelimit.services import purge_counters
from qualiforma.tenants.context import WHOLE, public_schema, tenant_or_none
from qualiforma.tenants.models import Tenant, TenantStatus

MOST_REASON_LETTERS = 500


def request_tenant(
    *,
    slug: str,
    name: str,
    domain: str = "",
    plan: str = "standard",
    actor: Named | None = None,
) -> int:
    """Ask for a tenant to be created; return the job's number.

    Errors: `InvalidFieldsError`, `TenantExistsError`, `DomainTakenError` for what can be known
    before.
    """
    host = services.check_registration(slug=slug, storage_prefix=slug, name=name, domain=domain)
    with public_schema():
        if Tenant.objects.filter(slug=slug).exclude(status=TenantStatus.PROVISIONING).exists():
            raise services.TenantExistsError(_("Le nom court « %s » est déjà pris.") % slug)
        if domain:
            refuse_taken(host)
            domain = host
        ids = {"slug": slug, "name": name, "domain": domain, "plan": plan}
        return _queue(provision, ids, "tenants.tenant.creation_requested", "", actor)


@job(name="tenants.provision", queue=OWNER_QUEUE, atomic=False)
def provision(*, slug: str, name: str, domain: str, plan: str, asked: str = "") -> None:
    """Create a tenant; one that an interrupted try has made already is what was wanted.

    Errors: `GiveUpError` when the names are refused, by now or by their shape.
    """
    made = Tenant.objects.filter(slug=slug, status=TenantStatus.ACTIVE).first()
    if made is not None and (made.name, made.plan) == (name, plan):
        return
    try:
        services.create_tenant(
            slug=slug, name=name, domain=domain, plan=plan, asked=asked_in(asked)
        )
    except RuleError as error:
        raise GiveUpError from error


def request_status(*, name: str, status: TenantStatus, reason: str, actor: Named) -> int:
    """Ask for a tenant to be suspended or opened again; return the job's number.

    Errors: `MissingError`; `InvalidFieldsError` without a reason; `IllegalTransitionError` for one
    that is so already, half made or half gone.
    """
    _check_reason(reason)
    with public_schema():
        tenant = _whole(name)
        if status not in WHOLE or status == tenant.status:
            raise IllegalTransitionError(current=tenant.status, allowed=[])
        code = "tenants.tenant.change_requested"
        ids = {"name": tenant.pk, "status": status.value}
        return _queue(set_status, ids, code, tenant.pk, actor, reason.strip())


@job(name="tenants.set_status", queue=OWNER_QUEUE, atomic=False)
def set_status(*, name: str, status: str, asked: str = "") -> None:
    """Suspend a tenant or open it again. Errors: `GiveUpError` when it is gone by now."""
    change = services.suspend_tenant if status == TenantStatus.SUSPENDED else services.resume_tenant
    try:
        change(name=name, asked=asked_in(asked))
    except RuleError as error:
        raise GiveUpError from error


def request_domain(*, name: str, domain: str, actor: Named) -> int:
    """Ask for a host name to lead to a tenant; return the job's number.

    Errors: as `services.add_domain`; `DomainTakenError` for one that it has already, too.
    """
    host = check_domain(domain)
    with public_schema():
        tenant = _whole(name)
        refuse_taken(host)
        return _queue_domain(add, tenant, host, actor)


def request_removal(*, name: str, domain: str, actor: Named) -> int:
    """Ask for a host name to be taken away. Errors: as `services.remove_domain`."""
    with public_schema():
        tenant = _whole(name)
        refuse_kept(domain_of(tenant, domain))
        return _queue_domain(remove, tenant, domain, actor)


def request_primary(*, name: str, domain: str, actor: Named) -> int:
    """Ask for a domain to become the primary one. Errors: as `services.set_primary_domain`."""
    with public_schema():
        tenant = _whole(name)
        domain_of(tenant, domain)
        return _queue_domain(set_primary, tenant, domain, actor)


@job(name="tenants.add_domain", queue=OWNER_QUEUE, atomic=False)
def add(*, name: str, domain: str, asked: str = "") -> None:
    """Add a host name. Errors: `GiveUpError` when it is refused by now."""
    _change_domain(services.add_domain, name, domain, asked)


@job(name="tenants.remove_domain", queue=OWNER_QUEUE, atomic=False)
def remove(*, name: str, domain: str, asked: str = "") -> None:
    """Take a host name away; that it is gone already is what was wanted. Errors: as above."""
    try:
        services.remove_domain(name=name, domain=domain, asked=asked_in(asked))
    except MissingError:
        return
    except RuleError as error:
        raise GiveUpError from error


@job(name="tenants.set_primary_domain", queue=OWNER_QUEUE, atomic=False)
def set_primary(*, name: str, domain: str, asked: str = "") -> None:
    """Make a host name the primary one. Errors: as above."""
    _change_domain(services.set_primary_domain, name, domain, asked)


def _change_domain(change: Callable[..., None], name: str, domain: str, asked: str) -> None:
    try:
        change(name=name, domain=domain, asked=asked_in(asked))
    except RuleError as error:
        raise GiveUpError from error


def _queue_domain(what: Job, tenant: Tenant, host: str, actor: Named) -> int:
    ids = {"name": tenant.pk, "domain": host}
    return _queue(what, ids, "tenants.tenant.change_requested", tenant.pk, actor)


def _queue(
    what: Job,
    ids: dict[str, str],
    code: str,
    tenant_id: str,
    actor: Named | None,
    reason: str = "",
) -> int:
    """Queue a job and say in the platform's trail who asked for it, both or neither."""
    with transaction.atomic():
        if actor is not None:
            told = {key: value for key, value in ids.items() if key != "name" or not tenant_id}
            number = note_request(code, tenant_id, actor=actor, reason=reason, **told)
            ids = ids | {"asked": number}
        return what.enqueue(ids)


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise InvalidFieldsError([FieldError("reason", "blank", _("Indiquez un motif."))])
    if len(reason) > MOST_REASON_LETTERS:
        raise InvalidFieldsError([FieldError("reason", "max_length", _("500 caractères au plus."))])


def _whole(name: str) -> Tenant:
    tenant = registered(name)
    if tenant.status not in WHOLE:
        raise IllegalTransitionError(current=tenant.status, allowed=[])
    return tenant


@periodic(name="jobs.clean_up_shared", cron="47 2 * * *")
def clean_up_shared() -> None:
    """Drop what has had its time of the shared rows."""
    purge_finished()
    purge_counters()


@nightly_on_the_platform_too
@job(name="jobs.clean_up_tenant")
def clean_up_tenant() -> None:
    """Drop spent refresh tokens, sessions that ended, and kept answers past their time."""
    SessionStore.clear_expired()
    purge_refresh_tokens()
    purge_company_sessions()
    purge_kept_answers()


@nightly_on_the_platform_too
@job(name="audit.check_guards", queue=OWNER_QUEUE, atomic=False)
def check_guards_by_night() -> None:
    """Compare the guards of the open schema with what the migrations make; enter the outcome."""
    check_guards(tenant_or_none(), guards.wanted())
