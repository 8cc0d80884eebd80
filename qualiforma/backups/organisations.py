"""One organisation as one file: out of an installation, and into the same or another one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from glob import escape
from pathlib import Path
from typing import Any

from django.contrib.sessions.models import Session
from psycopg import sql

from qualiforma import audit
from qualiforma.accounts.models import CompanySession, PendingEntry, RefreshFamily, RefreshToken
from qualiforma.backups.archive import Archive
from qualiforma.backups.errors import BackupError
from qualiforma.backups.loading import (
    check_archive,
    check_organisation,
    load_schema,
    store_files,
)
from qualiforma.backups.parts import consistent, write_part
from qualiforma.backups.restoring import register
from qualiforma.backups.staging import Staging
from qualiforma.backups.tables import owned
from qualiforma.errors import MissingError
from qualiforma.files import folder_of, keys_below, remove_below
from qualiforma.folders import scratch_folder
from qualiforma.idempotency.models import KeptAnswer
from qualiforma.provisioning.audit import TENANT
from qualiforma.provisioning.registration import default_domain, slug_lock
from qualiforma.provisioning.removal import drop
from qualiforma.tenants.context import (
    forget_tenants,
    get_tenant,
    leave_tenant,
    platform_context,
    tenant_context,
)
from qualiforma.tenants.models import Domain, Tenant, TenantStatus, new_schema_name
from qualiforma.tenants.owner import as_owner

# Worth nothing under another number or key: tokens, sessions, invitations, answers kept for retries.
LEFT_BEHIND = (CompanySession, KeptAnswer, PendingEntry, RefreshFamily, RefreshToken, Session)


def export_tenant(*, slug: str, output: Path, reason: str = "") -> dict[str, Any]:
    """Write one organisation to a new file; return what is to be known of it. Runs as the owner.

    The export stands in its trail, hence in the file, as the last entry. Shape: `head`, `missing`.
    Errors: `BackupError`; nothing half-written has the file's name.
    """
    if output.exists():
        raise BackupError(f"{output} exists already.")
    with as_owner(), beside(output) as folder:
        leave_tenant()
        try:
            tenant = get_tenant(slug)
        except MissingError as error:
            raise BackupError(str(error.detail)) from error
        with tenant_context(tenant), audit.action("backups.organisation.exported", reason=reason):
            audit.log_event(TENANT, tenant.pk)
        leave_tenant()
        staging, archive = Staging(folder / "staged"), folder / "archive"
        with consistent(staging, slug=slug) as snapshot:
            found = {}
            sessions = tuple(model._meta.db_table for model in LEFT_BEHIND)
            for part in snapshot.parts:
                found = write_part(replace(part, without=sessions), archive, snapshot, staging)
        if not found:
            raise BackupError(f"The organisation {slug} was deleted meanwhile.")
        with archive.open("rb") as file:
            os.fsync(file.fileno())
        archive.chmod(0o600)  # it holds everything of the organisation
        archive.rename(output)
    return found


def import_tenant(*, source: Path, slug: str = "", reason: str = "") -> Tenant:
    """Make an organisation of a file, under its own or another slug; return it. Runs as the owner.

    It gets a number and a schema of its own here, its trail goes on from the same head, and tables of
    an older release are brought up to this one. Killed, the same call starts over.
    Errors: `BackupError`; then nothing stays.
    """
    with Archive(source) as archive, as_owner():
        leave_tenant()
        if not archive.manifest.get("registration"):
            raise BackupError(f"{source} holds no organisation.")
        check_archive(archive)
        row = dict(archive.manifest["registration"])
        old, row["slug"] = row["slug"], slug or row["slug"]
        check_organisation(archive, row)
        with slug_lock(row["slug"]):
            _remove_half_made(row)
            _check_free(row)
            status = row["status"]
            del row["id"]
            row["schema_name"] = new_schema_name()
            tenant = _load(archive, row, _free_domains(archive, old, row["slug"]))
            with platform_context(), audit.action("backups.organisation.imported", reason=reason):
                head = "{}:{}".format(*archive.manifest["head"])
                audit.log_event(TENANT, tenant.pk, slug=tenant.slug, name=tenant.name, head=head)
            leave_tenant()
            tenant.status = status
            tenant.save(update_fields=["status"])
    forget_tenants()
    return tenant


@contextmanager
def beside(output: Path) -> Iterator[Path]:
    """Yield a folder on the same disk as a file that is to be made, and remove it.

    What a killed export to the same file left is removed first: it holds the organisation's records.
    """
    try:
        prefix = f".{output.name}-"
        with scratch_folder(output.parent, prefix, leavings=f"{escape(prefix)}*") as folder:
            yield folder
    except OSError as error:
        raise BackupError(f"{output} cannot be written ({error.strerror}).") from error


def _load(archive: Archive, row: dict[str, Any], domains: list[dict[str, Any]]) -> Tenant:
    folder = folder_of(row["storage_prefix"])
    tenant = register(row, domains)
    try:
        store_files(archive, folder)
        load_schema(archive, tenant.schema_name, folder)
        # Those that a backup, unlike an export, has of the organisation: they were another's.
        sessions = [sql.Identifier(tenant.schema_name, one._meta.db_table) for one in LEFT_BEHIND]
        with owned() as holder:
            holder.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(sessions)))
    except BaseException:  # whatever it was, also Ctrl-C: no half-made organisation stays
        remove_below(folder)
        drop(tenant)
        raise
    return tenant


def _remove_half_made(row: dict[str, Any]) -> None:
    """Take away what an import of the same organisation left that was killed."""
    half_made = Tenant.objects.filter(slug=row["slug"], status=TenantStatus.PROVISIONING).first()
    if half_made is not None:
        remove_below(folder_of(half_made.storage_prefix))
        drop(half_made)


def _check_free(row: dict[str, Any]) -> None:
    if Tenant.objects.filter(slug=row["slug"]).exists():
        raise BackupError(f"The short name {row['slug']} is taken: choose another with --slug.")
    prefix = row["storage_prefix"]
    other = Tenant.objects.filter(storage_prefix=prefix).first()
    if other is not None:
        # The audit trail names each file by its whole key: under another it would not verify.
        raise BackupError(
            f"Its files lie under tenants/{prefix}/, where {other.slug} has its own: delete that "
            "organisation first, or import into another installation."
        )
    if next(keys_below(folder_of(prefix)), None):
        raise BackupError(f"There are files of nobody under tenants/{prefix}/: remove them first.")


def _free_domains(archive: Archive, old: str, slug: str) -> list[dict[str, Any]]:
    """Return the host names it had and that nobody has here, and that of its slug."""
    kept = [one for one in archive.manifest["domains"] if one["domain"] != default_domain(old)]
    taken = set(
        Domain.objects.filter(domain__in=[one["domain"] for one in kept]).values_list(
            "domain", flat=True
        )
    )
    kept = [one for one in kept if one["domain"] not in taken]
    is_primary = not any(one["is_primary"] for one in kept)
    return [*kept, {"domain": default_domain(slug), "is_primary": is_primary}]
