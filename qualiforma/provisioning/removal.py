"""Deleting a tenant: what it is made of, and taking all of that away."""

import logging
import time
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from qualiforma.errors import FieldError, InvalidFieldsError
from qualiforma.files import folder_of, remove_below, stored_below
from qualiforma.provisioning.notes import note_on_the_platform
from qualiforma.provisioning.registration import registered, slug_lock
from qualiforma.tenants.context import CACHE_SECONDS, forget_tenants, leave_tenant
from qualiforma.tenants.locks import locked
from qualiforma.tenants.models import Domain, Tenant, TenantStatus
from qualiforma.tenants.owner import as_owner
from qualiforma.tenants.sharding import size_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Contents:
    """What a tenant holds. `rows` by table, empty tables left out; sizes in bytes."""

    schema_bytes: int
    rows: dict[str, int]
    files: int
    file_bytes: int
    domains: list[str]


def contents(tenant: Tenant) -> Contents:
    """Return what deleting the tenant would take away. Cost: counts each of its tables."""
    with as_owner():
        leave_tenant()
        tables, size = _tables(tenant.schema_name)
        sizes = [size for _key, size in stored_below(folder_of(tenant.storage_prefix))]
        return Contents(
            schema_bytes=size,
            rows=_rows(tenant.schema_name, tables),
            files=len(sizes),
            file_bytes=sum(sizes),
            domains=sorted(Domain.objects.filter(tenant=tenant).values_list("domain", flat=True)),
        )


def delete_tenant(*, name: str, confirm: str, grace_seconds: float = CACHE_SECONDS) -> None:
    """Delete the tenant of that slug or id for good: what other modules keep of it, files, schema, row.

    It is closed first, and stays so: the status DELETING has no way back. Then comes the time in
    which other processes may still remember it as active. The row goes last, together with the
    schema: killed at any point, the same call goes on.
    Errors: `MissingError`; `InvalidFieldsError` unless `confirm` is the tenant's slug.
    """
    with as_owner():
        leave_tenant()
        with slug_lock(registered(name).slug):
            tenant = registered(name)
            if confirm != tenant.slug:
                text = _("Répétez le nom court « %s » pour confirmer.") % tenant.slug
                raise InvalidFieldsError([FieldError("confirm", "mismatch", text)])
            Tenant.objects.filter(pk=tenant.pk).update(status=TenantStatus.DELETING)
            forget_tenants()
            time.sleep(grace_seconds)
            with locked(tenant.schema_name):  # a migration that runs there ends first
                for remover in settings.TENANT_REMOVERS:
                    import_string(remover)(tenant)
                remove_below(folder_of(tenant.storage_prefix))
                drop(tenant, code="tenants.tenant.deleted")
    logger.info("The tenant %s is deleted", tenant.pk)


def drop(tenant: Tenant, *, code: str = "") -> None:
    """Remove schema and registration, both or neither; runs as the owner.

    With a `code` the platform's trail says so.
    A connection broken by the failure before is opened anew.
    """
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
        if code:
            note_on_the_platform(tenant, code, slug=tenant.slug, name=tenant.name)


def _tables(schema: str) -> tuple[list[str], int]:
    """Return the schema's tables and their size with indexes and the like, in bytes."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT c.relname, {size_of('c.oid')} FROM pg_class c "  # noqa: S608 - a word of ours
            "JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = %s AND c.relkind = 'r' ORDER BY 1",
            [schema],
        )
        found = dict(cursor.fetchall())
    return list(found), sum(found.values())


def _rows(schema: str, tables: list[str]) -> dict[str, int]:
    if not tables:
        return {}
    count = sql.SQL("SELECT {}, count(*) FROM {}")
    counts = [count.format(table, sql.Identifier(schema, table)) for table in tables]
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(" UNION ALL ").join(counts).as_string())
        return {table: count for table, count in sorted(cursor.fetchall()) if count}
