"""What a file holds, whatever its format: numbered rows of plain cells."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Protocol

from django.utils.translation import gettext as _

from qualiforma.training.exchange.refusals import UnreadableFileError

# More columns than any record has; what a file may hold beyond is not looked at but refused.
COLUMNS_MAX = 200
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
    """A file that can be read again and again. Errors of each pass: `UnreadableFileError`."""

    def rows(self, found: Found) -> Iterator[Row]:
        """Yield rows in order, empty ones left out. Memory: one piece of the file."""
        ...


def open_source(path: Path, knows: Callable[[str], bool]) -> Source:
    """Return the reader of a file, chosen by what stands in it; `knows` says what heads a column.

    Errors: `UnreadableFileError` for what is no XLSX and no text, empty, too large or a bomb.
    """
    # Both import this module.
    from qualiforma.training.exchange.delimited import DelimitedSource
    from qualiforma.training.exchange.xlsx import XlsxSource

    size = path.stat().st_size
    if size > FILE_MAX_BYTES:
        text = _("Ce fichier dépasse %d Mo ; partagez-le en plusieurs.")
        raise UnreadableFileError(text % (FILE_MAX_BYTES // 1024 // 1024))
    with path.open("rb") as file:
        head = file.read(8)
    if not head:
        raise UnreadableFileError(_("Ce fichier est vide."))
    if head == _OLD_OFFICE:
        raise UnreadableFileError(
            _("Ce classeur est à l’ancien format XLS ou protégé par un mot de passe ; enregistrez-le en XLSX, sans mot de passe.")
        )  # fmt: skip
    if head.startswith(b"PK"):
        return XlsxSource(path)
    return DelimitedSource(path, knows)
