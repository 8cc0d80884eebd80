"""Eight connections, mixed services and raw statements, in both orders of locks: a short run.

The long one is `python -m tests.bench.audit races`.
"""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from tests.live import ROOT, wait_until
from tests.qualiforma.audit.scratch import owner, python, scratch_tenant

CONNECTIONS, WRITES = 8, 60
FILLED = 24
FILL = "from tests.bench.load import fill; fill({!r})"


def test_no_deadlock_and_an_unbroken_chain(django_db_setup):
    with scratch_tenant() as (slug, schema), owner(schema) as connection:
        python("manage.py", "shell", "-v", "0", "-c", FILL.format(slug))
        code = "from tests.bench.load import write; write({!r}, {}, {})"
        workers = [
            subprocess.Popen(
                [
                    sys.executable,
                    "manage.py",
                    "shell",
                    "-v",
                    "0",
                    "-c",
                    code.format(slug, rank, WRITES),
                ],
                cwd=ROOT,
                env=os.environ,
                stdout=subprocess.PIPE,
                text=True,
            )
            for rank in range(CONNECTIONS)
        ]
        assert [worker.communicate(timeout=120)[0] for worker in workers] == ["0"] * CONNECTIONS
        assert [worker.returncode for worker in workers] == [0] * CONNECTIONS
        assert "intact" in python("manage.py", "verify_audit_trail", "--tenant", slug)
        [(entries,)] = connection.execute("SELECT count(*) FROM audit_event").fetchall()
        assert entries == 1 + FILLED + CONNECTIONS * WRITES


def test_a_plain_update_waits_for_the_trail_before_it_locks_its_row(django_db_setup):
    """Else it (row, then trail) and a service (trail, then row) would wait for one another."""
    with scratch_tenant() as (slug, schema), owner(schema) as one, owner(schema) as two:
        python("manage.py", "shell", "-v", "0", "-c", FILL.format(slug))
        one.autocommit = two.autocommit = False
        plan = "improvements_improvementplan"
        one.execute("SELECT FROM audit_lock FOR NO KEY UPDATE")  # a service begins
        with ThreadPoolExecutor(1) as pool:
            late = pool.submit(two.execute, f"UPDATE {plan} SET title = 'X' WHERE id = 'imp_0'")
            wait_until(lambda: is_waiting(schema, two))
            one.execute(f"SELECT FROM {plan} WHERE id = 'imp_0' FOR UPDATE NOWAIT")
            one.rollback()
            assert late.result(10).rowcount == 1
        two.rollback()


def is_waiting(schema, connection):
    with owner(schema) as third:
        row = third.execute(
            "SELECT wait_event_type FROM pg_stat_activity WHERE pid = %s",
            [connection.info.backend_pid],
        ).fetchone()
        return row == ("Lock",)
