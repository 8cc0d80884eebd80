"""The embedded PostgreSQL killed with -9 under load: `python -m tests.bench.postgres_faults`.

Client processes insert one row per transaction and write down, synced, what was acknowledged. As
root (the server then runs as nobody) and as an ordinary account. Expected: nothing acknowledged is
lost, and no process and no lock is left once the launcher stopped. Figure: seconds until the
server answers again.
"""

import argparse
import fcntl
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from sysconfig import get_path
from typing import Any

import psycopg

from qualiforma.runtime.children import die_with_parent
from qualiforma.runtime.postgres import Cluster
from tests.bench.rig import Report, kill_server, say, server_processes, temporary_home, until
from tests.live import ROOT

WAYS = ("main", "all", "backend")
NOBODY = 65534
# The virtual environment's interpreter may lie in a folder that is root's alone.
PYTHONS = (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=10, help="per account (default: 10)")
    parser.add_argument("--clients", type=int, default=4, help="inserting processes (default: 4)")
    parser.add_argument("--seconds", type=float, default=3, help="of load before each kill")
    parser.add_argument("--account", type=int, default=NOBODY, help="of the ordinary user, by id")
    parser.add_argument(
        "--insert", nargs=2, help=argparse.SUPPRESS
    )  # what a client is started with
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)  # of the ordinary user
    chosen = parser.parse_args()
    if chosen.insert:
        return insert(chosen.insert[0], Path(chosen.insert[1]))
    if chosen.home:
        return attack(chosen.home, chosen)
    with temporary_home() as home:
        is_good = attack(home, chosen) == 0
    if os.geteuid() == 0:
        is_good &= as_ordinary_user(chosen)
    return 0 if is_good else 1


def as_ordinary_user(chosen: argparse.Namespace) -> bool:
    """The same in processes of that account, which has to be able to read this project."""
    account: dict[str, Any] = {"user": chosen.account, "group": chosen.account, "extra_groups": []}
    account |= {
        "cwd": ROOT,
        "env": {"PYTHONPATH": get_path("purelib"), "PYTHONDONTWRITEBYTECODE": "1"},
    }
    python = next((one for one in PYTHONS if runs(one, account)), None)
    if python is None:
        say(f"Account {chosen.account} can run none of {', '.join(PYTHONS)} on this project.")
        return False
    with temporary_home(account=chosen.account) as home:
        again = [python, "-m", "tests.bench.postgres_faults", f"--home={home}"]
        again += [f"--kills={chosen.kills}", f"--clients={chosen.clients}"]
        again += [f"--seconds={chosen.seconds}"]
        return subprocess.run(again, check=False, **account).returncode == 0


def runs(python: str, account: dict[str, Any]) -> bool:
    with suppress(OSError):
        return (
            subprocess.run([python, "-c", "import psycopg"], check=False, **account).returncode == 0
        )
    return False


def attack(home: Path, chosen: argparse.Namespace) -> int:
    report, cluster = Report(), Cluster(home)
    report.figure("account", os.geteuid())
    urls = cluster.start()
    with psycopg.connect(urls.owner, autocommit=True) as connection:
        connection.execute("CREATE TABLE taken (client int, number int)")
        connection.execute("GRANT SELECT, INSERT ON taken TO qualiforma_app")
        synced = connection.execute("SHOW fsync").fetchone()
        report.expect("fsync", synced and synced[0], wanted="on")
    clients = [start_client(urls.app, home / f"client-{n}") for n in range(chosen.clients)]
    try:
        down = [fall(cluster, home, number, chosen.seconds) for number in range(chosen.kills)]
        time.sleep(chosen.seconds)
        ended = [client.poll() for client in clients]
    finally:
        for client in clients:
            client.kill()
            client.wait()
    report.expect("clients that gave up", sum(status is not None for status in ended))
    compare(report, urls.app, home, chosen.clients)
    figures(report, down)
    cluster.stop()
    report.check(
        "processes gone", until(lambda: not server_processes(home), 10), server_processes(home)
    )
    report.expect("lock free", is_free(home / "postgres" / "lock"), wanted=True)
    return report.end()


def start_client(url: str, acknowledged: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.bench.postgres_faults", "--insert", url]
    return subprocess.Popen(
        [*command, str(acknowledged)],
        cwd=ROOT,
        preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509 - two system calls in the child
    )


def insert(url: str, acknowledged: Path) -> int:
    """Insert until ended. A number whose commit was not acknowledged is not used again."""
    client, number = int(acknowledged.name.rpartition("-")[2]), 0
    with acknowledged.open("ab", buffering=0) as file:
        while True:
            try:
                with psycopg.connect(url, autocommit=True) as connection:
                    while True:
                        number += 1
                        connection.execute("INSERT INTO taken VALUES (%s, %s)", [client, number])
                        file.write(f"{number}\n".encode())
                        os.fsync(file.fileno())
            except psycopg.Error:
                time.sleep(0.05)


def fall(cluster: Cluster, home: Path, number: int, seconds: float) -> tuple[str, float, float]:
    """Kill the server once; return how, and the seconds until start() was back and a row is in."""
    time.sleep(seconds)
    how = WAYS[number % len(WAYS)]
    before = len(taken_lines(home))
    began = time.monotonic()
    kill_server(cluster, home, how)
    cluster.start()
    started = time.monotonic() - began
    until(lambda: len(taken_lines(home)) > before + 1, 30)
    say(f"{how} killed, back after {started:.2f} s")
    return how, started, time.monotonic() - began


def taken_lines(home: Path) -> list[tuple[int, int]]:
    """What was acknowledged. A client that is killed may leave half a line, which says nothing."""
    found = []
    for path in home.glob("client-*"):
        client = int(path.name.rpartition("-")[2])
        whole = path.read_text().rpartition("\n")[0]
        found += [(client, int(line)) for line in whole.splitlines()]
    return found


def compare(report: Report, url: str, home: Path, clients: int) -> None:
    acknowledged = taken_lines(home)
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT client, number FROM taken").fetchall()
    report.check("rows acknowledged", len(acknowledged) > 100 * clients, len(acknowledged))
    report.expect("acknowledged rows lost", len(set(acknowledged) - set(rows)))
    report.expect("rows there twice", len(rows) - len(set(rows)))
    report.figure("rows there whose answer was lost", len(set(rows) - set(acknowledged)))


def figures(report: Report, down: list[tuple[str, float, float]]) -> None:
    for how in WAYS:
        started = [f"{start:.2f}" for kind, start, _ in down if kind == how]
        served = [f"{row:.2f}" for kind, _, row in down if kind == how]
        report.figure(f"{how} killed: start() back after (s)", " ".join(started))
        report.figure(f"{how} killed: next rows acknowledged after (s)", " ".join(served))


def is_free(lock: Path) -> bool:
    with lock.open("ab") as file, suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


if __name__ == "__main__":
    sys.exit(main())
