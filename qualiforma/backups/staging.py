"""Copies of stored files on their way into an archive."""

import shutil
from pathlib import Path
from typing import Any

from psycopg import sql

from qualiforma.backups.archive import Writer
from qualiforma.backups.errors import BackupError
from qualiforma.backups.tables import Connection, owned, tables_of
from qualiforma.outages import StorageAwayError
from qualiforma.stored_files.checking import copy_of
from qualiforma.stored_files.registry import registered


class Staging:
    """A folder of copies. Each is made once, as a stored file never changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._copies: dict[str, Path] = {}
        self._sha256: dict[str, str] = {}
        folder.mkdir(mode=0o700)

    def fetch(self, holder: Connection, schema: str) -> bool:
        """Copy what the schema's rows name and is not copied yet.

        Say whether the instant can be kept: not where a file went together with its row. A file
        that is gone although its row is there was lost before.
        """
        lost = [key for key in named(holder, schema) if not self._copy(key)]
        if not lost:
            return True
        with owned() as later:
            still_named = named(later, schema)
        return set(lost) <= still_named.keys()

    def write(self, holder: Connection, schema: str, folder: str, archive: Writer) -> list[str]:
        """Write `files/<key below the folder>` each; return what is missing or altered, by key."""
        wrong = []
        for key, sha256 in named(holder, schema).items() if folder else ():
            copy = self._copies.pop(key, None)
            if copy is None or not key.startswith(f"{folder}/"):
                wrong.append(key)
                continue
            if sha256 not in {"", self._sha256[key]}:
                wrong.append(key)
            with copy.open("rb") as source:
                name = f"files/{key.removeprefix(folder + '/')}"
                with archive.member(name, is_packed=False) as target:
                    shutil.copyfileobj(source, target)
            copy.unlink()
        return wrong

    def _copy(self, key: str) -> bool:
        if key in self._copies:
            return True
        path = self._folder / str(len(self._copies))
        try:
            with path.open("wb") as target:
                _size, self._sha256[key] = copy_of(key, target)
        except FileNotFoundError:
            path.unlink(missing_ok=True)
            return False
        except StorageAwayError as error:
            raise BackupError(f"The storage of files does not answer ({error}).") from error
        self._copies[key] = path
        return True


def named(holder: Connection, schema: str) -> dict[str, str]:
    """Return the SHA-256 of each stored file by key, as the schema's rows say; empty for none known."""
    there = tables_of(holder, schema)
    found: dict[str, str] = {}
    for rows in registered:
        table, columns = rows.model._meta.db_table, _columns(rows)
        if not set(columns) <= set(there.get(table, [])):
            continue  # an older release's
        select = sql.SQL("SELECT {} FROM {} WHERE {} <> '' ORDER BY 1").format(
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.Identifier(schema, table),
            sql.Identifier(columns[0]),
        )
        for key, *sha256 in holder.execute(select).fetchall():
            found[key] = found.get(key) or (sha256[0] if sha256 else "") or ""
    return found


def _columns(rows: Any) -> list[str]:
    meta = rows.model._meta
    return [meta.get_field(name).column for name in (rows.key, rows.sha256) if name]
