"""A file as a table of one kind of record: where its header is, and what its columns are."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qualiforma.training.importing.columns import Column
from qualiforma.training.importing.exceptions import UnreadableFileError
from qualiforma.training.importing.source import Cell, Found, Row, Source, open_source
from qualiforma.training.importing.values import fold

HEAD_ROWS = 20
# A larger file is partitioned by who has it: its trial is one transaction.
ROWS_MAX = 100_000
# What heads the reasons in a file of refused rows: the person who sends it again need not remove them.
REASONS = frozenset({"motifdurefus", "reasonforrefusal"})


@dataclass(frozen=True)
class Reading:
    """How a file is read, as people chose: its alphabet, what its headings mean.

    `creates` names what is created where a row needs it (`missing`).
    """

    alphabet: str = ""
    headings: Mapping[str, str] = field(default_factory=dict)
    creates: Sequence[str] = ()


class Table:
    """A checked file: read once to its end, so that nothing of it surprises later.

    Shape: `columns` by position; `total` rows of records; `notices` for people.
    Errors: `UnreadableFileError` for what cannot be understood as such a table.
    """

    def __init__(
        self,
        path: Path,
        columns: Sequence[Column],
        *,
        reading: "Reading | None" = None,
        is_read: Callable[[int], None] | None = None,
    ) -> None:
        reading = reading or Reading()
        self._names = _names_of(columns, reading.headings)
        self.creates = frozenset(reading.creates)
        self._source: Source = open_source(
            path, lambda text: fold(text) in self._names, reading.alphabet
        )
        self.found = Found()
        if self._source.sheets > 1:
            text = _("Le classeur a %d feuilles : seule « %s » est lue.")
            self.found.notices.append(text % (self._source.sheets, self._source.sheet))
        rows = self._source.rows(self.found)
        head = list(islice(rows, HEAD_ROWS))
        header = without_reasons(self._header(head))
        self.titles = {index: str(cell).strip() for index, cell in header.cells.items()}
        self.columns = self._columns_of(header)
        self._first = self._first_of(head, header)
        self.total = sum(1 for row in head if self._is_record(row))
        for row in rows:
            self.total += self._is_record(row)
            if is_read and not self.total % 1000:
                is_read(row.number)
            if self.total > ROWS_MAX:
                text = _("Ce fichier a plus de %d lignes ; partagez-le en plusieurs.")
                raise UnreadableFileError(text % ROWS_MAX)
        # A value that stands for several cells; titles above the header may.
        if wrong := [one.reference for one in self.found.merges if one.last_row >= header.number]:
            text = _("Des cellules sont fusionnées (%s) ; séparez-les.")
            raise UnreadableFileError(text % ", ".join(wrong[:5]))
        if not self.total:
            raise UnreadableFileError(_("Ce fichier n’a pas de ligne sous son en-tête."))
        self._check_required(columns, header)

    @property
    def notices(self) -> list[str]:
        """Return what people should know of how the file was understood."""
        return self.found.notices

    def rows(self) -> Iterator[Row]:
        """Yield the rows under the header."""
        return (row for row in self._source.rows(Found()) if self._is_record(row))

    def _is_record(self, row: Row) -> bool:
        """Say whether a row is under the header, and not the example of a model file."""
        return row.number >= self._first and not self._is_example(row)

    def _is_example(self, row: Row) -> bool:
        examples = {index: one.example for index, one in self.columns.items() if one.example}
        return len(examples) > 1 and all(
            str(row.cells.get(index, "")).strip() == example for index, example in examples.items()
        )

    def _known(self, cell: Cell) -> Column | None:
        return self._names.get(fold(cell)) if isinstance(cell, str) else None

    def _header(self, head: list[Row]) -> Row:
        """Return the row that names most columns; the first of equals."""
        if not head:
            raise UnreadableFileError(_("Ce fichier est vide."))
        counts = [sum(self._known(one) is not None for one in row.cells.values()) for row in head]
        most = max(counts)
        if not most:
            known = ", ".join(dict.fromkeys(column.fr for column in self._names.values()))
            text = _("Aucune ligne d’en-tête n’est reconnue. Colonnes possibles : %s.")
            likely = next((row for row in head if _is_like_header(row)), head[0])
            reason = f"{text % known} {self._as_read(likely)}"
            raise _with_headings(reason, likely if _is_like_header(likely) else None)
        header = head[counts.index(most)]
        if header.number > 1 and counts.index(most):
            text = _("L’en-tête est à la ligne %d ; ce qui précède est ignoré.")
            self.found.notices.append(text % header.number)
        return header

    def _columns_of(self, header: Row) -> dict[int, Column]:
        columns: dict[int, Column] = {}
        unknown = []
        for index, cell in header.cells.items():
            column = self._known(cell)
            if column is None:
                unknown.append(self.titles[index][:40])
                continue
            for other, same in columns.items():
                if same.name == column.name:
                    text = _("Deux colonnes ont le même sens : « %s » et « %s ».")
                    raise UnreadableFileError(text % (self.titles[other], self.titles[index]))
            columns[index] = column
        self._stand_in(columns)
        if unknown:
            text = ngettext("Colonne ignorée : %s.", "Colonnes ignorées : %s.", len(unknown))
            self.found.notices.append(text % _quoted(unknown))
        shown = [
            self.titles[index]
            for index, column in columns.items()
            if column.only_shown and not (column.fills and column.fills[0] in self.creates)
        ]
        if shown:
            # Who changes one of them would wait for it in vain.
            text = ngettext(
                "Colonne affichée pour mémoire, non lue : %s.",
                "Colonnes affichées pour mémoire, non lues : %s.",
                len(shown),
            )
            self.found.notices.append(text % _quoted(shown))
        return columns

    def _stand_in(self, columns: dict[int, Column]) -> None:
        """Read a title where the column of ids that it belongs to is missing."""
        for index, column in columns.items():
            taken = {one.name for one in columns.values()}
            if column.stands_for and column.stands_for not in taken:
                columns[index] = self._names[fold(column.stands_for)]

    def _first_of(self, head: list[Row], header: Row) -> int:
        """Return the first row of records: a second header under the first says the same again."""
        following = [row for row in head if row.number > header.number]
        if following and self._repeats(following[0]):
            text = _("La ligne %d répète l’en-tête ; elle est ignorée.")
            self.found.notices.append(text % following[0].number)
            return following[0].number + 1
        return header.number + 1

    def _repeats(self, row: Row) -> bool:
        """Say whether every cell names the column it stands in."""
        return all(
            (known := self._known(cell)) is not None
            and index in self.columns
            and known.name == self.columns[index].name
            for index, cell in row.cells.items()
        )

    def _check_required(self, columns: Sequence[Column], header: Row) -> None:
        """Without an id, each row is a new record unless it is found: it must be whole."""
        given = {column.name for column in self.columns.values()}
        missing = [one.fr for one in columns if one.is_required and one.name not in given]
        if missing and "id" not in given:
            text = ngettext("Colonne manquante : %s.", "Colonnes manquantes : %s.", len(missing))
            reason = text % ", ".join(missing)
            raise _with_headings(f"{reason} {self._as_read(header)}", header)

    def _as_read(self, header: Row) -> str:
        """Say where the headings were looked for, and what each that is not known may mean."""
        where = _("En-tête lu à la ligne %d") % header.number
        if self._source.sheet:
            where += _(", feuille « %s »") % self._source.sheet
        told = [
            self._in_doubt(str(cell).strip()[:40])
            for cell in header.cells.values()
            if self._known(cell) is None
        ]
        return f"{where}. " + (_("Non compris : %s") % " ; ".join(told) if told else "")

    def _in_doubt(self, title: str) -> str:
        near = get_close_matches(fold(title), self._names, n=1, cutoff=0.7)
        asked = _("Voulez-vous dire « %s » ?") % self._names[near[0]].fr if near else ""
        return f"« {title} ». {asked}" if asked else f"« {title} »"


def _names_of(columns: Sequence[Column], headings: Mapping[str, str]) -> dict[str, Column]:
    """Return every name that a column is recognised by; what people said outranks ours."""
    names = {name: column for column in columns for name in column.names()}
    by_name = {column.name: column for column in columns}
    for heading, name in headings.items():
        if name in by_name:
            names[heading] = by_name[name]
        else:
            names.pop(heading, None)
    return names


def _is_like_header(row: Row) -> bool:
    """Say whether a row is of several texts that have letters."""
    cells = list(row.cells.values())
    return len(cells) > 1 and all(
        isinstance(one, str) and re.search(r"[^\W\d_]", one) for one in cells
    )


def _with_headings(reason: str, header: Row | None) -> UnreadableFileError:
    error = UnreadableFileError(reason)
    if header is not None:
        error.headings = [str(one).strip() for _index, one in sorted(header.cells.items())]
    return error


def without_reasons(header: Row) -> Row:
    """Return a header without the column of reasons that an earlier import added."""
    kept = {
        index: cell
        for index, cell in header.cells.items()
        if not (isinstance(cell, str) and fold(cell) in REASONS)
    }
    return Row(header.number, kept)


def _quoted(titles: Sequence[str]) -> str:
    return ", ".join(f"« {one} »" for one in titles)
