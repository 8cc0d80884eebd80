"""The audit trail inside an archive, checked without any database."""

import io
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from qualiforma.audit.verify_trail import FIELDS, Chain
from qualiforma.backups.archive import Archive
from qualiforma.backups.errors import BackupError
from qualiforma.backups.tables import TRAIL

_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_CONTROLS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def check_trail(archive: Archive) -> None:
    """Errors: `BackupError` unless each entry follows the one before it, up to the head kept beside."""
    head = archive.manifest["head"]
    if head is None:
        return
    chain = Chain((head[0], head[1]) if head[0] else None)
    try:
        for entry in entries(archive):
            chain.add(entry)
    except (KeyError, ValueError, RecursionError) as error:
        raise BackupError(f"The audit trail of {described(archive)} cannot be read.") from error
    chain.finish(chain.count)
    if chain.faults:
        fault = min(chain.faults)
        raise BackupError(
            f"The audit trail of {described(archive)} is broken at {fault.seq}: {fault.reason}."
        )


def entries(archive: Archive) -> Iterator[tuple[Any, ...]]:
    """Yield each entry as `qualiforma.audit.verify_trail` takes it. Memory: one entry."""
    columns = archive.manifest["tables"][TRAIL]["columns"]
    if f"tables/{TRAIL}" not in archive.members:
        return
    with archive.open(f"tables/{TRAIL}") as file:
        for line in io.TextIOWrapper(file, encoding="utf-8", newline="\n"):
            row = dict(zip(columns, map(_value, line[:-1].split("\t")), strict=True))
            yield tuple(_read(name, row[name]) for name in FIELDS)


def described(archive: Archive) -> str:
    """Return how people know what is in an archive."""
    return str(archive.manifest["registration"].get("slug") or archive.manifest["schema"])


def _value(text: str) -> str | None:
    """Read a value as COPY writes it."""
    if text == r"\N":
        return None
    return _ESCAPED.sub(lambda found: _CONTROLS.get(found[1], found[1]), text)


def _read(name: str, value: str | None) -> Any:
    with suppress(ValueError):  # what cannot be read is no entry, which the check says
        if value is not None and name == "seq":
            return int(value)
        if value is not None and name == "clear":
            return json.loads(value)
        if value is not None and name == "at":
            at = datetime.fromisoformat(value).astimezone(UTC)
            return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return value
