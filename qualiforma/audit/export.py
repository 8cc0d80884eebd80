"""The trail as a file: JSON lines that anybody can check, and the program that checks them."""

import json
import os
import shutil
from pathlib import Path

from qualiforma import audit
from qualiforma.audit import chain, verify_trail
from qualiforma.audit.trail import AUDIT_TRAIL

VERIFIER = Path(verify_trail.__file__)


def export_trail(file: Path, *, tenant: str, withheld: bool = False) -> int:
    """Write the open schema's trail to a new file, readable by its owner only; return the last seq.

    The export stands in the trail, hence in the file, as its last entry. `withheld` leaves the
    clear values out; the chain still verifies. Nothing half-written stays under that name.
    Shape: a first line with the head, then an entry per line.
    Errors: `FileExistsError`; other `OSError`. Memory: one batch.
    """
    if file.exists():
        raise FileExistsError(17, "exists already")
    partial = file.with_name(f"{file.name}.partial")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with open(handle, "w", encoding="utf-8") as lines:  # noqa: PTH123 - a descriptor
            with audit.action("audit.trail.exported"):
                audit.enter(AUDIT_TRAIL, withheld=withheld)
                seq, digest = chain.head()
            first = {"format": verify_trail.FORMAT, "version": 1, "tenant": tenant}
            lines.write(_line(first | {"withheld": withheld, "head": [seq, digest]}))
            lines.writelines(
                _line(entry | {"clear": {}} if withheld else entry)
                for entry in chain.entries(until=seq)
            )
        shutil.copyfile(VERIFIER, file.with_name(VERIFIER.name))
        partial.rename(file)
    finally:
        partial.unlink(missing_ok=True)
    return seq


def _line(row: dict[str, object]) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"
