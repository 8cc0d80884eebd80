"""Which tenant this code runs for. Features ask here; they know nothing of schemas.

The block form only: django-tenants' own context objects, used as decorators or through
`with tenant:`, share state between threads (platform notes, section 2).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from django.db import connection
from django_tenants.utils import schema_context

from qualiforma import logs
from qualiforma.errors import MissingError
from qualiforma.tenants.connection import tenant_connection
from qualiforma.tenants.models import PLATFORM_SCHEMA, Tenant, TenantStatus

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

# The others are half made or half gone.
WHOLE = (TenantStatus.ACTIVE, TenantStatus.SUSPENDED)
CACHE_SECONDS = 30.0
_cache: dict[str, tuple[float, Tenant]] = {}


def current_tenant() -> Tenant:
    """Return the tenant whose schema is open. Errors: `LookupError` outside of any tenant."""
    tenant = tenant_or_none()
    if tenant is None:
        raise LookupError("No tenant is open here.")
    return tenant


def tenant_or_none() -> Tenant | None:
    """Return the tenant whose schema is open, None on the platform and in `public`."""
    tenant = getattr(connection, "tenant", None)
    return tenant if isinstance(tenant, Tenant) else None


def current_scope() -> str:
    """Return what tokens and links are bound to here: the tenant's id, or the platform's name.

    Errors: `LookupError` outside of both.
    """
    if tenant_connection.schema_name == PLATFORM_SCHEMA:
        return PLATFORM_SCHEMA
    return str(current_tenant().pk)


def open_platform() -> None:
    """Point this thread's connection at the schema of the platform's own staff."""
    logs.bind(tenant=PLATFORM_SCHEMA)
    tenant_connection.set_schema(PLATFORM_SCHEMA)


def open_scope(scope: str) -> bool:
    """Open what a signed link names; False when that is no active tenant any more."""
    if scope == PLATFORM_SCHEMA:
        open_platform()
        return True
    tenant = Tenant.objects.filter(pk=scope, status=TenantStatus.ACTIVE).first()
    if tenant is not None:
        open_tenant(tenant)
    return tenant is not None


def open_tenant(tenant: Tenant) -> None:
    """Point this thread's connection at the tenant's schema until something else is opened."""
    logs.bind(tenant=tenant.slug)
    tenant_connection.set_tenant(tenant)


def enter_tenant(tenant: Tenant, joined: Any = None) -> bool:
    """Open a tenant's schema where the database has it as active now; else none, and return False.

    For requests: what a process remembers of tenants may have changed in another. Cost: one statement,
    which runs a `JoinedLookUp`, too.
    """
    is_active = tenant_connection.enter(tenant, joined)
    if is_active:
        logs.bind(tenant=tenant.slug)
    else:
        forget_tenants()
        leave_tenant()
    return is_active


def leave_tenant() -> None:
    """Point this thread's connection at `public`, where no tenant's table exists."""
    logs.unbind("tenant")
    tenant_connection.set_schema_to_public()


@contextmanager
def tenant_context(tenant: Tenant) -> Iterator[Tenant]:
    """Run a block for one tenant, then return to what was open before."""
    previous = tenant_connection.tenant
    with logs.bound(tenant=tenant.slug):
        open_tenant(tenant)
        try:
            yield tenant
        finally:
            tenant_connection.set_tenant(previous)


@contextmanager
def public_schema() -> Iterator[None]:
    """Run a block with the public schema alone, then restore the previous tenant."""
    previous = tenant_connection.tenant
    tenant_connection.set_schema_to_public()
    try:
        yield
    finally:
        tenant_connection.set_tenant(previous)


@contextmanager
def autonomous_connection() -> Iterator["CursorWrapper"]:
    """Run statements of the open tenant on a connection of their own, each committed at once.

    For what others must see while a long transaction is open: how far it is.
    """
    other: Any = connection.copy()
    other.set_tenant(tenant_connection.tenant)
    try:
        with other.cursor() as cursor:
            yield cursor
    finally:
        other.close()


@contextmanager
def platform_context() -> Iterator[None]:
    """Run a block in the schema of the platform's own staff."""
    with logs.bound(tenant=PLATFORM_SCHEMA), schema_context(PLATFORM_SCHEMA):
        yield


def active_tenant(slug: str) -> Tenant | None:
    """Return the active tenant of that slug, else None.

    Cost: one query per slug, process and 30 s; unknown slugs are never kept, so that a caller
    cannot fill the memory. Must be called with `public` open.
    """
    return _remembered(slug, slug=slug)


def tenant_of_host(host: str) -> Tenant | None:
    """Return the active tenant whose pages that host name serves, else None. Cost: as above."""
    # No slug has a colon in it.
    return _remembered(f"host:{host}", domains__domain=host)


def tenant_by_id(tenant_id: str) -> Tenant | None:
    """Return the active tenant of that id, else None. Cost: as above."""
    return _remembered(f"id:{tenant_id}", pk=tenant_id)


def _remembered(key: str, **named: str) -> Tenant | None:
    kept = _cache.get(key)
    now = time.monotonic()
    if kept and kept[0] > now:
        return kept[1]
    _cache.pop(key, None)
    tenant: Tenant | None = Tenant.objects.filter(status=TenantStatus.ACTIVE, **named).first()
    if tenant:
        _cache[key] = (now + CACHE_SECONDS, tenant)
    return tenant


def forget_tenants() -> None:
    """Drop what this process remembers of tenants, after one has changed."""
    _cache.clear()


def get_tenant(slug: str) -> Tenant:
    """Return a tenant by slug, active or suspended, for commands.

    Errors: `MissingError` when there is none, or when it is half made or half gone.
    """
    tenant = Tenant.objects.filter(slug=slug, status__in=WHOLE).first()
    if tenant is None:
        raise MissingError(f"No tenant has the slug {slug!r}.")
    return cast("Tenant", tenant)
