"""Many jobs over many tenants: `python -m tests.bench.jobs_load`.

Expected: all done, each once, the workers' memory flat, their connections bounded. Figures: jobs
per second, and how that changes from the first quarter to the last.
"""

import argparse
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from tests.bench.rig import OBSERVER, Report, Rig, open_rig, say, until

GROWTH = 1.10  # of a worker's memory, from the first quarter of the run to the last
CONNECTIONS = 6  # of a worker: the queue's three, its listener, the job's, the rescuer's


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=10_000, help="default: 10,000")
    parser.add_argument("--tenants", type=int, default=200, help="default: 200")
    parser.add_argument("--workers", type=int, default=2, help="default: 2")
    chosen = parser.parse_args()
    report = Report()
    with open_rig(tenants=chosen.tenants, QUALIFORMA_JOB_STALLED_SECONDS="30") as rig:
        began = time.monotonic()
        queue_all(rig, chosen.jobs)
        rate = chosen.jobs / (time.monotonic() - began)
        report.figure("jobs over tenants, by workers",
                      f"{chosen.jobs} over {chosen.tenants}, by {chosen.workers}")  # fmt: skip
        report.figure("queued per second, one client", f"{rate:.0f}")
        say("queued")
        watch = Watch(rig, chosen.workers)
        is_drained = until(lambda: rig.waiting() == 0, 60 + chosen.jobs / 10)
        watch.end()
        report.check("drained", is_drained, is_drained)
        report.expect("workers stopped in order", rig.stop_workers(), wanted=[0] * chosen.workers)
        measure(rig, report, chosen.jobs)
        watch.measure(report)
    return report.end()


def queue_all(rig: Rig, jobs: int) -> None:
    from qualiforma.tenants.context import leave_tenant, tenant_context
    from tests.bench.worker import leave_mark

    leave_tenant()
    for number in range(jobs):
        with tenant_context(rig.tenants[number % len(rig.tenants)]):
            leave_mark.enqueue({"key": str(number), "seconds": "0"})


def measure(rig: Rig, report: Report, jobs: int) -> None:
    marks = rig.marks()
    effects = Counter(key for key, _, _ in marks)
    report.expect("jobs without effect", len({str(n) for n in range(jobs)} - set(effects)))
    report.expect("effects there twice", sum(count > 1 for count in effects.values()))
    report.figure("runs beyond one per effect", len(rig.starts()) - len(effects))
    [(left,)] = rig.query("SELECT count(*) FROM procrastinate_jobs")
    report.expect("left in the queue", left)
    at = sorted(at for _, _, at in marks)
    quarter = len(at) // 4
    report.figure("jobs per second", f"{len(at) / (at[-1] - at[0]):.0f}")
    report.figure("jobs per second, first and last quarter",
                  f"{quarter / (at[quarter] - at[0]):.0f}, {quarter / (at[-1] - at[-quarter]):.0f}")  # fmt: skip
    shares = Counter(pid for _, pid, _ in marks)
    report.figure("share of each worker", ", ".join(f"{n / len(at):.0%}" for n in shares.values()))


class Watch(threading.Thread):
    """Samples the workers' memory and the database's connections while they work."""

    def __init__(self, rig: Rig, workers: int) -> None:
        super().__init__(daemon=True)
        self._rig = rig
        # What is there before the workers: this script's own.
        self._others = self._connections()
        self._workers = [rig.start_worker() for _ in range(workers)]
        self._ended = threading.Event()
        self._memory: dict[int, list[int]] = {worker.pid: [] for worker in self._workers}
        self._most = 0
        self.start()

    def run(self) -> None:
        while not self._ended.wait(0.5):
            # A worker that has begun to work: what loading the program takes is not growth.
            if self._rig.starts_file.stat().st_size:
                for pid, samples in self._memory.items():
                    samples.append(resident(pid))
            self._most = max(self._most, self._connections())

    def end(self) -> None:
        self._ended.set()
        self.join()

    def measure(self, report: Report) -> None:
        for samples in self._memory.values():
            quarter = max(1, len(samples) // 4)
            first = sum(samples[:quarter]) / quarter
            last = sum(samples[-quarter:]) / quarter
            text = f"{first / 1024:.1f}, {last / 1024:.1f} ({last / first:.2f})"
            report.check(
                "memory of a worker, first and last quarter (MiB)", last < first * GROWTH, text
            )
        most = self._most - self._others
        report.check(
            "connections of all workers at most", most <= CONNECTIONS * len(self._workers), most
        )

    def _connections(self) -> int:
        [(count,)] = self._rig.query(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE usename = 'qualiforma_app' AND application_name <> %s",
            OBSERVER,
        )
        return int(count)


def resident(pid: int) -> int:
    """Resident memory in KiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    return 0


if __name__ == "__main__":
    sys.exit(main())
