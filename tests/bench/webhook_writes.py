"""What webhooks cost a write: the same change without an endpoint, and with one, by turns.

    python -m tests.bench.webhook_writes [--changes 200] [--rounds 5]

In one process, through the service, on a server that waits for its disk. `deaf`: an endpoint is on, but
has not chosen what happens.
"""

import argparse
import sys
import time
from statistics import median

from tests.bench.rig import Report, open_rig

WAYS = ("without endpoint", "deaf endpoint", "one endpoint", "ten endpoints")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    report = Report()
    with open_rig(tenants=1) as rig:
        found = measured(rig.tenants[0].slug, options.changes, options.rounds)
    base = median(found[WAYS[0]])
    for way, times in found.items():
        report.figure(way, f"{median(times) * 1000:.2f} ms, {median(times) / base:.2f} times")
    return report.end()


def measured(slug: str, changes: int, rounds: int) -> dict[str, list[float]]:
    """Return the seconds of a change, by way and round."""
    from improvements import services as improvements
    from qualiforma.accounts import services as accounts
    from qualiforma.accounts.actor import Actor
    from qualiforma.event_types import NAMES
    from qualiforma.tenants.context import get_tenant, tenant_context
    from qualiforma.webhooks import services
    from tests.improvements.factories import make_plan

    counts = {WAYS[0]: 0, WAYS[1]: 1, WAYS[2]: 1, WAYS[3]: 10}
    found: dict[str, list[float]] = {way: [] for way in WAYS}
    with tenant_context(get_tenant(slug)):
        user = accounts.create_user(
            email="bench@x.fr", name="Bench", role="ADMIN", password="une phrase bien longue"
        )
        actor = Actor.of(user)
        plan = make_plan(owner_id=user.pk)
        for number in range(rounds):
            for way, count in counts.items():
                chosen = ["complaint.rejected"] if way == WAYS[1] else NAMES
                endpoints = [
                    services.create_endpoint(
                        url="https://si.exemple.fr/", event_types=chosen, actor=actor
                    )
                    for _ in range(count)
                ]
                began = time.perf_counter()
                for change in range(changes):
                    title = f"{way} {number} {change}"
                    improvements.edit_plan(plan=plan, changes={"title": title}, actor=actor)
                found[way].append((time.perf_counter() - began) / changes)
                for one in endpoints:
                    services.delete_endpoint(endpoint=one, actor=actor)
    return found


if __name__ == "__main__":
    sys.exit(main())
