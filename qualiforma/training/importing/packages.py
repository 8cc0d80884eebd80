"""A spreadsheet as a ZIP archive of XML parts: its bounds, its names, and how a part is read.

Every bound is checked before the bytes it speaks of are read; what is broken is one refusal.
"""

import posixpath
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from xml.etree import ElementTree as ET
from xml.parsers import expat

from django.utils.translation import gettext as _

from qualiforma.training.importing.exceptions import UnreadableFileError

CHUNK_BYTES = 64 * 1024
# An export of 100,000 rows has five entries and unpacks to 60 MiB at a ratio of 8 to 25; a bomb of
# zeros has a ratio of 1,000.
ENTRIES_MAX = 1_000
UNPACKED_MAX_BYTES = 300 * 1024 * 1024
STRINGS_MAX_BYTES = 64 * 1024 * 1024
# Parts read as a whole: the list of sheets, the relations.
WHOLE_MAX_BYTES = 4 * 1024 * 1024
# XML between two rows, or two texts: nothing of it is let go before the next one.
PIECE_MAX_BYTES = 2 * 1024 * 1024
RATIO_MAX = 200
SMALL_BYTES = 1024 * 1024
PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # all that the formats have
# Workbooks of the strict variant differ from usual ones in their namespaces alone.
STRICT = (
    (b"http://purl.oclc.org/ooxml/spreadsheetml/main", b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"),
    (b"http://purl.oclc.org/ooxml/officeDocument/relationships", b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"),
)  # fmt: skip


class Package:
    """The parts of an archive by their names, whatever slashes and case those are written in."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._members = {_plain(one.filename): one for one in archive.infolist()}

    def has(self, name: str) -> bool:
        """Say whether there is such a part."""
        return _plain(name) in self._members

    def size(self, name: str) -> int:
        """Return how large a part is once it is unpacked."""
        return self._members[_plain(name)].file_size

    def open(self, name: str, *, most: int = UNPACKED_MAX_BYTES) -> IO[bytes]:
        """Open a part of XML. Errors: `KeyError`; `ValueError` where it is too large."""
        member = self._members[_plain(name)]
        if member.file_size > most:
            raise ValueError(name)
        with self._archive.open(member) as file:
            _refuse_declarations(file)
        return self._archive.open(member)

    def read(self, name: str) -> bytes:
        """Return a small part as a whole, the name that openpyxl knows this by."""
        with self.open(name, most=WHOLE_MAX_BYTES) as file:
            return _usual(file.read())


class Pieces:
    """A part for a parser, which is stopped where too much comes before the next element."""

    def __init__(self, file: IO[bytes], most: int = PIECE_MAX_BYTES) -> None:
        self._file = file
        self._most = most
        self._since = 0
        self._is_first = True

    def read(self, size: int) -> bytes:
        """Return the next bytes. Errors: `ValueError` for too many without `go_on`."""
        data = self._file.read(size)
        self._since += len(data)
        if self._since > self._most:
            raise ValueError("piece")
        if self._is_first:  # namespaces are declared in the root
            self._is_first, data = False, _usual(data)
        return data

    def go_on(self) -> None:
        """Say that what was read so far is let go."""
        self._since = 0


def elements(pieces: Pieces, *tags: str) -> Iterator[tuple[list[ET.Element], ET.Element]]:
    """Yield the elements of these names, each with those around it. Memory: one of them."""
    path: list[ET.Element] = []
    tenant_context = 0
    source: Any = pieces  # a parser needs no more of a file than that it is read
    for event, element in ET.iterparse(source, events=("start", "end")):  # noqa: S314 - declarations of entities are refused
        if event == "start":
            path.append(element)
            tenant_context += element.tag in tags
            continue
        path.pop()
        if element.tag in tags:
            tenant_context -= 1
            if not tenant_context:
                yield path, element
        if not tenant_context:
            pieces.go_on()
            element.clear()
            if path:
                del path[-1][:]


@contextmanager
def opened(path: Path) -> Iterator[Package]:
    """Open an archive within its bounds. Errors: `UnreadableFileError`, also of the block."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check_bounds(archive)
            yield Package(archive)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        expat.ExpatError,
        ET.ParseError,
        AttributeError,
        EOFError,
        IndexError,
        KeyError,
        LookupError,
        NotImplementedError,
        OSError,
        OverflowError,
        RuntimeError,  # encrypted
        TypeError,
        ValueError,
        zlib.error,
    ) as error:
        raise UnreadableFileError(
            _("Ce classeur est abîmé ou n’est pas un classeur XLSX ou ODS.")
        ) from error


def _check_bounds(archive: zipfile.ZipFile) -> None:
    """Refuse a bomb by what its directory says, before anything is unpacked.

    What the directory says is binding: `zipfile` unpacks no byte beyond the size stated there.
    """
    members = archive.infolist()
    total = sum(one.file_size for one in members)
    packed = any(
        one.file_size > SMALL_BYTES and one.file_size > RATIO_MAX * max(one.compress_size, 1)
        for one in members
    )
    if any(one.compress_type not in PACKINGS for one in members):
        raise zipfile.BadZipFile
    if len(members) > ENTRIES_MAX or len({_plain(one.filename) for one in members}) != len(members):
        raise UnreadableFileError(_("Ce classeur contient trop de parties, ou deux du même nom."))
    if packed or total > UNPACKED_MAX_BYTES:
        text = _("Ce classeur occuperait %d Mo une fois décompressé : il n’est pas ouvert.")
        raise UnreadableFileError(text % (total // 1024 // 1024))


def _plain(name: str) -> str:
    return posixpath.normpath(name.replace("\\", "/")).lstrip("/").lower()


def _usual(data: bytes) -> bytes:
    for strict, usual in STRICT:
        data = data.replace(strict, usual)
    return data


class _RootReachedError(Exception):
    """No fault: the rest is the parser's."""


def _refuse_declarations(file: IO[bytes]) -> None:
    """No spreadsheet declares entities; a bomb of them does. Errors: `ValueError`."""
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _raising(ValueError("doctype"))
    parser.StartElementHandler = _raising(_RootReachedError())
    size = 0
    try:
        while (chunk := file.read(CHUNK_BYTES)) and size < PIECE_MAX_BYTES:
            size += len(chunk)
            parser.Parse(chunk)
    except _RootReachedError:
        return
    raise ValueError("no root")


def _raising(error: Exception) -> Callable[..., None]:
    def run(*_given: object) -> None:
        raise error

    return run
