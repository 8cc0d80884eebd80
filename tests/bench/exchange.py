"""What imports and exports cost in time and memory, on a throw-away PostgreSQL that it starts itself.

    python -m tests.bench.exchange [--rows 10000]    # 100000 is the most that an import takes
    python -m tests.bench.exchange --rows 100000 --writing    # without trials: each row is written once

Not part of the suite. Each run is a command in a process of its own, whose peak memory is taken;
`flat` compares a file of all rows with one of a tenth. The floor of an import is COPY of the rows that it
stored, under the same triggers. Also: a million empty rows, a bomb. Somebody
else writes to the same organisation meanwhile, whose waits are told, and looks how far the import is.
"""

import argparse
import os
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import psycopg

from tests.bench.rig import Report, open_rig
from tests.live import ROOT

if TYPE_CHECKING:
    from qualiforma.tenants.models import Tenant

EMPTY_ROWS = 1_000_000
BOMB_BYTES = 60_000_000
# assurance notes: 10,000 rows in a minute and 200 MiB; "flat": what ten times the rows may add.
# Seconds are for that many rows.
SECONDS_MAX, MIB_MAX, GROWTH_MAX = 60, 200, 1.25
HEAD = ("Apprenant", "Formation", "Statut", "Inscrit le", "Terminée le", "Référence du paiement")
LEARNERS = 50
FAR = "SELECT done FROM exchange_recordimport WHERE status = 'IMPORTING' ORDER BY started_at DESC LIMIT 1"


def run(*words: str) -> tuple[int, float, float, float]:
    """Return exit status, seconds, seconds of this process's own work, and peak memory in MiB."""
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    peak = 0.0
    # Not what `wait4` says: that starts with what the parent held when it forked.
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        peak = max(peak, held(process.pid))
        time.sleep(0.02)
    _pid, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    worked = used.ru_utime + used.ru_stime
    return process.returncode, time.monotonic() - began, worked, peak


