"""A backup back into an installation that has nothing yet."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from psycopg import sql

from qualiforma import audit
from qualiforma.backups.archive import Archive
from qualiforma.backups.audit import INSTALLATION
from qualiforma.backups.errors import BackupError
from qualiforma.backups.installation import Report, opened, silent
from qualiforma.backups.loading import (
    check_archive,
    check_keys,
    check_migrations,
    load_schema,
    make_structure,
    migrations_of,
    refused,
    store_files,
)
from qualiforma.backups.parts import NOT_SHARED, PUBLIC, is_there
from qualiforma.backups.places import existing
from qualiforma.backups.sealing import unseal
from qualiforma.backups.tables import load_tables, owned, tables_of
from qualiforma.files import folder_of, remove_below, stored_folders
from qualiforma.provisioning.removal import drop
from qualiforma.provisioning.schemas import known_migrations, make_schema_as_of, migrate_schema
from qualiforma.tenants.connection import tenant_connection
from qualiforma.tenants.context import forget_tenants, leave_tenant, platform_context
from qualiforma.tenants.locks import locked
from qualiforma.tenants.models import PLATFORM_SCHEMA, Domain, Tenant, TenantStatus
from qualiforma.tenants.owner import as_owner

# As `new_schema_name` makes them.
_SCHEMA = re.compile(r"t_[0-9a-f]{24}")


def restore(
    *,
    source: str,
    reason: str,
    passphrase: str = "",
    secret_key_to: Path | None = None,
    report: Report = silent,
) -> dict[str, Any]:
    """Fill an empty installation with a backup; return its manifest. Runs as the owner.

    Organisations are closed until all of them are there: killed in between, the same call starts
    over. Errors: `BackupError`; what was written until then is taken away.
    """
    with existing(source) as folder, opened(folder) as (manifest, archives), as_owner():
        leave_tenant()
        _check(manifest, archives, report)
        secret = unseal(manifest["secret_key"] or {}, passphrase) if secret_key_to else ""
        with locked("restore"):
            _check_empty()
            with _secret_at(secret_key_to, secret), _taken_away_on_failure(archives):
                _load(archives, report)
            with platform_context(), audit.action("backups.installation.restored", reason=reason):
                audit.log_event(INSTALLATION, manifest["name"], at=manifest["at"])
    forget_tenants()
    return manifest


def _check(manifest: Mapping[str, Any], archives: list[Archive], report: Report) -> None:
    here = tenant_connection.pg_version // 10_000
    if manifest["tenant"]:
        raise BackupError(
            f"This backup holds the organisation {manifest['tenant']} alone: load it with import_tenant."
        )
    if manifest["postgresql"] != here:
        raise BackupError(
            f"This backup is of PostgreSQL {manifest['postgresql']}, the database here is {here}: "
            "restore it there, or move each organisation with export_tenant and import_tenant."
        )
    for archive in archives:
        report(f"checking {archive.name}")
        check_archive(archive)
    _check_together(archives)


def _check_together(archives: list[Archive]) -> None:
    """Refuse a backup that lacks a part, or whose organisations have a name in common."""
    schemas = {archive.manifest["schema"] for archive in archives}
    if missing := sorted({PUBLIC, PLATFORM_SCHEMA} - schemas):
        raise BackupError(f"This backup has no archive of {missing[0]}.")
    for archive in archives:
        row, schema = archive.manifest["registration"], archive.manifest["schema"]
        if (row or {"schema_name": schema})["schema_name"] != schema:
            raise BackupError(f"{archive.name}: its schema {schema} is not the organisation's.")
        if not (_SCHEMA.fullmatch(schema) if row else schema in {PUBLIC, PLATFORM_SCHEMA}):
            raise BackupError(f"{archive.name}: no organisation's schema is named {schema}.")
    rows = [one.manifest["registration"] for one in archives if one.manifest["registration"]]
    for name in ("id", "schema_name", "slug", "storage_prefix"):
        value, count = Counter(row[name] for row in rows).most_common(1)[0] if rows else ("", 1)
        if count > 1:
            raise BackupError(f"This backup has two organisations whose {name} is {value}.")


@contextmanager
def _taken_away_on_failure(archives: list[Archive]) -> Iterator[None]:
    """Leave an installation empty that a restore was to fill, whatever stops it."""
    with owned() as holder:
        had_platform = is_there(holder, PLATFORM_SCHEMA)
    try:
        yield
    except BaseException:  # whatever it was, also Ctrl-C
        numbers = [archive.manifest["registration"].get("id") for archive in archives]
        if not is_behind_everything():
            for tenant in Tenant.objects.filter(pk__in=numbers):
                remove_below(folder_of(tenant.storage_prefix))
                drop(tenant)
            # An organisation that somebody made meanwhile needs what is shared.
            if not Tenant.objects.exists():
                _empty_shared(with_platform=had_platform)
        remove_below(PLATFORM_SCHEMA)
        raise


def _empty_shared(*, with_platform: bool) -> None:
    with owned() as holder:
        names = sorted(set(tables_of(holder, PUBLIC)) - set(NOT_SHARED))
        tables = sql.SQL(", ").join(sql.Identifier(PUBLIC, name) for name in names)
        holder.execute(sql.SQL("TRUNCATE {}").format(tables))
        holder.execute(
            sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(PLATFORM_SCHEMA))
        )
    if with_platform:
        migrate_schema(PLATFORM_SCHEMA)


def _check_empty() -> None:
    """Errors: `BackupError` naming what an installation has that is to be empty.

    What an interrupted restore has left is half made, and taken away.
    """
    if is_behind_everything():
        return
    full = Tenant.objects.exclude(status=TenantStatus.PROVISIONING).count()
    if full:
        raise BackupError(
            f"This installation has {full} organisation(s): restore into an empty one, or load one "
            "organisation with import_tenant."
        )
    with owned() as holder:
        if is_there(holder, PLATFORM_SCHEMA) and "accounts_user" in tables_of(
            holder, PLATFORM_SCHEMA
        ):
            users = holder.execute("SELECT FROM platform.accounts_user LIMIT 1").rowcount
            if users:
                raise BackupError(
                    "This installation's platform has users: restore into an empty one."
                )
    for tenant in Tenant.objects.filter(status=TenantStatus.PROVISIONING):
        remove_below(folder_of(tenant.storage_prefix))
        drop(tenant)
    if stray := stored_folders():
        raise BackupError(
            f"The storage of files has {stray[0]} already: restore into an empty one."
        )


def is_behind_everything() -> bool:
    """Say whether the database has no tables yet."""
    with owned() as holder:
        return "tenants_tenant" not in tables_of(holder, PUBLIC)


def _load(archives: list[Archive], report: Report) -> None:
    by_schema = {archive.manifest["schema"]: archive for archive in archives}
    shared, platform = by_schema.pop(PUBLIC), by_schema.pop(PLATFORM_SCHEMA)
    report("shared tables")
    _load_shared(shared)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {PLATFORM_SCHEMA} CASCADE")
    statuses = {}
    for archive in by_schema.values():
        row = archive.manifest["registration"]
        report(row["slug"])
        statuses[row["id"]] = row["status"]
        register(row, archive.manifest["domains"])
        store_files(archive, folder_of(row["storage_prefix"]))
        load_schema(archive, row["schema_name"], folder_of(row["storage_prefix"]))
    report("platform")
    store_files(platform, PLATFORM_SCHEMA)
    make_structure(platform, PLATFORM_SCHEMA)
    with refused(platform), owned() as holder:
        # Users of the platform and open organisations come together: from then on it is not empty.
        load_tables(holder, PLATFORM_SCHEMA, platform)
        check_migrations(holder, PLATFORM_SCHEMA, platform)
        for number, status in statuses.items():
            holder.execute(
                "UPDATE public.tenants_tenant SET status = %s WHERE id = %s", [status, number]
            )
    with refused(platform):
        migrate_schema(PLATFORM_SCHEMA)
        check_keys(platform, PLATFORM_SCHEMA, PLATFORM_SCHEMA)


def _load_shared(shared: Archive) -> None:
    """Fill `public`, whose tables are made first; then bring it up to this release."""
    if is_behind_everything():
        if migrations_of(shared) == set(known_migrations()):
            migrate_schema(PUBLIC)
        else:
            make_schema_as_of(PUBLIC, migrations_of(shared))
    elif migrations_of(shared) != set(known_migrations()):
        raise BackupError(
            "This backup is of an older release: restore it into a database without any table."
        )
    with refused(shared), owned() as holder:
        load_tables(holder, PUBLIC, shared, kept=NOT_SHARED)
    migrate_schema(PUBLIC)


@transaction.atomic
def register(row: Mapping[str, Any], domains: list[dict[str, Any]]) -> Tenant:
    """Enter an organisation as half made, with its domains. Fields of an older release are kept."""
    known = {field.attname for field in Tenant._meta.concrete_fields}
    values = {name: value for name, value in row.items() if name in known}
    try:
        tenant: Tenant = Tenant.objects.create(**values | {"status": TenantStatus.PROVISIONING})
        for domain in domains:
            Domain.objects.create(
                tenant=tenant, domain=domain["domain"], is_primary=domain["is_primary"]
            )
    except (DatabaseError, ValidationError, ValueError, TypeError) as error:
        [first, *_] = str(error).splitlines() or [""]
        raise BackupError(f"{row['slug']} cannot be registered: {first}.") from error
    return tenant


@contextmanager
def _secret_at(path: Path | None, secret: str) -> Iterator[None]:
    """Write the secret key before anything is restored, and take it away where that fails."""
    if path is None:
        yield
        return
    try:
        if not (path.exists() and path.read_text() == secret):  # of a try that was killed
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secret)
    except OSError as error:
        raise BackupError(
            f"{path} cannot be written ({error.strerror}); nothing was restored."
        ) from error
    try:
        yield
    except BaseException:  # whatever it was, also Ctrl-C
        path.unlink(missing_ok=True)
        raise
