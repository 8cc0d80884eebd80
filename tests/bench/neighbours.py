"""Others while one organisation's trail is held: `python -m tests.bench.neighbours`.

A transaction holds the trail of one organisation while its writers try again and again. Another
organisation reads and writes, as it did before in quiet. Expected: median at most twice the quiet
one, 99 % of the calls within a second, no 5xx, logins of the first organisation answered.
"""

import argparse
import sys
import threading
import time
from pathlib import Path
from statistics import median, quantiles

import psycopg

from qualiforma.server.processes import usual_processes
from tests.bench.rig import Report, open_rig, say
from tests.live import Caller, log_in, start_server

PASSWORD = "mot-de-passe-de-test"
PLAN = {"title": "T", "trigger": "PROACTIVE", "targetDate": "2026-12-31", "owner": "usr_admin01"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20, help="that the trail is held")
    parser.add_argument("--writers", type=int, default=12, help="of the organisation held")
    parser.add_argument("--clients", type=int, default=2, help="of the other organisation")
    parser.add_argument("--workers", type=int, default=usual_processes(), help="web processes")
    chosen = parser.parse_args()
    with open_rig(tenants=2, QUALIFORMA_RATE_LIMIT="1000000") as rig:
        return measured(rig, chosen)


def measured(rig, chosen) -> int:
    report = Report()
    add_people(rig.tenants)
    server = start_server(WEB_WORKERS=str(chosen.workers))
    try:
        here, there = (
            log_in(server.base, one.slug, "admin@essai.fr", PASSWORD) for one in rig.tenants
        )
        quiet = work(there, chosen.clients, chosen.seconds / 2)
        say("quiet measured")
        stop = threading.Event()
        refusals: list[tuple[int, float]] = []
        writers = [
            threading.Thread(target=write, args=[here, stop, refusals])
            for _ in range(chosen.writers)
        ]
        with psycopg.connect(rig.urls.owner) as holder:
            schema = rig.tenants[0].schema_name
            holder.execute(f"SELECT 1 FROM {schema}.audit_lock FOR NO KEY UPDATE")
            for writer in writers:
                writer.start()
            held = work(there, chosen.clients, chosen.seconds)
            status, _ = here(
                "POST", "auth/login", {"email": "admin@essai.fr", "password": PASSWORD}
            )
            stop.set()
            for writer in writers:
                writer.join()
            holder.rollback()
        tell(report, quiet, held, refusals, status)
        report.figure("MiB of its own of each process", sizes(server.process.pid))
    finally:
        server.stop()
    return report.end()


def add_people(tenants) -> None:
    from qualiforma.accounts.services import create_user
    from qualiforma.tenants.context import tenant_context

    for one in tenants:
        with tenant_context(one):
            create_user(
                id="usr_admin01", email="admin@essai.fr", name="A", role="ADMIN", password=PASSWORD
            )


def write(call: Caller, stop: threading.Event, told: list[tuple[int, float]]) -> None:
    again = Caller(call.base, call.tenant, call.token)
    while not stop.is_set():
        began = time.monotonic()
        status, _ = again("POST", "improvement-plans", PLAN)
        told.append((status, time.monotonic() - began))
        time.sleep(0.05)


def work(call: Caller, clients: int, seconds: float) -> list[tuple[int, float]]:
    """Nine reads, then a write, again and again; status and seconds of each."""
    found: list[tuple[int, float]] = []

    def run() -> None:
        again, until, number = (
            Caller(call.base, call.tenant, call.token),
            time.monotonic() + seconds,
            0,
        )
        while time.monotonic() < until:
            number += 1
            is_write = number % 10 == 0
            began = time.monotonic()
            status, _ = (
                again("POST", "improvement-plans", PLAN)
                if is_write
                else again("GET", "improvement-plans?perPage=5")
            )
            found.append((status, time.monotonic() - began))
            time.sleep(0.02)

    threads = [threading.Thread(target=run) for _ in range(clients)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return found


def tell(report, quiet, held, refusals, login) -> None:
    for name, found in (("quiet", quiet), ("held", held)):
        times = [seconds for _, seconds in found]
        report.figure(f"{name}: calls, median ms, p99 ms", shown(times))
    before, after = (median(one for _, one in found) for found in (quiet, held))
    worst = quantiles([one for _, one in held], n=100)[98]
    report.check("median against quiet, at most 2", after <= 2 * before, f"{after / before:.2f}")
    report.check("99 % within 1 s", worst <= 1, f"{worst:.3f}")
    report.expect("5xx of the other organisation", sum(status >= 500 for status, _ in held))
    report.expect("login of the organisation held", login, wanted=200)
    report.figure("its writers: calls, median ms, p99 ms", shown([one for _, one in refusals]))
    report.figure("its writers' statuses", sorted({status for status, _ in refusals}))


def shown(times: list[float]) -> str:
    return f"{len(times)} {median(times) * 1000:.1f} {quantiles(times, n=100)[98] * 1000:.1f}"


def sizes(parent: int) -> str:
    """Return what each web process has for itself alone (USS)."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            is_child = f"PPid:\t{parent}\n" in (folder / "status").read_text()
            lines = (folder / "smaps_rollup").read_text().splitlines() if is_child else []
        except OSError:
            continue
        own = [int(one.split()[1]) for one in lines if one.startswith("Private_")]
        if own and sum(own) > 20_000:  # the web server's other child tracks resources
            found.append(f"{sum(own) / 1024:.0f}")
    return " ".join(found)


if __name__ == "__main__":
    sys.exit(main())
