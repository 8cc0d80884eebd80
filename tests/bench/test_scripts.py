"""The measurements in small, so that they still run when they are wanted."""

import os
import subprocess
import sys

import pytest

from tests.live import ROOT

SMALL = {
    "audit_check": "--entries 1000",
    "audit_writes": "--seconds 0.5 --rounds 1",
    "jobs_faults": "--kills 3 --downs 3 --mails 10 --mail-down 3",
    "jobs_load": "--jobs 300 --tenants 2",
    "postgres_faults": "--kills 3 --seconds 1 --clients 2",
    "timeline": "",
    "exchange": "--rows 300",
    "readiness": "20",
    "bundle": "50",
    "search": "500",
    "neighbours": "--seconds 4 --writers 6",
    "outside": "--seconds 4 --rows 200",
    "mixed": "--tenants 2 --minutes 0.3 --clients 2",
    "workbook": "--actions 20 --plans 200",
    "floor": "--plans 200 --rounds 1 --calls 4",
    "pages": "300",
}


@pytest.mark.long
@pytest.mark.parametrize("script", SMALL)
def test_scripts(script):
    # Not the tests' own database: each script starts one of its own.
    given = {name: value for name, value in os.environ.items() if "DATABASE" not in name}
    done = subprocess.run(
        [sys.executable, "-m", f"tests.bench.{script}", *SMALL[script].split()],
        cwd=ROOT,
        env=given,
        check=False,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
