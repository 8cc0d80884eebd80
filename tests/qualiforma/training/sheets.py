"""Files for imports, and what became of them."""

import io
import zipfile
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook

from qualiforma.accounts.actor import Actor
from qualiforma.audit.models import AuditEvent
from qualiforma.training.importing.importer import Mode, Outcome, Refusal
from qualiforma.training.importing.kinds import KINDS
from qualiforma.training.importing.local_files import import_file
from tests.cast import ALICE

AS_ALICE = Actor(id=ALICE.id, name=ALICE.name, role=ALICE.role)


def csv_file(folder: Path, *lines: str, encoding: str = "utf-8", name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return path


def xlsx_file(folder: Path, *rows: list[Any], change: Any = None, name: str = "file.xlsx") -> Path:
    path = folder / name
    book = Workbook()
    sheet: Any = book.active
    for row in rows:
        sheet.append(row)
    if change:
        change(book, sheet)
    book.save(path)
    return path


def with_part(path: Path, name: str, content: bytes) -> Path:
    """Put another part into a workbook, or replace one."""
    kept = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.namelist():
            if one != name:
                new.writestr(one, old.read(one))
        new.writestr(name, content)
    path.write_bytes(kept.getvalue())
    return path


def imported(kind: str, path: Path, mode: Mode = Mode.ALL) -> tuple[Outcome, list[Refusal]]:
    refusals: list[Refusal] = []
    note = refusals.append
    outcome = import_file(KINDS[kind], path, mode=mode, actor=AS_ALICE, on_refusal=note)
    return outcome, refusals


def counts(outcome: Outcome) -> tuple[int, int, int, int]:
    return outcome.created, outcome.changed, outcome.unchanged, outcome.refused


def cells(path: Path) -> list[tuple[Any, ...]]:
    sheet: Any = load_workbook(path).active
    return [tuple(cell.value for cell in row) for row in sheet.rows]


def newest_entry() -> AuditEvent:
    """The trail's last entry."""
    return AuditEvent.objects.order_by("-seq")[0]
