"""Where a person is named: in rows, in values of the audit trail, in stored files, in failed jobs."""

import html
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, Any

from django.core.files.storage import default_storage
from django.db.models import Model

from qualiforma.audit.erasure import Found, find_values
from qualiforma.audit.models import AuditEvent
from qualiforma.files import without_name
from qualiforma.personal_data.people import Person
from qualiforma.personal_data_registry import PersonalData, unfinished
from qualiforma.personal_data_registry import registered as held
from qualiforma.stored_files.registry import StoredFile, StoredFileRows
from qualiforma.stored_files.registry import registered as file_rows
from qualiforma.uploads import CHUNK_BYTES, UNPACKED_MAX_BYTES

PIECE_BYTES = 4 * 1024 * 1024
# What is read of one file before anything is unpacked: more than any upload has.
CONTENT_MAX_BYTES = 64 * 1024 * 1024
# Longer than a name with the tags between its letters.
OVERLAP_BYTES = 4096
# What damaged archives raise, whose uploads were taken or whose bytes were altered since.
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError),
    *(OSError, RuntimeError, ValueError),
)
_TAG = re.compile(r"<[^>]{0,2000}>")
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)


@dataclass(frozen=True)
class NamedRow:
    """A row that names the person. `is_own`: it is about them."""

    data: PersonalData
    pk: Any
    is_own: bool


@dataclass(frozen=True)
class NamedFile:
    """A stored file that names the person: in what it holds, or in its key alone."""

    rows: StoredFileRows
    stored: StoredFile
    is_in_content: bool


def rows_naming(person: Person) -> Iterator[NamedRow]:
    """Yield the rows of the open organisation that name a person. Cost: reads every text, in batches."""
    for data in held.values():
        columns = columns_of(data)
        own = own_ids(data, person)
        rows = data.model._meta.base_manager.order_by("pk").values_list("pk", *columns)
        for pk, *values in rows.iterator() if columns else ():
            is_own = pk in own
            if any(person.is_in(value, own=is_own) for value in values):
                yield NamedRow(data, pk, is_own)


def own_ids(data: PersonalData, person: Person) -> set[Any]:
    """Return the keys of the rows about a person. Cost: a statement."""
    return set(data.rows_about(person.user_id, person.addresses).values_list("pk", flat=True))


def columns_of(data: PersonalData) -> list[str]:
    """Return the columns whose texts are looked at: all but the keys of stored files."""
    keys = {rows.key for rows in file_rows if rows.model is data.model}
    return [name for name in data.texts() if name not in keys]


def values_naming(person: Person) -> Found:
    """Return the values of the trail that name a person; surnames count in entries about them.

    Cost: reads every entry, in bounded memory.
    """
    mine = {person.user_id} | {str(one) for data in held.values() for one in own_ids(data, person)}
    mine.discard("")

    def is_naming(event: AuditEvent, value: Any) -> bool:
        is_own = not mine.isdisjoint({event.object_id, event.root_id, event.actor})
        return person.is_in(value, own=is_own)

    return find_values(is_naming)


def files_naming(person: Person) -> Iterator[NamedFile]:
    """Yield the stored files that name a person. Cost: reads each file, in bounded memory."""
    for rows in file_rows:
        own = _owners(rows.model, person)
        for stored in rows.each():
            try:
                with default_storage.open(stored.key) as file:
                    is_in_content = any(
                        person.is_in(text, own=stored.row_id in own) for text in texts_of(file)
                    )
            except FileNotFoundError:
                continue  # `verify_files` names it
            if is_in_content or is_key_naming(person, stored.key):
                yield NamedFile(rows, stored, is_in_content)


def is_key_naming(person: Person, key: str) -> bool:
    """Say whether what a person called the file names them."""
    given = key.removeprefix(without_name(key))
    return bool(given) and person.is_in(given.replace("-", " ").replace("_", " ").title(), own=True)


def files_to_read(person: Person) -> Iterator[StoredFile]:
    """Yield the files of rows about a person whose content no program reads: pictures, PDF files."""
    for rows in file_rows:
        own = _owners(rows.model, person)
        for stored in rows.each() if own else ():
            if stored.row_id in own and not stored.key.endswith((".xlsx", ".docx", ".csv")):
                yield stored


def _owners(model: type[Model], person: Person) -> set[str]:
    data = held.get(model)
    return {str(one) for one in own_ids(data, person)} if data else set()


def texts_of(file: IO[bytes]) -> Iterator[str]:
    """Yield what can be read of a file: members of an archive, streams of a PDF, or its bytes.

    What is damaged is read up to there. A PDF that spells its letters by numbers of a font, and
    pictures, say nothing here. Memory: a few pieces, whatever a file unpacks to.
    """
    with TemporaryFile() as copy:
        while chunk := file.read(CHUNK_BYTES):
            copy.write(chunk)
        with suppress(*_DAMAGED), zipfile.ZipFile(copy) as archive:
            if members := archive.infolist():
                yield from _members(archive, members)
                return
        copy.seek(0)
        content = copy.read(CONTENT_MAX_BYTES)
    yield from _decoded(content)
    if content.startswith(b"%PDF"):
        packed = (found.group(1) for found in _STREAM.finditer(content))
        for piece in _within_bounds(map(_inflated, packed)):
            yield from _decoded(piece)


def _members(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> Iterator[str]:
    yield from (one.filename for one in members)
    for piece in _within_bounds(_unpacked(archive, one) for one in members):
        text = piece.decode("utf-8", "replace")
        yield html.unescape(_TAG.sub(" ", text))
        yield html.unescape(_TAG.sub("", text))


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    del member.CRC  # a wrong sum would keep the last piece from us
    with suppress(*_DAMAGED), archive.open(member) as part:
        while piece := part.read(PIECE_BYTES):
            yield piece


def _inflated(packed: bytes) -> Iterator[bytes]:
    inflater = zlib.decompressobj()
    with suppress(zlib.error):
        while packed:
            yield inflater.decompress(packed, PIECE_BYTES)
            packed = inflater.unconsumed_tail


def _within_bounds(parts: Iterable[Iterator[bytes]]) -> Iterator[bytes]:
    """Yield the pieces of each part, each with the end of the one before, so far as a file may unpack."""
    left = UNPACKED_MAX_BYTES
    for part in parts:
        before = b""
        for piece in part:
            yield before + piece
            before = (before + piece)[-OVERLAP_BYTES:]
            left -= len(piece)
            if left < 0:
                return


def _decoded(content: bytes) -> Iterator[str]:
    yield content.decode("utf-8", "replace")
    yield content.decode("cp1252", "replace")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        yield content.decode("utf-16", "replace")


def unfinished_of(files: Iterable[NamedFile]) -> Iterator[str]:
    """Yield the titles of files that work is still being done with. Cost: a statement for each."""
    for one in files:
        is_unfinished = unfinished.get(one.rows.model)
        rows = one.rows.model._meta.base_manager.filter(pk=one.stored.row_id)
        if is_unfinished is not None and rows.filter(is_unfinished).exists():
            yield one.stored.title
