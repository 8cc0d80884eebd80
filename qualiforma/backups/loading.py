"""From an archive back into a database: structure by migrations, then rows, then stored files."""

from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile

import psycopg
from django.core.files import File
from django.core.files.storage import default_storage

import qualiforma
from qualiforma.backups.archive import Archive
from qualiforma.backups.errors import BackupError
from qualiforma.backups.tables import load_tables, owned
from qualiforma.backups.trails import check_trail, described
from qualiforma.files import is_key_below
from qualiforma.provisioning.schemas import (
    known_migrations,
    make_schema_as_of,
    migrate_schema,
    unknown_migrations,
)
from qualiforma.provisioning.templates import fill_schema, is_on_node
from qualiforma.tenants.sharding import distribute


def check_archive(archive: Archive) -> None:
    """Errors: `BackupError` for anything that cannot be loaded here, said before anything is."""
    product = archive.manifest["product"]
    if _numbers(product) > _numbers(qualiforma.__version__) or unknown_migrations(
        migrations_of(archive)
    ):
        raise BackupError(
            f"{archive.name} was written by QualiForma {product}, newer than this one "
            f"({qualiforma.__version__}): upgrade first, then load it."
        )
    archive.verify()
    check_trail(archive)
    for name in archive.members:
        top, _, rest = name.partition("/")
        if top not in {"tables", "files"} or not is_key_below(f"x/{rest}", "x/"):
            raise BackupError(f"{archive.name}: {name} does not belong there.")


def migrations_of(archive: Archive) -> set[tuple[str, str]]:
    """Return what made the tables that the archive's rows come from."""
    return {(app, name) for app, name in archive.manifest["migrations"]}


def load_schema(archive: Archive, schema: str) -> None:
    """Make a schema with an archive's rows, then bring it up to this release. It must not exist.

    Where the database is sharded it goes to a node at last: constraints that wait and triggers that
    are switched off concern the coordinator alone.

    Errors: `BackupError`. What was made until then stays: the caller takes it away.
    """
    make_structure(archive, schema)
    with refused(archive), owned() as holder:
        load_tables(holder, schema, archive)
    migrate_schema(schema)
    if is_on_node(schema):
        with refused(archive):
            distribute(schema)


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
    except psycopg.Error as error:
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
