"""What an installation is made of: shared tables, the platform, organisations; each goes into one archive."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils.timezone import now
from psycopg import sql

import qualiforma
from qualiforma.audit.verify_trail import FIRST
from qualiforma.backups.archive import Writer
from qualiforma.backups.errors import BackupError
from qualiforma.backups.staging import Staging
from qualiforma.backups.tables import Connection, owned, tables_of, write_tables
from qualiforma.files import folder_of
from qualiforma.provisioning.schemas import UNDER_WAY
from qualiforma.tenants.context import WHOLE
from qualiforma.tenants.locks import locked
from qualiforma.tenants.models import PLATFORM_SCHEMA

ROUNDS = 5
PUBLIC = "public"
# Made by migrations; of one storage of files; written with the organisations.
NOT_SHARED = ("django_migrations", "tenants_storagemark", "tenants_domain", "tenants_tenant")
_ORGANISATIONS = """
SELECT to_jsonb(t), coalesce(
    (SELECT jsonb_agg(to_jsonb(d) ORDER BY d.domain) FROM public.tenants_domain d WHERE d.tenant_id = t.id), '[]')
FROM public.tenants_tenant t
WHERE t.status = ANY(%s) AND (%s = '' OR t.slug = %s) ORDER BY t.slug
"""


@dataclass(frozen=True)
class Part:
    """One schema with its folder of stored files. `registration`: an organisation's row in `public`."""

    schema: str
    folder: str = ""
    registration: dict[str, Any] = field(default_factory=dict)
    domains: list[dict[str, Any]] = field(default_factory=list)
    without: tuple[str, ...] = ()

    @property
    def file_name(self) -> str:
        """Where its archive lies in a backup."""
        if self.registration:
            return f"organisations/{self.registration['id']}.zip"
        return f"{'shared' if self.schema == PUBLIC else self.schema}.zip"


@dataclass(frozen=True)
class Snapshot:
    """An instant of the whole database, for as long as the transaction that exported it is open."""

    number: str
    at: datetime
    parts: list[Part]


@contextmanager
def consistent(staging: Staging, *, slug: str = "") -> Iterator[Snapshot]:
    """Take an instant of which every stored file is at hand; of everything, or of one organisation.

    A file is deleted as soon as its row is. So the files are copied first; then an instant is taken,
    and what it names beyond that is copied. Where a file went in between, another instant is taken.
    Errors: `BackupError` where files go faster than they are copied.
    """
    with owned() as before:
        _stage(before, staging, organisations(before, slug))
    for _round in range(ROUNDS):
        with _instant() as (holder, number, at):
            parts = organisations(holder, slug)
            if not slug:
                parts = [
                    Part(PUBLIC, without=NOT_SHARED),
                    Part(PLATFORM_SCHEMA, PLATFORM_SCHEMA),
                    *parts,
                ]
            if _stage(holder, staging, parts):
                yield Snapshot(number, at, parts)
                return
    raise BackupError("Files are deleted faster than they can be copied: run the backup again.")


@contextmanager
def _instant() -> Iterator[tuple[Connection, str, datetime]]:
    """Open a transaction that reads one instant, and export it."""
    with owned(repeatable=True) as holder:
        # The transaction's own time is before the instant: what was committed by then is in it.
        [at] = holder.execute("SELECT transaction_timestamp()").fetchone() or [now()]
        [number] = holder.execute("SELECT pg_export_snapshot()").fetchone() or [""]
        yield holder, number, at


def organisations(holder: Connection, slug: str = "") -> list[Part]:
    """Return those that are whole: creating and deleting the others starts over by itself."""
    rows = holder.execute(_ORGANISATIONS, [list(WHOLE), slug, slug]).fetchall()
    return [
        Part(row["schema_name"], folder_of(row["storage_prefix"]), row, domains)
        for row, domains in rows
    ]


def write_part(part: Part, path: Path, snapshot: Snapshot, staging: Staging) -> dict[str, Any]:
    """Write one archive; return what is to be known of it without opening it.

    Shape: empty for an organisation that was deleted meanwhile. Nobody migrates or deletes it until
    it is written. Errors: `BackupError` where it was migrated since the instant.
    """
    with locked(part.schema), owned(snapshot=snapshot.number) as holder:
        if not is_there(holder, part.schema):
            return {}
        migrations = _migrations(holder, part.schema)
        if migrations != _migrations_now(part.schema):
            raise BackupError(f"{part.schema} was migrated meanwhile: run the backup again.")
        archive = Writer(path)
        try:
            manifest = {
                "product": qualiforma.__version__,
                "postgresql": holder.info.server_version // 10_000,
                "at": snapshot.at.astimezone(UTC).isoformat(),
                "schema": part.schema,
                "registration": part.registration,
                "domains": part.domains,
                "without": list(part.without),
                "migrations": migrations,
                "head": _head(holder, part.schema),
                **write_tables(holder, part.schema, archive, without=part.without),
                "missing": staging.write(holder, part.schema, part.folder, archive),
            }
            archive.finish(manifest)
        except BaseException:
            archive.close()
            path.unlink()
            raise
    kept = {name: manifest[name] for name in ("schema", "head", "missing")}
    return kept | {"slug": part.registration.get("slug", "")}


def is_there(holder: Connection, schema: str) -> bool:
    """Say whether a schema exists now, whatever the transaction's instant."""
    [found] = holder.execute("SELECT to_regnamespace(%s) IS NOT NULL", [schema]).fetchone() or [0]
    return bool(found)


def _stage(holder: Connection, staging: Staging, parts: list[Part]) -> bool:
    """Copy each file that the parts' rows name; say whether all were there that should be."""
    complete = True
    for part in parts:
        with locked(part.schema):
            if part.folder and is_there(holder, part.schema):
                complete &= staging.fetch(holder, part.schema)
    return complete


def _migrations(holder: Connection, schema: str) -> list[list[str]]:
    found = [list(row) for row in holder.execute(_migrations_of(schema)).fetchall()]
    if list(UNDER_WAY) in found:
        raise BackupError(f"{schema} is half migrated: run migrate_tenants first.")
    return found


def _migrations_now(schema: str) -> list[list[str]]:
    with connection.cursor() as cursor:
        cursor.execute(_migrations_of(schema).as_string())
        return [list(row) for row in cursor.fetchall()]


def _migrations_of(schema: str) -> sql.Composed:
    select = sql.SQL("SELECT app, name FROM {} ORDER BY id")
    return select.format(sql.Identifier(schema, "django_migrations"))


def _head(holder: Connection, schema: str) -> list[Any] | None:
    if "audit_event" not in tables_of(holder, schema):
        return None
    select = sql.SQL("SELECT seq, hash FROM {} WHERE seq IS NOT NULL ORDER BY seq DESC LIMIT 1")
    row = holder.execute(select.format(sql.Identifier(schema, "audit_event"))).fetchone()
    return list(row or (0, FIRST))
