"""From an archive back into a database: structure by migrations, then rows, then stored files."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import Any

import psycopg
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import DatabaseError
from psycopg import sql

import qualiforma
from qualiforma.backups.archive import Archive
from qualiforma.backups.errors import BackupError
from qualiforma.backups.shapes import ARCHIVE, check_shape
from qualiforma.backups.staging import named
from qualiforma.backups.tables import Connection, load_tables, owned
from qualiforma.backups.trails import check_trail, described
from qualiforma.errors import InvalidFieldsError
from qualiforma.files import is_key_below
from qualiforma.provisioning.registration import check_domain, check_registration
from qualiforma.provisioning.schemas import (
    gaps_of_migrations,
    known_migrations,
    make_schema_as_of,
    migrate_schema,
    unknown_migrations,
)
from qualiforma.provisioning.templates import fill_schema, is_on_node
from qualiforma.tenants.context import WHOLE
from qualiforma.tenants.sharding import distribute


def check_archive(archive: Archive) -> None:
    """Errors: `BackupError` for anything that cannot be loaded here, said before anything is."""
    check_shape(archive.manifest, ARCHIVE, archive.name)
    _check_release(archive)
    if registration := archive.manifest["registration"]:
        check_organisation(archive, registration)
    archive.verify()
    check_trail(archive)
    for name in archive.members:
        top, _, rest = name.partition("/")
        if top not in {"tables", "files"} or not is_key_below(f"x/{rest}", "x/"):
            raise BackupError(f"{archive.name}: {name} does not belong there.")


def _check_release(archive: Archive) -> None:
    product, applied = archive.manifest["product"], migrations_of(archive)
    if _numbers(product) > _numbers(qualiforma.__version__) or unknown_migrations(applied):
        raise BackupError(
            f"{archive.name} was written by QualiForma {product}, newer than this one "
            f"({qualiforma.__version__}): upgrade first, then load it."
        )
    if gaps := gaps_of_migrations(applied):
        raise BackupError(f"{archive.name}: its migrations lack {'.'.join(gaps[0])}.")


def check_organisation(archive: Archive, row: Mapping[str, Any]) -> None:
    """Hold what a file says of its organisation to what making one asks for.

    Errors: `BackupError`.
    """
    try:
        check_registration(
            name=row["name"], domain="", slug=row["slug"], storage_prefix=row["storage_prefix"]
        )
        for one in archive.manifest["domains"]:
            check_domain(one["domain"])
    except InvalidFieldsError as error:
        wrong = error.errors[0]
        raise BackupError(f"{row['slug']}: {wrong.field}: {wrong.detail}") from error
    if row["status"] not in WHOLE:
        raise BackupError(f"{row['slug']}: the state {row['status']} is none of a whole one.")
    if archive.manifest["head"] is None:
        raise BackupError(f"{archive.name} holds an organisation without an audit trail.")


def migrations_of(archive: Archive) -> set[tuple[str, str]]:
    """Return what made the tables that the archive's rows come from."""
    return {(app, name) for app, name in archive.manifest["migrations"]}


def load_schema(archive: Archive, schema: str, folder: str) -> None:
    """Make a schema with an archive's rows, then bring it up to this release. It must not exist.

    `folder`: where all of its files lie; rows that name others' are refused.

    Where the database is sharded it goes to a node at last: constraints that wait and triggers that
    are switched off concern the coordinator alone.

    Errors: `BackupError`. What was made until then stays: the caller takes it away.
    """
    make_structure(archive, schema)
    with refused(archive):
        with owned() as holder:
            load_tables(holder, schema, archive)
            check_migrations(holder, schema, archive)
        migrate_schema(schema)
        check_keys(archive, schema, folder)
        if is_on_node(schema):
            distribute(schema)


def check_migrations(holder: Connection, schema: str, archive: Archive) -> None:
    """Refuse a list of migrations, which is a table like any other, that is not the tables'."""
    select = sql.SQL("SELECT app, name FROM {}").format(sql.Identifier(schema, "django_migrations"))
    if set(holder.execute(select).fetchall()) != migrations_of(archive):
        raise BackupError(f"{archive.name}: its list of migrations is not that of its tables.")


def check_keys(archive: Archive, schema: str, folder: str) -> None:
    """Refuse rows that name files of others: whoever reads, or purges, goes by what rows name."""
    with owned() as holder:
        for key in named(holder, schema):
            if not is_key_below(key, f"{folder}/"):
                raise BackupError(f"{archive.name}: a row names {key}, not below {folder}/.")


def make_structure(archive: Archive, schema: str) -> None:
    """Make the tables as they were for whom wrote the archive."""
    applied = migrations_of(archive)
    if applied == set(known_migrations()):
        fill_schema(schema, distributed=False)
    else:
        make_schema_as_of(schema, applied)


@contextmanager
def refused(archive: Archive) -> Iterator[None]:
    """Turn what the database says of rows into a sentence."""
    try:
        yield
    except (psycopg.Error, DatabaseError) as error:
        [first, *_] = str(error).splitlines() or [""]
        raise BackupError(f"{described(archive)} cannot be loaded: {first}.") from error


def store_files(archive: Archive, folder: str) -> int:
    """Store each file of an archive under the key that its row names; return how many.

    What an interrupted try left there is replaced. Errors: the storage's.
    """
    count = 0
    for name in archive.members:
        if not name.startswith("files/"):
            continue
        key = f"{folder}/{name.removeprefix('files/')}"
        with TemporaryFile() as copy:
            for piece in archive.pieces(name):
                copy.write(piece)
            copy.seek(0)
            default_storage.delete(key)
            if default_storage.save(key, File(copy)) != key:
                raise BackupError(f"The storage of files keeps {key} under another name.")
        count += 1
    return count


def _numbers(version: str) -> list[int]:
    return [int(number) for number in version.split(".") if number.isdigit()]
