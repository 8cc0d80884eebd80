"""The whole installation: backed up as one instant, verified, restored where there is nothing yet."""

import hashlib
import json
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

import qualiforma
from qualiforma import audit
from qualiforma.backups.archive import Archive
from qualiforma.backups.audit import INSTALLATION
from qualiforma.backups.errors import BackupError
from qualiforma.backups.loading import check_archive
from qualiforma.backups.parts import Part, consistent, write_part
from qualiforma.backups.places import SUMS, existing, new_folder
from qualiforma.backups.sealing import seal
from qualiforma.backups.shapes import ARCHIVE, BACKUP, check_shape
from qualiforma.backups.staging import Staging
from qualiforma.tenants.connection import tenant_connection
from qualiforma.tenants.context import leave_tenant, platform_context
from qualiforma.tenants.owner import as_owner

FORMAT, VERSION = "qualiforma-backup", 1
MANIFEST = "manifest.json"
Report = Callable[[str], None]


def silent(text: str) -> None:
    """Report nothing."""


def back_up(
    *, output: str, slug: str = "", passphrase: str = "", report: Report = silent
) -> dict[str, Any]:
    """Write a backup below `output`; return its manifest, with its name under `name`.

    `slug`: of one organisation alone. `passphrase`: seals the secret key in it. Runs as the owner.
    Errors: `BackupError`; then nothing stays that verifies.
    """
    sealed = seal(settings.SECRET_KEY, passphrase) if passphrase else None
    with as_owner():
        leave_tenant()
        name = _name(slug)
        with new_folder(output, name) as folder:
            at, archives = _write_archives(folder, slug, report)
            manifest = {
                "format": FORMAT,
                "version": VERSION,
                "name": name,
                "at": at,
                "product": qualiforma.__version__,
                "postgresql": tenant_connection.pg_version // 10_000,
                "tenant": slug,
                "secret_key": sealed,
                "archives": archives,
            }
            _write_manifest(folder, manifest)
        _note(name, slug)
    return manifest


def _write_archives(folder: Path, slug: str, report: Report) -> tuple[str, dict[str, Any]]:
    staged = folder / "staged"
    staging, archives = Staging(staged), {}
    (folder / "organisations").mkdir()
    with consistent(staging, slug=slug) as snapshot:
        if slug and not snapshot.parts:
            raise BackupError(f"No organisation has the short name {slug!r}.")
        for part in snapshot.parts:
            report(part.registration.get("slug") or part.schema)
            if found := write_part(part, folder / part.file_name, snapshot, staging):
                archives[part.file_name] = found
    shutil.rmtree(staged)
    return snapshot.at.astimezone(UTC).isoformat(), archives


def verify(source: str, *, report: Report = silent) -> dict[str, Any]:
    """Read a whole backup and check all of it; return its manifest. Needs no database.

    Errors: `BackupError` for what is missing, altered or cut short, and for a trail that does not
    lead to its kept head.
    """
    with existing(source) as folder, opened(folder) as (manifest, archives):
        for archive in archives:
            report(archive.name)
            check_archive(archive)
    return manifest


@contextmanager
def opened(folder: Path) -> Iterator[tuple[dict[str, Any], list[Archive]]]:
    """Open a backup's archives. Errors: `BackupError` unless all files are as the sums say."""
    manifest = _manifest(folder)
    with ExitStack() as stack:
        archives = [stack.enter_context(Archive(folder / name)) for name in manifest["archives"]]
        for archive, (name, kept) in zip(archives, manifest["archives"].items(), strict=True):
            check_shape(archive.manifest, ARCHIVE, archive.name)
            found = archive.manifest
            if [found[part] for part in ("schema", "head", "at")] != [
                kept["schema"],
                kept["head"],
                manifest["at"],
            ]:
                raise BackupError(f"{archive.name} is of another backup.")
            if Part(found["schema"], registration=found["registration"]).file_name != name:
                raise BackupError(f"{name} holds something else than its name says.")
        yield manifest, archives


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
        sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
        paths = [path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()]
        there = {str(path.relative_to(folder)) for path in paths if path.is_file()}
        if links := [path for path in paths if path.is_symlink() or not path.is_file()]:
            raise BackupError(f"{links[0]} is no plain file.")
        if odd := sorted((there - {SUMS}) ^ sums.keys()):
            raise BackupError(f"{folder}: {odd[0]} is missing or does not belong there.")
        for name, digest in sums.items():
            if _sha256(folder / name) != digest:
                raise BackupError(f"{folder}: {name} is not what was written.")
        text = (folder / MANIFEST).read_text(encoding="utf-8")
        manifest: dict[str, Any] = dict(json.loads(text))
    except (OSError, KeyError, ValueError, TypeError, RecursionError) as error:
        raise BackupError(f"{folder} is no whole backup ({error}).") from error
    if (manifest.get("format"), manifest.get("version")) != (FORMAT, VERSION):
        raise BackupError(f"{folder} is a backup of another kind, or of a newer QualiForma.")
    check_shape(manifest, BACKUP, str(folder))
    if odd := sorted({MANIFEST, SUMS, *manifest["archives"]} ^ there):
        raise BackupError(f"{folder}: {odd[0]} is missing or does not belong there.")
    return manifest


def _write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    names = sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file())
    lines = [f"{_sha256(folder / name)}  {name}\n" for name in names]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _name(slug: str) -> str:
    """Return a name that sorts by time and that no other backup has."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD\"T\"HH24MISS\"Z\"')")
        [at] = cursor.fetchone() or [""]
    middle = f"-{slug}" if slug else ""
    return f"qualiforma{middle}-{at}-{secrets.token_hex(3)}"


def _note(name: str, slug: str) -> None:
    with platform_context(), audit.action("backups.installation.backed_up"):
        audit.log_event(INSTALLATION, name, tenant=slug)
