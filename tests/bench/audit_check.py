"""What the check of a long trail costs: time, processor time and memory, by command and by file.

    python -m tests.bench.audit_check [--entries 1000000]

The entries are copies of those of the demonstration's data, sealed one behind the other in SQL.
The processor's time is what counts on a machine that others use too: of the command and all its
processes, and of the server.
"""

import argparse
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psycopg

from tests.bench.rig import Report, Rig, open_rig, say, server_processes
from tests.live import ROOT

GOAL_ENTRIES = 1_000_000

# Each kind of entry is cut at its sequence, so that a copy is put together from texts.
COPIES = """
CREATE FUNCTION pg_temp.copies(p_count integer) RETURNS SETOF audit_event LANGUAGE plpgsql AS $$
DECLARE
    v_kinds audit_event[] := ARRAY(SELECT one FROM audit_event AS one WHERE action NOT LIKE 'audit.%' ORDER BY seq);
    v_one audit_event;
    v_heads text[];
    v_tails text[];
    v_seq bigint;
    v_last text;
    v_kind integer;
BEGIN
    SELECT seq, hash INTO v_seq, v_last FROM audit_event ORDER BY seq DESC LIMIT 1;
    FOR number IN 1 .. cardinality(v_kinds) LOOP
        v_one := v_kinds[number];
        v_heads[number] := split_part(v_one.canonical, format('"seq": %s,', v_one.seq), 1);
        v_tails[number] := split_part(v_one.canonical, format('"seq": %s,', v_one.seq), 2);
    END LOOP;
    FOR number IN 0 .. p_count - 1 LOOP
        v_kind := number % cardinality(v_kinds) + 1;
        v_one := v_kinds[v_kind];
        v_seq := v_seq + 1;
        v_one.canonical := format('%s"seq": %s,%s', v_heads[v_kind], v_seq,
            replace(v_tails[v_kind], v_one.previous, v_last));
        v_one.seq := v_seq;
        v_one.previous := v_last;
        v_last := encode(sha256(convert_to(v_one.canonical, 'UTF8')), 'hex');
        v_one.hash := v_last;
        RETURN NEXT v_one;
    END LOOP;
END $$
"""
SHAPE = """
SELECT avg(octet_length(canonical)), avg(octet_length(clear::text)),
    avg((SELECT count(*) FROM jsonb_object_keys(clear)))
FROM (SELECT * FROM audit_event ORDER BY seq DESC LIMIT 10000) AS last
"""

# In a process of its own: what a process begins with counts as the most that it ever took.
MEASURED = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], check=False, stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(done.returncode, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    entries = parser.parse_args().entries
    report = Report()
    with open_rig(tenants=1) as rig:
        fill(rig, entries, report)
        tenant, file = rig.tenants[0].slug, rig.home / "trail.jsonl"
        manage = [sys.executable, "manage.py"]
        check = [*manage, "verify_audit_trail"]
        _seconds, least = run(rig, report, "command, of one entry", [*check, "--platform"])
        seconds, most = run(rig, report, "command", [*check, "--tenant", tenant])
        run(rig, report, "export", [*manage, "export_audit_trail", "--tenant", tenant, str(file)])
        alone = [sys.executable, "-I", "-S", str(file.with_name("verify_trail.py")), str(file)]
        seconds_alone, _ = run(rig, report, "file", alone)
        if entries >= GOAL_ENTRIES:
            report.check("command within 15 s", seconds <= 15, f"{seconds:.1f}")
            report.check("file within 30 s", seconds_alone <= 30, f"{seconds_alone:.1f}")
        # Django and the project alone take about 100.
        report.check("command within 120 MiB", most <= 120, f"{most:.0f}")
        report.check("20 MiB more than of one entry", most <= least + 20, f"{most - least:.0f}")
    return report.end()


def fill(rig: Rig, entries: int, report: Report) -> None:
    """Load the demonstration's data and copy its entries."""
    from qualiforma.accounts import demo as accounts
    from qualiforma.tenants.context import tenant_context
    from qualiforma.training import demo as training

    tenant = rig.tenants[0]
    with tenant_context(tenant):
        accounts.load("qualiforma-demo")
        training.load("qualiforma-demo")
    began = time.monotonic()
    path = f"-c search_path={tenant.schema_name},public"
    with psycopg.connect(rig.urls.owner, options=path, autocommit=True) as owner:
        owner.execute(COPIES)
        owner.execute("INSERT INTO audit_event SELECT * FROM pg_temp.copies(%s)", [entries])
        owner.execute("VACUUM ANALYZE audit_event")
        [shape] = owner.execute(SHAPE).fetchall()
    say(f"filled in {time.monotonic() - began:.0f} s")
    report.figure(
        "an entry's sealed text, values' text, values", "{:.0f} B, {:.0f} B, {:.1f}".format(*shape)
    )


def run(rig: Rig, report: Report, name: str, command: list[str]) -> tuple[float, float]:
    """Run a program, which must succeed; return its seconds and the MiB of its largest process.

    The processor's seconds are those of all its processes, and of the server meanwhile.
    """
    served, began = seconds_of(server_processes(rig.home)), time.monotonic()
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", MEASURED, *command],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    seconds = time.monotonic() - began
    served = seconds_of(server_processes(rig.home)) - served
    status, spent, most = map(float, done.stdout.split())
    report.expect(f"{name}: status", int(status))
    report.figure(
        name, f"{seconds:.1f} s; processor {spent:.1f} s, server's {served:.1f} s; {most:.0f} MiB"
    )
    return seconds, most


def seconds_of(processes: list[int]) -> float:
    """Return the processor's seconds of processes and of their children that have ended."""
    ticks = 0
    for pid in processes:
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main())
