"""What a section writes to: files, tables as CSV and XLSX, uploads, and what is missing.

A bundle is in French, as the audit is: what stands in it is no message of the catalogue.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED

from django.core.exceptions import SuspiciousOperation
from django.core.files.storage import default_storage

from qualiforma.bundle.archive import CHUNK_BYTES, Archive, FixedZip, segment
from qualiforma.bundle.index import Index
from qualiforma.bundle.people import People
from qualiforma.bundle.scope import Scope
from qualiforma.bundle.sections import Cited, Column, citers
from qualiforma.pdf import Document, render_pdf
from qualiforma.spreadsheets import csv_lines

if TYPE_CHECKING:
    from qualiforma.workbooks import Sheets

PLANS_MAX = 100
Row = Sequence[Any]
# Called with the name of what is being written and how many rows or files it has so far.
Progress = Callable[[str, int], None]


def nothing(name: str, count: int) -> None:
    """Ignore progress."""


@dataclass(frozen=True)
class Missing:
    """What should be in a bundle and is not: what, where it was expected, why."""

    what: str
    where: str
    why: str

    def __str__(self) -> str:
        return f"{self.what} — {self.where} — {self.why}"


@dataclass(frozen=True)
class StoredFile:
    """A file that somebody uploaded, as its row describes it.

    `is_free`: somebody has said that it holds no personal data. `is_secret`: it is never copied.
    """

    key: str
    name: str
    size: int
    sha256: str
    is_free: bool = False
    is_secret: bool = False


class Contents:
    """A bundle under way, as sections see it."""

    def __init__(self, scope: Scope, archive: Archive, progress: Progress = nothing) -> None:
        self.scope, self.archive, self.progress = scope, archive, progress
        self.people = People(scope)
        self.counts: dict[str, int] = {}
        self.missing: list[Missing] = []
        self.notes: dict[str, Any] = {}  # what sections say of themselves in the manifest
        self.organisation: list[tuple[str, str]] = [("Organisme", scope.tenant_name)]
        # The plans under way for each indicator, by title and id; no more than `PLANS_MAX`.
        self.plans: dict[int, list[tuple[str, str]]] = {}
        self.index = Index(archive)
        self._cited: dict[str, dict[str, list[Cited]]] = {}
        self.paths: dict[str, str] = {}  # where uploads stand, by the ids of their rows

    @contextmanager
    def file(self, path: str, *, is_large: bool = False) -> Iterator[IO[bytes]]:
        """Open a new file for writing; one at a time."""
        with self.archive.file(path, is_large=is_large) as file:
            yield file

    def sha256_of(self, path: str) -> str:
        """Return the SHA-256 of a file that is written already, "" for none."""
        return self.archive.sums.get(path, "")

    def cited(self, record_type: str, record_id: str) -> list[Cited]:
        """Return the evidence of a record. Cost: one statement, for all records of the type at once."""
        if record_type not in self._cited:
            self._cited[record_type] = citers[0](self, record_type) if citers else {}
        return self._cited[record_type].get(record_id, [])

    def lack(self, what: str, where: str, why: str) -> None:
        """Say that something is missing."""
        self.missing.append(Missing(what, where, why))

    def document(self, path: str, document: Document) -> None:
        """Write a document as PDF, said to be made at the instant of the bundle."""
        with self.file(path) as file:
            file.write(render_pdf(document, made_at=self.scope.generated_at))

    def csv(self, path: str, columns: Sequence[Column], rows: Iterable[Row]) -> int:
        """Write a table as CSV; return its number of rows."""
        count = 0
        with self.file(path) as file:
            for line in csv_lines([str(one.head) for one in columns], rows):
                file.write(line.encode())
                count += 1
        self.archive.note_rows(count - 1)
        return count - 1

    def table(self, path: str, title: str, columns: Sequence[Column], rows: Iterable[Row]) -> int:
        """Write a table as CSV and as XLSX, reading the rows once; return their number.

        `path` without an extension; the count stands in the manifest under its last part.
        """
        name = path.rpartition("/")[2]
        from qualiforma.workbooks import Sheets

        sheets = Sheets(self.archive.scratch("sheet"))
        head, widths = [str(one.head) for one in columns], [one.width for one in columns]
        passing = sheets.passing(title, head, rows, widths)
        count = self.csv(f"{path}.csv", columns, self._told(name, passing))
        self._add_workbook(f"{path}.xlsx", sheets)
        self.archive.note_rows(count)
        self.counts[name] = count
        return count

    def workbook(
        self, path: str, sheets: Iterable[tuple[str, Sequence[Column], Iterable[Row]]]
    ) -> None:
        """Write a workbook of several sheets, each with its title, columns and rows."""
        from qualiforma.workbooks import Sheets

        book = Sheets()
        for rank, (title, columns, rows) in enumerate(sheets):
            book.scratch = self.archive.scratch(f"sheet-{rank}")
            head = [str(one.head) for one in columns]
            book.add(title, head, rows, [one.width for one in columns])
        self._add_workbook(path, book)

    def _add_workbook(self, path: str, sheets: "Sheets") -> None:
        """Save a workbook aside, then copy it: its own format is one that jumps about."""
        whole = self.archive.scratch("workbook")
        with FixedZip(whole, "w", ZIP_DEFLATED) as workbook:
            sheets.save_into(workbook, self.scope.begins)
        with whole.open("rb") as source, self.file(path) as file:
            _copy(source, file)

    def _told(self, name: str, rows: Iterable[Row]) -> Iterator[Row]:
        for count, row in enumerate(rows, 1):
            self.progress(name, count)
            yield row

    def upload(self, stored: StoredFile, folder: str, record_id: str) -> str:
        """Copy an uploaded file into a folder of the bundle; return its path, "" if it is not there.

        What is not copied is missing, with the reason. Its name may tell of people, hence is not
        used unless the scope shows names. Errors: `OSError` for a bundle that cannot be written.
        """
        extension = Path(stored.name).suffix.lower()
        path = f"{folder}/{segment(record_id + extension)}"
        what = f"Fichier {record_id}, SHA-256 {stored.sha256}"
        why = self._withheld(stored)
        content = None if why else self._fetched(stored)
        if content is None:
            gone = "le fichier n’est plus dans le stockage, ou n’est plus celui qui a été déposé"
            self.lack(what, path, why or gone)
            return ""
        with content, self.file(path) as file:
            _copy(content, file)
        return path

    def _withheld(self, stored: StoredFile) -> str:
        if stored.is_secret:
            return "le contenu est confidentiel"
        if not self.scope.names and not stored.is_free:
            return "le fichier n’est pas marqué sans donnée personnelle ; les noms sont masqués"
        return ""

    def _fetched(self, stored: StoredFile) -> IO[bytes] | None:
        """Return a copy of a stored file that is what was uploaded, None if there is none."""
        copy = self.archive.scratch("upload").open("wb+")
        digest = hashlib.sha256()
        try:
            with default_storage.open(stored.key) as content:
                while chunk := content.read(CHUNK_BYTES):
                    digest.update(chunk)
                    copy.write(chunk)
        except (FileNotFoundError, SuspiciousOperation):
            copy.close()
            return None
        if digest.hexdigest() != stored.sha256:
            copy.close()
            return None
        copy.seek(0)
        return copy


def _copy(source: IO[bytes], target: IO[bytes]) -> None:
    while chunk := source.read(CHUNK_BYTES):
        target.write(chunk)
