"""Tables as files: XLSX with real dates and texts that stay texts, CSV that spreadsheets open."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from django.utils import timezone
from django.utils.translation import gettext as _

from qualiforma.spreadsheets import defuse

FORMATS = ("xlsx", "csv")


@dataclass(frozen=True)
class Head:
    """A column's title and width in characters."""

    title: str
    width: int = 20


class Writer(Protocol):
    """Takes one row after the other."""

    def write(self, values: Iterable[Any]) -> None: ...


@contextmanager
def table_file(path: Path, heads: Sequence[Head], *, sheet: str, form: str) -> Iterator[Writer]:
    """Write a table to a file that is there once it is whole. Memory: one row.

    Errors: `OSError`.
    """
    partial = path.with_name(f"{path.name}.partial")
    try:
        with _opened(partial, heads, sheet, form) as writer:
            yield writer
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _opened(
    path: Path, heads: Sequence[Head], title: str, form: str
) -> AbstractContextManager[Writer]:
    if form == "csv":
        return _csv(path, heads, title)
    from qualiforma.training.importing.sheet_writer import xlsx

    return xlsx(path, heads, title)


class _Lines:
    """Semicolons, as spreadsheets of this country expect them."""

    def __init__(self, lines: Any) -> None:
        self._lines = lines

    def write(self, values: Iterable[Any]) -> None:
        self._lines.writerow([_field(one) for one in values])


@contextmanager
def _csv(path: Path, heads: Sequence[Head], title: str) -> Iterator[Writer]:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        lines = csv.writer(file, delimiter=";", lineterminator="\r\n")
        lines.writerow([_field(head.title) for head in heads])
        yield _Lines(lines)


def _field(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        local = value if timezone.is_naive(value) else timezone.make_naive(value)
        return local.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return str(value)
    return defuse(worded(value).replace("\0", ""))


def worded(value: Any) -> str:
    """Return a value as people read it."""
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    return str(value)
