"""What the trail costs writers of one organisation: writes a second, by one client and by eight.

    python -m tests.bench.audit_writes [--seconds 5] [--rounds 3]

The same row is inserted four ways, by turns, on a server that waits for its disk: into a table
without triggers; with the trail, as plain SQL does it; with the trail, as an action does it, which
waits for the disk behind its commit; and with the trail by a client that never waits for the disk.
"""

import argparse
import sys
import threading
import time
from statistics import median

import psycopg

from tests.bench.rig import Report, Rig, open_rig

INSERT = """INSERT INTO {} (id, plan_id, description, status, owner_id, position, created_at)
VALUES ('act_' || gen_random_uuid(), 'imp_0', 'Rappeler le client', 'TODO', 'usr_0', 0, now())"""
BARE, RECORDED = INSERT.format("bare"), INSERT.format("improvements_correctiveaction")
WAIT = "SELECT pg_logical_emit_message(true, 'qualiforma', '')"
# The statements of a write: each is a round trip.
WAYS = {
    "without the trail": [BARE],
    "plain SQL": [RECORDED],
    "action": [f"BEGIN; SET LOCAL synchronous_commit = off; {RECORDED}; COMMIT", WAIT],
    "no waiting": [f"BEGIN; SET LOCAL synchronous_commit = off; {RECORDED}; COMMIT"],
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    report = Report()
    with open_rig(tenants=1) as rig:
        from tests.bench.load import fill

        tenant = rig.tenants[0]
        fill(tenant.slug)
        path = f"-c search_path={tenant.schema_name},public"
        with psycopg.connect(rig.urls.owner, options=path, autocommit=True) as owner:
            owner.execute("CREATE TABLE bare (LIKE improvements_correctiveaction INCLUDING ALL)")
        for clients in (1, 8):
            found: dict[str, list[float]] = {way: [] for way in WAYS}
            for _ in range(options.rounds):
                for way, rates in found.items():
                    rates.append(rate(rig, path, way, clients, options.seconds))
            tell(report, clients, found)
    return report.end()


def tell(report: Report, clients: int, found: dict[str, list[float]]) -> None:
    bare = median(found["without the trail"])
    for way, rates in found.items():
        middle = median(rates)
        value = f"{middle:.0f} a second, cost {bare / middle:.1f}"
        report.figure(f"{clients} clients, {way}", value)
        report.check(f"{clients} clients, {way}: all wrote", min(rates) > 0, "yes")


def rate(rig: Rig, path: str, way: str, clients: int, seconds: float) -> float:
    """Return the writes a second of that many clients together."""
    counts: list[int] = []
    until = time.monotonic() + seconds

    def client() -> None:
        with psycopg.connect(rig.urls.owner, options=path, autocommit=True) as connection:
            connection.prepare_threshold = None  # one is of several statements
            count = 0
            while time.monotonic() < until:
                for statement in WAYS[way]:
                    connection.execute(statement)
                count += 1
            counts.append(count)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / seconds


if __name__ == "__main__":
    sys.exit(main())
