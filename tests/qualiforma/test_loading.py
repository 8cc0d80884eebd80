"""What every process loads, and what only those load that use it."""

import subprocess
import sys

import pytest

from tests.live import ROOT

# Half a second and 14 MiB, which a command would pay for nothing.
LATE = {"icalendar", "openpyxl", "typst", "fontTools"}
NAMES = "print(*{name.partition('.')[0] for name in sys.modules})"

pytestmark = pytest.mark.process


def loaded(program):
    """Return what a process has loaded after this program."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {program}; {NAMES}"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return set(done.stdout.split())


def test_a_command_loads_no_library_of_documents():
    assert not LATE & loaded("import django; django.setup()")
