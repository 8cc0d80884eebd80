"""The refused rows of a file, as they are in it, each with the reason: to correct and send again."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from qualiforma.training.importing.importer import Refusal
from qualiforma.training.importing.reports import format_of
from qualiforma.training.importing.source import Broken, Cell, Formula
from qualiforma.training.importing.table import Table
from qualiforma.training.importing.writers import Head, table_file

WIDTH, REASON_WIDTH = 24, 90
# Spreadsheets know no earlier dates.
FIRST_YEAR = 1900


def reasons_of(refusals: Iterable[Refusal]) -> Mapping[int, Sequence[str]]:
    """Return why each row is refused, by its number. Memory: the texts of all."""
    found: dict[int, list[str]] = defaultdict(list)
    for one in refusals:
        found[one.row].append(f"{one.column} : {one.reason}" if one.column else one.reason)
    return found


def refused_file(path: Path, table: Table, reasons: Mapping[int, Sequence[str]]) -> None:
    """Write the refused rows, with a column for the reason that an import does not read.

    A formula or an error is left empty: its reason says what is expected. Errors: `OSError`.
    """
    indexes = sorted(table.titles)
    heads = [Head(table.titles[one], WIDTH) for one in indexes]
    heads.append(Head(_("Motif du refus"), REASON_WIDTH))
    sheet = _("Lignes à corriger")
    with table_file(path, heads, sheet=sheet, form=format_of(path)) as writer:
        for row in table.rows():
            if why := reasons.get(row.number):
                cells = [_written(row.cells.get(one)) for one in indexes]
                writer.write([*cells, "\n".join(why)])


def _written(cell: Cell | None) -> Any:
    if isinstance(cell, Formula | Broken):
        return None
    if isinstance(cell, date) and cell.year < FIRST_YEAR:
        return cell.isoformat()
    return cell
