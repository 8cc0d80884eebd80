"""Comparing the rows of the open tenant that name stored files with what is stored."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from qualiforma.files import is_key_below, keys_below, tenant_folder
from qualiforma.stored_files.checking import copy_of, is_altered
from qualiforma.stored_files.registry import ROWS_AT_ONCE, StoredFile, StoredFileRows, registered

Kind = Literal["MISSING", "ALTERED", "EXTRA", "OUTSIDE", "UNREADABLE"]


@dataclass(frozen=True)
class Difference:
    """A file that is not as a row says, or of which no row says anything."""

    kind: Kind
    key: str
    detail: str = ""

    def __str__(self) -> str:
        """One line, whatever the key of a foreign file holds."""
        key = "".join(
            one if one.isprintable() else one.encode("unicode_escape").decode() for one in self.key
        )
        return f"{self.kind} {key}" + (f" ({self.detail})" if self.detail else "")


def differences(on_file: Callable[[StoredFile], None]) -> Iterator[Difference]:
    """Yield what is false of the open tenant's files; `on_file` is told each that a row names.

    What is uploaded or removed meanwhile is no difference. Errors: the storage's and the database's.
    Cost: reads each file, in bounded memory.
    """
    for rows in registered:
        for stored in rows.each():
            on_file(stored)
            found = _difference(rows, stored)
            if found and any(again == stored for again in rows.named([stored.key])):
                yield found
    yield from _extra()


def _difference(rows: StoredFileRows, stored: StoredFile) -> Difference | None:
    row = f"{stored.row_type} {stored.row_id}"
    if not is_key_below(stored.key, tenant_folder(rows.folder)):
        return Difference("OUTSIDE", stored.key, row)
    try:
        size, sha256 = copy_of(stored.key)
    except FileNotFoundError:
        return Difference("MISSING", stored.key, row)
    except OSError as error:
        return Difference("UNREADABLE", stored.key, f"{row}: {error.strerror}")
    if not is_altered(stored, size, sha256):
        return None
    return Difference(
        "ALTERED",
        stored.key,
        f"{row}: {stored.size} bytes and SHA-256 {stored.sha256} stored, {size} and {sha256} found",
    )


def _extra() -> Iterator[Difference]:
    keys = keys_below(tenant_folder().rstrip("/"))
    while batch := list(islice(keys, ROWS_AT_ONCE)):
        extra = set(batch) - _named(batch)
        for key in batch:
            # An upload is stored before its row is committed: asked once more.
            if key in extra and key not in _named([key]):
                yield Difference("EXTRA", key)


def _named(keys: list[str]) -> set[str]:
    """Return those of the keys that a row names. Cost: one statement per registered model."""
    askable = [key for key in keys if key.isprintable()]
    return {one.key for rows in registered for one in rows.named(askable)}
