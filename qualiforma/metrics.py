"""Measurements for Prometheus. Labels come from our own words only, never from what callers send.

Several worker processes write into files of one folder (`serve` names it); the person who is asked adds
them up. Without the folder there is one process, which answers for itself.
"""

import os
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

REQUEST = ("method", "route", "status")
# From an answer out of memory to the longest statement that the database is given.
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

_requests = Counter("qualiforma_http_requests", "Requests answered.", REQUEST)
_durations = Histogram(
    "qualiforma_http_request_duration_seconds", "Time to answer.", REQUEST, buckets=SECONDS
)
_database_errors = Counter(
    "qualiforma_database_errors", "Requests that the database failed, by problem code.", ["code"]
)
# Without labels: its file is there from the worker's start, and tells who works.
in_progress = Gauge(
    "qualiforma_http_requests_in_progress",
    "Requests being answered now.",
    multiprocess_mode="livesum",
)


def begin() -> None:
    """Have this process be seen, before its first call."""
    in_progress.inc(0)


def count_request(*, method: str, route: str, status: int, seconds: float) -> None:
    """Count an answered request. Units: seconds."""
    labels = (method, route, str(status))
    _requests.labels(*labels).inc()
    _durations.labels(*labels).observe(seconds)


def count_database_error(code: str) -> None:
    """Count a request that ended with one of the database's problem codes."""
    _database_errors.labels(code).inc()


def exposition(folder: str, *, database: Sequence[Metric] = ()) -> bytes:
    """Return everything in Prometheus' text format, added up over the workers of `folder`.

    `database`: what the database says at this moment, the same the person who is asked.
    """
    told = CollectorRegistry()
    if database:
        told.register(_Told(database))
    return _of_processes(folder) + generate_latest(told)


def _of_processes(folder: str) -> bytes:
    if not folder:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    workers = _living_workers(Path(folder))
    MultiProcessCollector(registry, path=folder)
    registry.register(_Workers(workers))
    return generate_latest(registry)


def _living_workers(folder: Path) -> list[int]:
    """Return the workers' process ids; what the dead ones had in progress is forgotten.

    Their counters stay: a sum must not fall.
    """
    living = []
    for file in folder.glob("gauge_livesum_*.db"):
        pid = int(file.stem.rpartition("_")[2])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            mark_process_dead(pid, path=str(folder))
        else:
            living.append(pid)
    return sorted(living)


class _Told(Collector):
    """Measurements that were made before."""

    def __init__(self, metrics: Sequence[Metric]) -> None:
        self.metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self.metrics


class _Workers(Collector):
    """Memory, processor time and open files of each worker, which the library has for one only."""

    def __init__(self, pids: Iterable[int]) -> None:
        self.pids = pids

    def collect(self) -> Iterable[Metric]:
        families: dict[str, Metric] = {}
        for pid in self.pids:
            one = ProcessCollector(pid=partial(int, pid), registry=None)
            for metric in one.collect():
                family = families.setdefault(
                    metric.name, Metric(metric.name, metric.documentation, metric.type)
                )
                for sample in metric.samples:
                    family.add_sample(sample.name, {"pid": str(pid)}, sample.value)
        return families.values()
