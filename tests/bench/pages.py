"""What a page far behind costs against the first, over many improvement plans.

Run as `python -m tests.bench.pages [PLANS]`. 10,000 plans with five actions each in one tenant, on a
throw-away PostgreSQL; the whole call in one process, first and last page taking turns.
"""

import os
import sys
import time
from datetime import timedelta
from statistics import median
from typing import Any

from tests.bench.provisioning import say, throwaway

ROUNDS = 15
ACTIONS_EACH = 5
OWNER = "usr_admin01"
TABLES = ("improvementplan", "correctiveaction")
API, ADMIN = "/api/v1/improvement-plans", "/admin/improvements/improvementplan/"


def fill(plans: int) -> None:
    """Make the tenant and its rows, the triggers off: the trail is not what is measured here."""
    from django.db import connection
    from django.utils import timezone

    from improvements.models import CorrectiveAction, ImprovementPlan
    from qualiforma.accounts import demo
    from qualiforma.provisioning.services import create_tenant, migrate_installation
    from qualiforma.tenants.context import tenant_context
    from qualiforma.tenants.owner import as_owner

    migrate_installation()
    tenant = create_tenant(slug="bench", name="Banc d’essai")
    with tenant_context(tenant):
        demo.load("qualiforma-demo")
    now, day = timezone.now(), timezone.localdate()
    made = [
        ImprovementPlan(
            title=f"Plan {n}",
            trigger="AUDIT",
            owner_id=OWNER,
            target_date=day,
            created_at=now - timedelta(minutes=n),
        )
        for n in range(plans)
    ]
    actions = [
        CorrectiveAction(plan=plan, owner_id=OWNER, description=f"Action {rank}", position=rank)
        for plan in made
        for rank in range(ACTIONS_EACH)
    ]
    with as_owner(), tenant_context(tenant), connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ALTER TABLE improvements_{table} DISABLE TRIGGER USER")
        ImprovementPlan.objects.bulk_create(made, batch_size=1000)
        CorrectiveAction.objects.bulk_create(actions, batch_size=1000)
        for table in TABLES:
            cursor.execute(f"ALTER TABLE improvements_{table} ENABLE TRIGGER USER")
            cursor.execute(f"VACUUM ANALYZE improvements_{table}")


def clients() -> tuple[Any, Any]:
    """An ADMIN by the API and at the pages."""
    from tests.admin_client import AdminClient
    from tests.cast import Client

    email, password = "admin@qualiforma.fr", os.environ["QUALIFORMA_DEMO_PASSWORD"]
    login = {"email": email, "password": password}
    token = Client("bench").post("/api/v1/auth/login", login).json()["data"]["accessToken"]
    admin_client = AdminClient("bench.localhost")
    entered = admin_client.send("/admin/login/", {"username": email, "password": password})
    assert entered.status_code == 302
    return Client("bench", token), admin_client


def measure(client: Any, paths: tuple[str, str]) -> list[float]:
    """Return the median of each call in milliseconds."""
    times: dict[str, list[float]] = {path: [] for path in paths}
    for _ in range(ROUNDS):
        for path in paths:
            start = time.perf_counter()
            answer = client.get(path)
            times[path].append((time.perf_counter() - start) * 1000)
            assert answer.status_code == 200, answer.content
    return [median(taken) for taken in times.values()]


def main() -> None:
    plans = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    os.environ["QUALIFORMA_DEMO_PASSWORD"] = "correct-horse-battery"
    with throwaway():
        import django
        from django.test.utils import setup_test_environment

        django.setup()
        setup_test_environment()
        fill(plans)
        say(f"{plans} plans, {plans * ACTIONS_EACH} actions")
        api, admin_client = clients()
        per_page = 50  # its last page is 200 of 10,000
        pages = (f"{API}?perPage={per_page}&page=", f"{ADMIN}?p=")
        lasts = (plans // per_page, plans // 25)
        for client, path, last in zip((api, admin_client), pages, lasts, strict=True):
            first, behind = measure(client, (f"{path}1", f"{path}{last}"))
            say(
                f"{path:50} page 1 {first:7.1f} ms, page {last} {behind:7.1f} ms, × {behind / first:4.1f}"
            )


if __name__ == "__main__":
    main()
