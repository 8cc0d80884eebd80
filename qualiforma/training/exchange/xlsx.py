"""XLSX, read piece by piece within bounds.

Not openpyxl's reader: it keeps an element per row, tells a formula from a value only by reading
twice, and pads every row to the widest. Its knowledge of number formats and dates is used.
"""

import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any
from xml.parsers import expat

from django.utils.translation import gettext as _

from qualiforma.training.exchange.refusals import UnreadableFileError
from qualiforma.training.exchange.sheets import Book, SheetHandler, Strings, Styles, Workbook
from qualiforma.training.exchange.source import Found, Row

CHUNK_BYTES = 128 * 1024
# An export of 100,000 rows has five entries and unpacks to 60 MiB at a ratio of 8 to 25; a bomb of
# zeros has a ratio of 1,000.
ENTRIES_MAX = 1_000
UNPACKED_MAX_BYTES = 300 * 1024 * 1024
STRINGS_MAX_BYTES = 64 * 1024 * 1024
RATIO_MAX = 200
SMALL_BYTES = 1024 * 1024
PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # all that the format has
WORKBOOK = "xl/workbook.xml"


class XlsxSource:
    """The first visible sheet of a workbook."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with _readable(path) as archive:
            _check_bounds(archive)
            self._sheet, self._book = self._opened(archive)

    def rows(self, found: Found) -> Iterator[Row]:
        """Yield the rows with a value; merged cells are noted in `found`."""
        found.notices += self._book.notices
        handler = SheetHandler(self._book, found)
        with _readable(self._path) as archive, archive.open(self._sheet) as file:
            yield from _parsed(file, handler, handler.done)

    def _opened(self, archive: zipfile.ZipFile) -> tuple[str, Book]:
        names = set(archive.namelist())
        if WORKBOOK not in names:
            raise UnreadableFileError(
                _("Ce fichier n’est pas un classeur XLSX ; enregistrez-le sous ce format.")
            )
        workbook = Workbook()
        _parse(archive, WORKBOOK, workbook)
        _parse(archive, "xl/_rels/workbook.xml.rels", workbook)
        sheet = str(PurePosixPath("xl", workbook.first_sheet()))
        sheet = workbook.first_sheet().lstrip("/") if sheet.startswith("/") else sheet
        if sheet not in names:
            raise UnreadableFileError(_("Ce classeur n’a pas de feuille lisible."))
        strings, styles = Strings(), Styles()
        for name, handler in (("xl/sharedStrings.xml", strings), ("xl/styles.xml", styles)):
            if name in names:
                _parse(archive, name, handler)
        notices = []
        if len(workbook.visible) > 1:
            text = _("Le classeur a %d feuilles : seule « %s » est lue.")
            notices = [text % (len(workbook.visible), workbook.visible[0][0])]
        return sheet, Book(strings.texts, styles, workbook.is_1904, notices)


@contextmanager
def _readable(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open the archive; whatever is broken in it is one refusal."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        expat.ExpatError,
        EOFError,
        IndexError,
        KeyError,
        NotImplementedError,
        OSError,
        RuntimeError,  # encrypted
        ValueError,
        zlib.error,
    ) as error:
        raise UnreadableFileError(_("Ce classeur est abîmé ou n’est pas un XLSX.")) from error


def _check_bounds(archive: zipfile.ZipFile) -> None:
    """Refuse a bomb by what its directory says, before anything is unpacked.

    What the directory says is binding: `zipfile` unpacks no byte beyond the size stated there.
    """
    members = archive.infolist()
    total = sum(one.file_size for one in members)
    strings = sum(one.file_size for one in members if one.filename == "xl/sharedStrings.xml")
    packed = any(
        one.file_size > SMALL_BYTES and one.file_size > RATIO_MAX * max(one.compress_size, 1)
        for one in members
    )
    if any(one.compress_type not in PACKINGS for one in members):
        raise UnreadableFileError(_("Ce classeur est abîmé ou n’est pas un XLSX."))
    if len(members) > ENTRIES_MAX or len({one.filename for one in members}) != len(members):
        raise UnreadableFileError(_("Ce classeur contient trop de parties, ou deux du même nom."))
    if packed or total > UNPACKED_MAX_BYTES or strings > STRINGS_MAX_BYTES:
        text = _("Ce classeur occuperait %d Mo une fois décompressé : il n’est pas ouvert.")
        raise UnreadableFileError(text % (total // 1024 // 1024))


def _parse(archive: zipfile.ZipFile, name: str, handler: Any) -> None:
    with archive.open(name) as file:
        for _nothing in _parsed(file, handler, deque()):
            pass


def _parsed(file: IO[bytes], handler: Any, done: deque[Row]) -> Iterator[Row]:
    """Feed a file to a handler; yield what it has done so far after each piece."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = _plain(handler.start)
    parser.EndElementHandler = lambda name: handler.end(name.rpartition(" ")[2])
    parser.CharacterDataHandler = handler.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    while chunk := file.read(CHUNK_BYTES):
        parser.Parse(chunk, False)  # noqa: FBT003 - expat's signature
        while done:
            yield done.popleft()
    parser.Parse(b"", True)  # noqa: FBT003 - as above
    while done:
        yield done.popleft()


def _plain(start: Callable[[str, dict[str, str]], None]) -> Callable[[str, dict[str, str]], None]:
    """Leave the namespaces away: strict and usual workbooks differ in nothing else we read."""

    def run(name: str, given: dict[str, str]) -> None:
        start(name.rpartition(" ")[2], {one.rpartition(" ")[2]: two for one, two in given.items()})

    return run


def _refuse_doctype(*_declared: object) -> None:
    """No workbook declares entities; a bomb of them does."""
    raise ValueError("doctype")
