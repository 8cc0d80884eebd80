"""The trail as a file: JSON lines that anybody can check, and the program that checks them."""

import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

from qualiforma import audit
from qualiforma.audit import chain, verify_trail
from qualiforma.audit.audit import AUDIT_TRAIL
from qualiforma.audit.chain import Entry

VERIFIER = Path(verify_trail.__file__)


def export_trail(file: Path, *, tenant: str, withheld: bool = False) -> int:
    """Write the open schema's trail to a new file, readable by its owner only; return the last seq.

    The export is recorded in the trail, hence in the file, as its last entry. `withheld` leaves the
    clear values out; the chain still verifies. Nothing half-written stays under that name.
    Shape: a first line with the head, sealed by the export's own entry, then an entry per line.
    Errors: `FileExistsError`; other `OSError`. Memory: one batch.
    """
    if file.exists():
        raise FileExistsError(17, "exists already")
    partial = file.with_name(f"{file.name}.partial")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as lines:
            with audit.action("audit.trail.exported"):
                sealed: dict[str, Any] = {"version": 2, "tenant": tenant, "withheld": withheld}
                audit.log_event(AUDIT_TRAIL, **sealed)
                head = chain.head()
            first = {"format": verify_trail.FORMAT, **sealed, "head": head}
            with chain.all_rows():
                write_lines(lines, first, chain.entries(until=head[0]))
        shutil.copyfile(VERIFIER, file.with_name(VERIFIER.name))
        partial.rename(file)
    finally:
        partial.unlink(missing_ok=True)
    return head[0]


def write_lines(lines: TextIO, first: dict[str, Any], entries: Iterable[Entry]) -> None:
    """Write the first line and a line per entry.

    The export's own entry, the last, keeps its values when all are withheld: they seal the first
    line.
    """
    lines.write(_line(first))
    for values in entries:
        entry = dict(zip(verify_trail.FIELDS, values, strict=True))
        if first["withheld"] and entry["seq"] != first["head"][0]:
            entry["clear"] = {}
        lines.write(_line(entry))


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"
