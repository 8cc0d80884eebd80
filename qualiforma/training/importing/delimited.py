"""CSV, as spreadsheets save it: any usual encoding and separator."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

from django.utils.translation import gettext as _

from qualiforma.spreadsheets import restore
from qualiforma.training.importing.alphabets import alphabet_of
from qualiforma.training.importing.exceptions import UnreadableFileError
from qualiforma.training.importing.source import COLUMNS_MAX, Cell, Found, Row

# Longest text that any column takes, and room for what is refused with a proper sentence.
FIELD_MAX = 1_000_000
SEPARATORS = ";\t,|"
HEAD_ROWS = 20


class DelimitedSource:
    """A text file of fields. Encoding and separator are found once."""

    sheet, sheets = "", 1

    def __init__(self, path: Path, knows: Callable[[str], bool], alphabet: str = "") -> None:
        self._path = path
        self._knows = knows
        self.encoding = alphabet_of(path, alphabet)
        self.separator = max(SEPARATORS, key=self._score)

    def rows(self, found: Found) -> Iterator[Row]:
        """Yield the records that are not empty, numbered as a spreadsheet would."""
        yield from self._records(self.separator)

    def _records(self, separator: str) -> Iterator[Row]:
        csv.field_size_limit(FIELD_MAX)
        # Universal line ends would change those inside of fields.
        with self._path.open(encoding=self.encoding, newline="") as text:
            # Strict: else a quote that nobody closes swallows all lines to the end.
            records = csv.reader(text, delimiter=separator, strict=True)
            number = 0
            try:
                for number, fields in enumerate(records, start=1):
                    cells: dict[int, Cell] = {
                        index: restore(one) for index, one in enumerate(fields) if one.strip()
                    }
                    if cells and max(cells) >= COLUMNS_MAX:
                        reason = _("Ligne %d : plus de %d colonnes.")
                        raise UnreadableFileError(reason % (number, COLUMNS_MAX))
                    if cells:
                        yield Row(number, cells)
            except csv.Error as error:
                reason = _(
                    "Ligne %d : un guillemet est mal placé ou n’est pas fermé, ou un champ dépasse %d caractères."
                )  # fmt: skip
                raise UnreadableFileError(reason % (number + 1, FIELD_MAX)) from error

    def _score(self, separator: str) -> tuple[int, int]:
        """Return how many columns' names it lays bare, and how many fields it makes at most.

        Fields alone mislead: a text of the first rows may have more commas than there are columns.
        """
        known = widest = 0
        try:
            for row in self._records(separator):
                known = max(known, sum(self._knows(str(one)) for one in row.cells.values()))
                widest = max(widest, len(row.cells))
                if row.number >= HEAD_ROWS:
                    break
        except UnreadableFileError:
            pass  # said when the file is read
        return known, widest
