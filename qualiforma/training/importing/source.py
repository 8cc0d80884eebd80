"""What a file holds, whatever its format: numbered rows of plain cells."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Protocol

from django.utils.translation import gettext as _

from qualiforma.training.importing.exceptions import UnreadableFileError

# More columns than any record has; what a file may hold beyond is not looked at but refused.
COLUMNS_MAX = 200
# A sheet's own limit.
ROWS_MAX = 1_048_576
# A spreadsheet keeps fifteen digits of a number; the rest it makes up.
EXACT_MAX = 10**15
FILE_MAX_BYTES = 50 * 1024 * 1024
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True)
class Formula:
    """A cell that computes its value. Its last value may be stale or missing: never taken."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Broken:
    """A cell that holds an error, `#REF!`."""

    text: str

    def __str__(self) -> str:
        return self.text


Cell = str | int | float | bool | datetime | date | time | Formula | Broken


def as_seen(value: float) -> str:
    """Return a number as cells of percents show it: 0.75 is `75 %`."""
    return f"{value * 100:.15g} %"


@dataclass(frozen=True)
class Row:
    """A row with something in it; `number` as a spreadsheet shows it, cells by column from 0."""

    number: int
    cells: Mapping[int, Cell]


@dataclass(frozen=True)
class Merge:
    """Cells made one: `A3:B5`, and its last row."""

    reference: str
    last_row: int


@dataclass
class Found:
    """What reading a file to its end brings up."""

    merges: list[Merge] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


class Source(Protocol):
    """A file that can be read again and again. Errors of each pass: `UnreadableFileError`.

    Shape: `sheet` is the name of the one that is read, of `sheets` visible ones; empty for a text.
    """

    sheet: str
    sheets: int

    def rows(self, found: Found) -> Iterator[Row]:
        """Yield rows in order, empty ones left out. Memory: one piece of the file."""
        ...


def open_source(path: Path, knows: Callable[[str], bool], alphabet: str = "") -> Source:
    """Return the reader of a file, chosen by what stands in it; `knows` says what heads a column.

    Errors: `UnreadableFileError` for what is no XLSX and no text, empty, too large or a bomb.
    """
    # They import this module.
    from qualiforma.training.importing.delimited import DelimitedSource
    from qualiforma.training.importing.ods import OdsSource, is_ods
    from qualiforma.training.importing.xlsx import XlsxSource

    size = path.stat().st_size
    if size > FILE_MAX_BYTES:
        text = _("Ce fichier dépasse %d Mo ; partagez-le en plusieurs.")
        raise UnreadableFileError(text % (FILE_MAX_BYTES // 1024 // 1024))
    with path.open("rb") as file:
        head = file.read(512)
    if not head:
        raise UnreadableFileError(_("Ce fichier est vide."))
    if head.startswith(_OLD_OFFICE):
        raise UnreadableFileError(_of_old_office(path))
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise UnreadableFileError(
            _("Ce fichier est une page web ou un texte XML, quel que soit son nom : ouvrez-le dans un tableur, choisissez « Enregistrer sous » et le format XLSX.")
        )  # fmt: skip
    if head.startswith(b"PK"):
        return OdsSource(path) if is_ods(path) else XlsxSource(path)
    return DelimitedSource(path, knows, alphabet)


def protected() -> str:
    """Say what to do with a workbook that has a password."""
    return _("Ce classeur est protégé par un mot de passe : ouvrez-le et enregistrez-le sans.")


def _of_old_office(path: Path) -> str:
    """Say what to do with the container that XLS and workbooks with a password have in common."""
    if "EncryptedPackage".encode("utf-16-le") in path.read_bytes():
        return protected()
    return _(
        "Ce classeur est à l’ancien format XLS : ouvrez-le, choisissez « Enregistrer sous » et le format XLSX (« Classeur Excel »)."
    )
