"""Test modules of the product, run on a real cluster of Citus: every API family, pages, jobs, mails.

Each in a process of its own, whose database is the cluster's (`tests/database.py`). What only plain
PostgreSQL does is left out by name: counted statements, and fixtures that write what they then have
the owner copy within one transaction.
"""

import os
import subprocess
import sys

import pytest

from tests.live import ROOT
from tests.sharded.addresses import NOT_RUN, is_named

pytestmark = [
    pytest.mark.long,
    pytest.mark.process,
    pytest.mark.skipif(not is_named(), reason=NOT_RUN),
]
PARTS = {
    "plans": ("tests/improvements",),
    "compliance": ("tests/compliance",),
    "action plans": ("tests/actionplans",),
    "personal data": ("tests/qualiforma/personal_data",),
    "pages": ("tests/qualiforma/admin/test_lists.py",),
    "webhooks, exports, work": (
        "tests/qualiforma/webhooks/test_events.py",
        "tests/qualiforma/exports",
        "tests/qualiforma/followup/test_my_work.py",
    ),
}
LEFT_OUT = (
    "tests/improvements/test_importing.py",
    "tests/improvements/test_write_statements.py",
    "tests/improvements/test_plan_stats.py::test_one_statement",
    "tests/actionplans/test_importing.py",
    "tests/actionplans/test_write_statements.py",
    "tests/actionplans/test_plan_list.py::test_any_page_costs_the_same",
    "tests/compliance/test_exchange.py",
    # Nodes plan with settings of their own.
    "tests/compliance/test_needs_list.py::test_each_filter_reads_its_index_in_the_lists_order",
    # What a node refuses at the commit comes without its class of error.
    "tests/compliance/test_path_patch.py::test_the_database_takes_no_version_with_a_gap",
    "tests/improvements/test_plan_reference.py::test_existing_plans_are_numbered_by_creation_order_and_old_code_goes_on",
)


@pytest.mark.parametrize("part", PARTS)
def test_it_passes_on_the_cluster(part):
    words = ["-q", "-p", "no:randomly", "-m", "not process and not long", *PARTS[part]]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words, *(f"--deselect={one}" for one in LEFT_OUT)],
        cwd=ROOT,
        env=os.environ | {"QUALIFORMA_TESTS_SHARDED": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2000:]