def held(number: int) -> float:
    """Return a process's peak memory so far, in MiB."""
    with suppress(OSError):
        for line in Path(f"/proc/{number}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


def email(rank: int) -> str:
    return f"learner{rank}@example.fr"


def enrollments(rows: int, first: int) -> Iterator[list[object]]:
    began = datetime(2024, 1, 1)
    for rank in range(first, first + rows):
        instant = began + timedelta(minutes=rank)
        yield [
            email(rank % LEARNERS),
            "Excel",
            "Terminée",
            instant,
            instant + timedelta(days=2),
            f"0{rank}",
        ]


def workbook(path: Path, rows: int, first: int) -> Path:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(HEAD)
    for row in enrollments(rows, first):
        sheet.append(row)
    book.save(path)
    return path


def replaced(path: Path, sheet: bytes) -> Path:
    """Give a workbook another sheet."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            new.writestr(name, sheet if name.endswith("sheet1.xml") else content)
    return path


def empty_rows(path: Path) -> Path:
    """A sheet that somebody formatted to its last row."""
    workbook(path, 1, 0)
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    rows = "".join(f'<row r="{n}"><c r="A{n}" s="0"/></row>' for n in range(3, EMPTY_ROWS + 3))
    return replaced(path, sheet.replace(b"</sheetData>", rows.encode() + b"</sheetData>"))


Steps = tuple[tuple[str, list[str]], ...]
STEPS: Steps = (("dry run", ["--dry-run"]), ("import", []), ("import again", []))
WRITING: Steps = (("writing", ["--skip-bad"]),)


def measure(
    report: Report, home: Path, tenant_of: "Tenant", owner: str, rows: int, *, is_writing: bool
) -> None:
    slug = tenant_of.slug
    words = ("import_records", "enrollments")
    tenant = ("--tenant", slug)
    small = workbook(home / "small.xlsx", rows // 10, 0)
    large = workbook(home / "large.xlsx", rows, rows)
    first = ["--skip-bad"] if is_writing else []
    _status, seconds, worked, least = run(*words, str(small), *tenant, *first)
    report.figure("a tenth: seconds, of Python, MiB", f"{seconds:.1f} {worked:.1f} {least:.0f}")
    for name, more in WRITING if is_writing else STEPS:
        with beside(report, name, owner, tenant_of.schema_name):
            status, seconds, worked, peak = run(*words, str(large), *tenant, *more)
        report.expect(f"{name} of {rows}: exit status", status)
        report.check(
            f"{name} of {rows}: seconds",
            seconds <= SECONDS_MAX * max(rows / 10_000, 1),
            f"{seconds:.1f}",
        )
        report.figure(f"{name} of {rows}: of Python", f"{worked:.1f}")
        report.check(f"{name} of {rows}: MiB", peak <= MIB_MAX, f"{peak:.0f}")
        report.check(f"{name}: MiB to a tenth's {least:.0f}", peak <= GROWTH_MAX * least, f"{peak:.0f}")  # fmt: skip
        if name == "import":
            floor = copied(tenant_of, rows)
            report.figure(f"floor: COPY of {rows} rows, seconds", f"{floor:.1f}")
            report.figure("import, ratio to the floor", f"{seconds / floor:.2f}")
    if is_writing:
        return
    for form in ("xlsx", "csv"):
        file = home / f"out.{form}"
        told(report, f"export {form}", 0, "export_records", "enrollments", str(file), *tenant)
    empty = str(empty_rows(home / "empty.xlsx"))
    told(report, f"{EMPTY_ROWS} empty rows", 0, *words, empty, *tenant, "--dry-run")
    bomb = str(replaced(workbook(home / "bomb.xlsx", 1, 0), b"<a>" + b" " * BOMB_BYTES))
    told(report, "bomb", 2, *words, bomb, *tenant)


def copied(tenant: "Tenant", rows: int) -> float:
    """Store the rows of the import once more by COPY, in one action of the trail, and undo it. Unit: seconds."""
    from django.db import connection, transaction

    from qualiforma import audit
    from qualiforma.tenants.context import tenant_context
    from qualiforma.training.models import Enrollment

    columns = [str(field.column) for field in Enrollment._meta.concrete_fields]
    names = ", ".join(columns)
    with tenant_context(tenant), transaction.atomic():
        found = list(Enrollment.objects.order_by("-created_at", "id").values_list(*columns)[:rows])
        began = time.monotonic()
        with audit.action("training.records.imported"), connection.cursor() as cursor:
            with cursor.copy(f"COPY training_enrollment ({names}) FROM STDIN") as target:
                for rank, (_id, *values) in enumerate(found):
                    target.write_row([f"enr_floor{rank}", *values])
            assert cursor.rowcount == rows
        took = time.monotonic() - began
        transaction.set_rollback(True)
    return took


@contextmanager
def beside(report: Report, name: str, address: str, schema: str) -> Iterator[None]:
    """Write to the same organisation all the while, as a web request does: 1.5 s for the lock."""
    waits: list[float] = []
    refused: list[float] = []
    moved = [(time.monotonic(), 0)]
    stop = threading.Event()

    def write() -> None:
        with psycopg.connect(address, options=f"-c search_path={schema} -c lock_timeout=1500", autocommit=True) as other:  # fmt: skip
            while not stop.wait(0.05):
                began = time.monotonic()
                try:
                    other.execute("UPDATE training_course SET summary = gen_random_uuid()::text")
                except psycopg.errors.LockNotAvailable:
                    refused.append(time.monotonic() - began)
                else:
                    waits.append(time.monotonic() - began)
                row = other.execute(FAR).fetchone()
                if row and row[0] != moved[-1][1]:
                    moved.append((time.monotonic(), row[0]))

    writer = threading.Thread(target=write)
    writer.start()
    yield
    stop.set()
    writer.join()
    report.expect(f"{name}: writes beside it that were refused", len(refused))
    report.figure(f"{name}: a write beside it, median and worst", f"{median(waits):.3f} s {max(waits):.2f} s of {len(waits)}")  # fmt: skip
    pauses = [after - before for (before, _), (after, _) in pairwise(moved[1:])]
    if pauses:
        report.figure(f"{name}: times that its progress moved, longest pause", f"{len(pauses)} {max(pauses):.1f} s")  # fmt: skip


def told(report: Report, name: str, wanted: int, *words: str) -> None:
    status, seconds, worked, peak = run(*words)
    report.expect(f"{name}: exit status", status, wanted=wanted)
    report.figure(f"{name}: seconds, of Python, MiB", f"{seconds:.1f} {worked:.1f} {peak:.0f}")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=10_000)
    options.add_argument("--writing", action="store_true", help="leave out the trials")
    asked = options.parse_args()
    rows = asked.rows
    report = Report()
    with open_rig(tenants=1) as rig:
        from qualiforma.accounts.models import User
        from qualiforma.tenants.context import tenant_context
        from qualiforma.training.models import Course

        [tenant] = rig.tenants
        with tenant_context(tenant):
            User.objects.bulk_create(
                User(email=email(rank), name=f"Learner {rank}", role="LEARNER")
                for rank in range(LEARNERS)
            )
            Course.objects.create(title="Excel", level="BEGINNER", duration_hours=7)
        measure(report, rig.home, tenant, rig.urls.owner, rows, is_writing=asked.writing)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
