"""One organisation's many jobs beside another's few: `python -m tests.bench.jobs_turns`.

Expected: the other's jobs wait for the one at hand, not for those that wait. Figures: how long each
waited with the queue empty, full, and full of urgent jobs of its own; what taking one costs.
"""

import argparse
import statistics
import sys
import time

from tests.bench.rig import Report, Rig, open_rig, say, until

FLOOD = """
    INSERT INTO procrastinate_jobs (queue_name, task_name, args)
    SELECT 'default', 'bench.mark', jsonb_build_object('schema', %s::text, 'tenant', %s::text,
        'ids', jsonb_build_object('key', 'flood-' || number, 'seconds', %s::text))
    FROM generate_series(1, %s) number RETURNING id
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=10_000, help="waiting (default: 10,000)")
    parser.add_argument("--seconds", default="0.05", help="of each of them (default: 0.05)")
    parser.add_argument("--others", type=int, default=40, help="jobs of the other (default: 40)")
    parser.add_argument("--workers", type=int, default=2, help="default: 2")
    chosen = parser.parse_args()
    report = Report()
    with open_rig(tenants=2, QUALIFORMA_JOB_STALLED_SECONDS="30") as rig:
        for _ in range(chosen.workers):
            rig.start_worker()
        ask(rig, "warm", 1)
        quiet = ask(rig, "quiet", chosen.others)
        many = rig.tenants[0]
        rig.query(FLOOD, many.schema_name, many.pk, chosen.seconds, chosen.jobs)
        say("queued")
        busy = ask(rig, "busy", chosen.others)
        urgent = ask(rig, "urgent", chosen.others, priority=100)
        report.figure("jobs of one organisation that waited, at first and at last",
                      f"{chosen.jobs}, {rig.waiting()}")  # fmt: skip
        for name, waits in (("quiet", quiet), ("busy", busy), ("busy, urgent", urgent)):
            text = f"{statistics.median(waits):.3f}, {max(waits):.3f}"
            report.figure(f"seconds the other's job waited, median and most, {name}", text)
        report.check("the other's longest wait is that of a few jobs",
                     max(busy) < max(quiet) + 1 + 10 * float(chosen.seconds), f"{max(busy):.3f} s")  # fmt: skip
        rig.stop_workers()
        compare_takes(rig, report)
    return report.end()


def ask(rig: Rig, name: str, count: int, *, priority: int = 0) -> list[float]:
    """Queue jobs of the second organisation, one after the other; return how long each waited."""
    from qualiforma.tenants.context import tenant_context
    from tests.bench.worker import leave_mark

    waits = []
    for number in range(count):
        key = f"{name}-{number}"
        asked = time.time()
        with tenant_context(rig.tenants[1]):
            leave_mark.enqueue({"key": key, "seconds": "0"}, priority=priority)
        until(lambda key=key: any(one == key for one, _, _ in rig.starts()), 60)  # type: ignore[misc]
        waits.append(next(at for one, _, at in rig.starts() if one == key) - asked)
    return waits


def compare_takes(rig: Rig, report: Report) -> None:
    """What one take costs while thousands wait: procrastinate's own function and ours, by turns."""
    takes = {
        "procrastinate's": "SELECT id FROM procrastinate_fetch_job_v2('{default}', NULL)",
        "ours": "SELECT id FROM jobs_take('default', NULL, '', true, now())",
    }
    spent: dict[str, list[float]] = {name: [] for name in takes}
    for _ in range(200):
        for name, statement in takes.items():
            began = time.perf_counter()
            rig.query(statement)
            spent[name].append(time.perf_counter() - began)
    for name, times in spent.items():
        report.figure(f"ms to connect and take a job, median, {name}", f"{statistics.median(times) * 1000:.2f}")  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
