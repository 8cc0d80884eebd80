"""What an audit bundle of a large organisation costs, and whether its memory grows with it.

5,000 plans with 20,000 actions, 2,000 enrollments, 5,000 pieces of evidence, 3,000 files of 200 KiB,
and a tenth of all that in a second organisation. Each is exported by the command, as a process of
its own, whose peak is the system's figure. The floor writes as many bytes of files through the same
archive. Run with `make bench BENCH=bundle`; a number makes it that much smaller.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.bench.readiness import ENROLLMENTS, EVIDENCE, PLANS, analyze, fill
from tests.bench.rig import Report, Rig, open_rig

FILES, FILE_BYTES = 3_000, 200 * 1024
# Prints the peak of its one child in KiB, whatever it ended with.
MEASURED = (
    "import resource, subprocess, sys, time\n"
    "begun = time.perf_counter()\n"
    "status = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)\n"
    "peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss\n"
    "print(status, peak, time.perf_counter() - begun)\n"
)


def main() -> int:
    report = Report()
    smaller = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    with open_rig(tenants=2) as rig:
        for tenant, share in zip(rig.tenants, (smaller * 10, smaller), strict=True):
            _fill(rig, tenant, share)
        folder = Path(os.environ["QUALIFORMA_HOME"])
        tenth = _export(report, rig.tenants[0].slug, folder / "small.zip", "a tenth")
        whole = _export(report, rig.tenants[1].slug, folder / "large.zip", "the whole")
        report.check("peak within 1.3 times", whole <= 1.3 * tenth, f"{whole / tenth:.2f}x")
        begun = time.perf_counter()
        checked = _manage("verify_audit_bundle", folder / "large.zip")
        report.figure("verifying the whole", f"{time.perf_counter() - begun:.1f} s")
        report.check("verified", checked.returncode == 0, checked.stdout.strip())
        _learner(report, rig.tenants[1].slug, folder)
    return report.end()


def _fill(rig: Rig, tenant: Any, smaller: int) -> None:
    from qualiforma.accounts import demo as accounts
    from qualiforma.tenants.context import tenant_context
    from qualiforma.training import demo as training

    with tenant_context(tenant):
        accounts.load("qualiforma-demo")
        training.load("qualiforma-demo")
        fill(smaller)
        _files(max(FILES // smaller, 1))
    analyze(rig.urls.owner, tenant.schema_name)


def _files(number: int) -> None:
    """Attach files to the first plans; each has bytes of its own, as no archive makes them smaller."""
    import hashlib

    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage

    from improvements.models import ImprovementPlan, PlanAttachment
    from qualiforma import audit
    from qualiforma.files import tenant_folder

    plans = list(ImprovementPlan.objects.order_by("pk")[:number])
    rows = []
    for rank in range(number):
        content = os.urandom(FILE_BYTES)
        key = f"{tenant_folder('improvements', plans[0].pk)}{rank}.pdf"
        rows.append(
            PlanAttachment(
                plan=plans[rank % len(plans)],
                key=default_storage.save(key, ContentFile(content)),
                name=f"{rank}.pdf",
                size=FILE_BYTES,
                content_type="application/pdf",
                sha256=hashlib.sha256(content).hexdigest(),
                uploaded_by_id="usr_admin01",
            )
        )
    with audit.action("training.demo.loaded"):
        PlanAttachment.objects.bulk_create(rows, batch_size=1000)


def _export(report: Report, slug: str, output: Path, name: str) -> int:
    """Export with names, hence with files; return the peak in KiB."""
    words = ("export_audit_bundle", "--tenant", slug, "--names", "--reason", "Mesure")
    program = [sys.executable, "manage.py", *words, "--output", str(output)]
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *program], capture_output=True, text=True, check=True
    )
    status, peak, seconds = done.stdout.split()
    report.expect(f"{name}: exit status", int(status), wanted=0)
    size = output.stat().st_size / 1024**2
    report.figure(name, f"{float(seconds):.1f} s, {size:.0f} MiB, peak {int(peak) / 1024:.0f} MiB")
    return int(peak)


def _learner(report: Report, slug: str, folder: Path) -> None:
    begun = time.perf_counter()
    _manage("audit_head", "--tenant", slug)
    started = time.perf_counter() - begun
    words = ("export_learner_file", "--tenant", slug, "--enrollment", "enr_bench_1")
    begun = time.perf_counter()
    done = _manage(*words, "--output", folder / "one.zip")
    took = time.perf_counter() - begun - started
    is_written = done.returncode == 0
    told = f"{took:.1f} s beside the {started:.1f} s of any command"
    report.check("a learner's file under 5 s", is_written and took < 5, told)
    report.figure("of enrollments and evidence", f"{ENROLLMENTS}, {EVIDENCE}, plans {PLANS}")


def _manage(*words: object) -> "subprocess.CompletedProcess[str]":
    program = [sys.executable, "manage.py", *map(str, words)]
    return subprocess.run(program, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    raise SystemExit(main())
