"""Each operation beside its floor: `make bench BENCH=floor`.

The floor is a bare WSGI function under the same server (`tests.bench.floors.app`): same token check,
same user, one statement that builds the answer; writes with the same triggers and rows. Answers are
compared before anything is timed; then ours and the floor take turns, round by round, in the same run.
`--plans`: in the tenant, 5 actions each. `--only "PATCH,detail"`: operations whose name has one of these. `--home`: a folder
that is kept, so that the next run need not fill it. The figures are printed, and written as JSON.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from qualiforma.runtime.postgres import Cluster, DatabaseUrls
from tests.bench.floors.operations import Operation, operations
from tests.bench.floors.setup import known_to_floor, sign_in
from tests.bench.floors.wire import Wire, descendants, processor_seconds
from tests.bench.rig import say, server_processes, temporary_home
from tests.live import ROOT, free_port, start_server, wait_until

WORKERS = "2"
# Calls before the rounds: two that are noted, two that are compared.
MADE_BEFORE = 4
HEAD = ("operation", "ours ms", "floor", "ratio", "min", "max", "p50", "p99", "CPU", "floor", "ratio", "queries")  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plans", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--calls", type=int, default=40, help="of each in a round")
    parser.add_argument("--connections", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--home", type=Path)
    parser.add_argument("--json", type=Path, default=ROOT / ".qualiforma" / "floor.json")
    chosen = parser.parse_args()
    with prepared(chosen) as (home, urls):
        return measured(home, urls, chosen)


@contextmanager
def prepared(chosen: argparse.Namespace) -> Iterator[tuple[Path, DatabaseUrls]]:
    """A database with the rows in it, and Django set up for it."""
    if chosen.home is None:
        with temporary_home() as home:
            chosen.home = home
            with prepared(chosen) as found:
                yield found
        return
    chosen.home.mkdir(exist_ok=True)
    chosen.home.chmod(0o755)
    cluster = Cluster(chosen.home)
    urls = cluster.start()
    os.environ.update(
        DJANGO_SETTINGS_MODULE="qualiforma.settings",
        DATABASE_URL=urls.app,
        DATABASE_OWNER_URL=urls.owner,
        QUALIFORMA_HOME=str(chosen.home / "state"),
        QUALIFORMA_SECRET_KEY="only-for-measurements-" + "x" * 32,
        QUALIFORMA_HTTPS="false",
        QUALIFORMA_RATE_LIMIT="1000000000",
        QUALIFORMA_LOG_LEVEL="WARNING",
    )
    try:
        import django
        from django.test.utils import setup_test_environment

        django.setup()
        setup_test_environment()
        fill_once(chosen.home / "filled", chosen.plans)
        yield chosen.home, urls
    finally:
        from django.db import connections

        connections.close_all()
        cluster.stop()


def fill_once(mark: Path, plans: int) -> None:
    from tests.bench.floors.fill import fill

    if mark.exists() and mark.read_text() == str(plans):
        return
    fill(plans)
    mark.write_text(str(plans))
    say(f"filled: {plans} plans")


@dataclass
class Side:
    """One of two servers, and what its calls have taken. Units: seconds."""

    port: int
    process: int
    headers: dict[str, str]
    rounds: list[float] = field(default_factory=list)
    each: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)


def measured(home: Path, urls: DatabaseUrls, chosen: argparse.Namespace) -> int:
    signed = sign_in()
    rows = [
        one
        for one in operations(chosen.plans, signed.path_id)
        if any(word in one.name for word in chosen.only.split(","))
    ]
    file = home / "floor.json"
    counts = known_to_floor(file, urls, signed, rows)
    with (home / "server.log").open("wb") as log:
        server = start_server(output=log, WEB_WORKERS=WORKERS, QUALIFORMA_LOG_LEVEL="INFO")
        floor_port, floor = start_floor(file, log)
        try:
            found = [
                measure(home, one, (server.port, server.process.pid), (floor_port, floor.pid), signed, chosen)
                | {"queries": counts[one.name]}
                for one in rows
            ]  # fmt: skip
        finally:
            server.stop()
            floor.terminate()
            floor.wait(30)
    tell(found)
    about = {"plans": chosen.plans, "connections": chosen.connections, "load": os.getloadavg()}
    chosen.json.parent.mkdir(exist_ok=True)
    chosen.json.write_text(json.dumps({**about, "operations": found}, indent=1) + "\n")
    return 0 if all(one["equal"] for one in found) else 1


def start_floor(file: Path, log: Any) -> tuple[int, subprocess.Popen[bytes]]:
    port = free_port()
    arguments = ["--interface", "rsgi", "--host", "127.0.0.1", "--port", str(port)]
    # One talks to clients and starts those that answer, as `manage.py serve` has it.
    arguments += ["--workers", "1", "--loop", "asyncio", "--http", "1", "--no-ws"]
    arguments += ["--backlog", "1024", "--log-level", "warning"]
    arguments += ["tests.bench.floors.app:application"]
    settings = {
        "BENCH_FLOOR": str(file),
        "QUALIFORMA_STARTED_FOLDER": str(file.parent),
        "WEB_WORKERS": WORKERS,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "qualiforma.server.web", *arguments],
        cwd=ROOT,
        env=os.environ | settings,
        stdout=log,
        stderr=log,
    )

    def answers() -> bool:
        try:
            return Wire(port, {})("GET", "/floor/ready")[0] == 200
        except OSError:
            return False

    wait_until(answers, process)
    return port, process


def measure(home: Path, row: Operation, ours_at: tuple[int, int], floor_at: tuple[int, int], signed: Any, chosen: Any) -> dict[str, Any]:  # fmt: skip
    headers = signed.page_headers if row.is_page else signed.headers
    ours = Side(ours_at[0], ours_at[1], headers)
    floor = Side(floor_at[0], floor_at[1], signed.headers)
    is_equal = compare(row, ours, floor)
    for _ in range(2):
        run(row, row.ours, ours, home, chosen, kept=False)
        run(row, row.floor, floor, home, chosen, kept=False)
    for _ in range(chosen.rounds):
        run(row, row.ours, ours, home, chosen)
        run(row, row.floor, floor, home, chosen)
    ratios = [one / other for one, other in zip(ours.rounds, floor.rounds, strict=True)]
    cpu = [one / other for one, other in zip(ours.processor, floor.processor, strict=True)]
    say(f"{row.name}: {median(ratios):.2f}, CPU {median(cpu):.2f}")
    return {
        "name": row.name,
        "equal": is_equal,
        "ours_ms": 1000 * median(ours.rounds),
        "floor_ms": 1000 * median(floor.rounds),
        "ratio": median(ratios),
        "ratio_min": min(ratios),
        "ratio_max": max(ratios),
        "p50_ms": 1000 * median(ours.each),
        "p99_ms": 1000 * quantiles(ours.each, n=100)[98],
        "cpu_ms": 1000 * median(ours.processor),
        "cpu_floor_ms": 1000 * median(floor.processor),
        "cpu_ratio": median(cpu),
    }


def run(row: Operation, make: Any, side: Side, home: Path, chosen: Any, *, kept: bool = True) -> None:  # fmt: skip
    """One round of one side: seconds per call, of each call, and of all processors per call."""
    pids = descendants(side.process) + server_processes(home)
    share = calls_of(row, chosen) // chosen.connections
    calls = [[make(next(row.counter)) for _ in range(share)] for _ in range(chosen.connections)]
    wires = [Wire(side.port, side.headers) for _ in calls]
    used, began = processor_seconds(pids), time.perf_counter()
    with ThreadPoolExecutor(chosen.connections) as pool:
        each = [one for some in pool.map(timed, wires, calls) for one in some]
    took = time.perf_counter() - began
    pids = descendants(side.process) + server_processes(home)
    used = processor_seconds(pids) - used
    for wire in wires:
        wire.close()
    if kept:
        side.rounds.append(took / len(each))
        side.processor.append(used / len(each))
        side.each += each


def calls_of(row: Operation, chosen: Any) -> int:
    """Return how many calls each side makes in a round, fewer where they would not last for all rounds."""
    if row.most is None:
        return int(chosen.calls)
    rounds = 2 * (chosen.rounds + 2)
    return int(min(chosen.calls, (row.most - MADE_BEFORE) // rounds))


def timed(wire: Wire, calls: list[Any]) -> list[float]:
    found = []
    for call in calls:
        began = time.perf_counter()
        status, content = wire(*call)
        found.append(time.perf_counter() - began)
        if status >= 300:
            raise AssertionError(f"{call}: {status} {content[:500]!r}")
    return found


def compare(row: Operation, ours: Side, floor: Side) -> bool:
    """Say whether both give the same answer, as JSON without what each makes anew."""
    number = next(row.counter)
    answers = []
    for side, make in ((ours, row.ours), (floor, row.floor)):
        status, content = Wire(side.port, side.headers)(*make(number))
        if status >= 300:
            raise AssertionError(f"{row.name}: {status} {content[:1000]!r}")
        answers.append(content)
        number = number if row.most is None else next(row.counter)
    if row.is_page:
        return True  # its floor is what the page itself was
    one, other = (without(json.loads(answer), row.ignored) for answer in answers)
    if one != other:
        say(
            f"{row.name}: not the same answer\n{json.dumps(one)[:3000]}\n{json.dumps(other)[:3000]}"
        )
    return bool(one == other)


def without(value: Any, names: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {name: without(one, names) for name, one in value.items() if name not in names}
    return [without(one, names) for one in value] if isinstance(value, list) else value


def tell(rows: list[dict[str, Any]]) -> None:
    """Print the table: ratios of time and of processors, each of its own rounds."""
    width = max(len(one["name"]) for one in rows)
    say("ratio, min, max: over the rounds; CPU: web and database, ms per call")
    sys.stdout.write(f"{HEAD[0]:{width}}" + "".join(f"{name:>8}" for name in HEAD[1:]) + "\n")
    names = ("ours_ms", "floor_ms", "ratio", "ratio_min", "ratio_max", "p50_ms", "p99_ms", "cpu_ms", "cpu_floor_ms", "cpu_ratio")  # fmt: skip
    for one in rows:
        figures = "".join(f"{one[name]:8.2f}" for name in names)
        warning = "" if one["equal"] else "  NOT EQUAL"
        sys.stdout.write(f"{one['name']:{width}}{figures}{one['queries']:8d}{warning}\n")
    sys.stdout.write(f"load {os.getloadavg()[0]:.1f}\n")


if __name__ == "__main__":
    sys.exit(main())
