"""What filters of action plans cost, against the unfiltered first page, and which index serves each.

Run as `python -m tests.bench.actionplans [PLANS] [--explain]`. 10,000 plans with 80,000 actions in
one tenant, on a throw-away PostgreSQL; the whole call in one process, the kinds of call interleaved,
as ADMIN and as a MANAGER who sees half of the plans.
"""

import re
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from tests.bench.provisioning import say, throwaway

ROUNDS = 15
ACTIONS_EACH = 8
AREA = "f" * 24
# Filled by the owner with the triggers off, then counted at once: what these write one by one is the
# same (tests/actionplans/test_states.py), and the trail is not what is measured here.
FILL = """
INSERT INTO actionplans_area (id, name, position)
    SELECT lpad(to_hex(n), 24, 'f'), 'Périmètre ' || n, n FROM generate_series(1, 200) AS n;
INSERT INTO actionplans_actionplan
    (id, title, description, visibility, created_by_id, created_at, updated_at, version)
    SELECT lpad(to_hex(n), 24, '0'), 'Plan ' || n, '', (ARRAY['PUBLIC', 'PRIVATE'])[1 + n % 2],
        'usr_admin01', now() - n * interval '1 hour', now(), 1
    FROM generate_series(1, {plans}) AS n;
INSERT INTO actionplans_action
    (id, plan_id, title, description, action_type, source, visibility, due_date, created_by_id,
     created_at, updated_at, version, pending_count, in_progress_count, completed_count,
     cancelled_count)
    SELECT lpad(to_hex(n), 24, '0'), lpad(to_hex(1 + n % {plans}), 24, '0'), 'Action ' || n || words.word,
        'Description de l’action, ' || md5(n::text) || ' ' || md5((n + 1)::text),
        CASE WHEN n % 50 = 0 THEN 'COMPANY' ELSE 'MANAGER' END, 'MANUAL',
        (ARRAY['PUBLIC', 'PRIVATE'])[1 + (1 + n % {plans}) % 2],
        current_date + (n % 200 - 60)::int, 'usr_admin01', now() - n * interval '1 minute', now(), 1,
        0, 0, 0, 0
    FROM generate_series(1, {plans} * 8) AS n
    CROSS JOIN LATERAL (SELECT CASE WHEN n % 400 = 7 THEN ' livret' ELSE '' END AS word) AS words;
INSERT INTO actionplans_assignment
    (id, action_id, user_id, base_status, started_at, completed_at, position)
    SELECT lpad(to_hex(n * 4 + k), 24, '0'), lpad(to_hex(n), 24, '0'),
        'usr_bench' || (n * 7 + k * 13) % 60,
        (ARRAY['PENDING', 'IN_PROGRESS', 'COMPLETED', 'COMPLETED', 'CANCELLED'])[1 + (n / 3 + k) % 5],
        now(), CASE WHEN (n / 3 + k) % 5 > 1 THEN now() END, k
    FROM generate_series(1, {plans} * 8) AS n CROSS JOIN generate_series(0, 1) AS k;
INSERT INTO actionplans_focusitem (id, action_id, focus_type, focus_id, label, position)
    SELECT lpad(to_hex(n), 24, '0'), lpad(to_hex(n), 24, '0'),
        CASE WHEN n % 20 = 0 THEN 'ENPS' WHEN n % 2 = 0 THEN 'HI' ELSE 'SCORE' END, 's1', '', 0
    FROM generate_series(1, {plans} * 8) AS n;
INSERT INTO actionplans_actionarea (id, action_id, area_id)
    SELECT lpad(to_hex(n), 24, '0'), lpad(to_hex(n), 24, '0'), lpad(to_hex(1 + n % 200), 24, 'f')
    FROM generate_series(1, {plans} * 8) AS n;
UPDATE actionplans_action AS one SET pending_count = found.p, in_progress_count = found.i,
    completed_count = found.c, cancelled_count = found.x
    FROM (SELECT action_id, count(*) FILTER (WHERE base_status = 'PENDING') AS p,
        count(*) FILTER (WHERE base_status = 'IN_PROGRESS') AS i,
        count(*) FILTER (WHERE base_status = 'COMPLETED') AS c,
        count(*) FILTER (WHERE base_status = 'CANCELLED') AS x
        FROM actionplans_assignment GROUP BY action_id) AS found WHERE found.action_id = one.id;
"""
TABLES = ("area", "actionplan", "action", "assignment", "focusitem", "actionarea")
FIRST_PAGE = "the first page, unfiltered"
CALLS = {
    FIRST_PAGE: "",
    "status, focus and assignee": "status=IN_PROGRESS&focusType=ENPS&assigneeId=usr_bench20",
    "status, type and text": "status=COMPLETED&actionType=MANAGER&q=livret",
    "status, area and focus": f"status=COMPLETED&hierarchyId={'f' * 22}2a&focusType=SCORE",
    "status=IN_PROGRESS": "status=IN_PROGRESS",
    "status=EXPIRED": "status=EXPIRED",
    "focusType=ENPS": "focusType=ENPS",
    "hierarchyId": f"hierarchyId={'f' * 22}2a",
    "assigneeId": "assigneeId=usr_bench7",
    "actionType=COMPANY": "actionType=COMPANY",
    "q=livret": "q=livret",
    "q=100": "q=100",
    "from=9000": "from=9000&to=9010",
}


def fill(plans: int) -> Any:
    """Make the tenant, its people and its rows; return the tenant."""
    from django.db import connection

    from qualiforma.accounts import demo
    from qualiforma.accounts.models import User
    from qualiforma.provisioning.services import create_tenant, migrate_installation
    from qualiforma.tenants.context import tenant_context
    from qualiforma.tenants.owner import as_owner

    migrate_installation()
    tenant = create_tenant(slug="bench", name="Banc d’essai")
    with tenant_context(tenant):
        demo.load("qualiforma-demo")
        User.objects.bulk_create(
            User(id=f"usr_bench{n}", email=f"b{n}@x.fr", name=f"Personne {n}", role="MANAGER")
            for n in range(60)
        )
    with as_owner(), tenant_context(tenant), connection.cursor() as cursor:
        tables = [f"actionplans_{name}" for name in TABLES]
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in FILL.format(plans=plans).split(";\n"):
            if statement.strip():
                cursor.execute(statement)
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            cursor.execute(f"VACUUM ANALYZE {table}")
    return tenant


def clients() -> dict[str, Any]:
    """Who asks: an ADMIN, and a MANAGER to whom half of the plans are public."""
    import os

    from tests.cast import Client

    found = {}
    for role, email in (("ADMIN", "admin@qualiforma.fr"), ("MANAGER", "lead@qualiforma.fr")):
        body = {"email": email, "password": os.environ["QUALIFORMA_DEMO_PASSWORD"]}
        answer = Client("bench").post("/api/v1/company/session", body)
        found[role] = Client(None)
        found[role].credentials(HTTP_SESSIONID=answer.json()["sessionId"])
    return found


def measure(client: Any) -> dict[str, list[float]]:
    """Return milliseconds of each kind of call, the kinds taking turns."""
    times: dict[str, list[float]] = {name: [] for name in CALLS}
    for _ in range(ROUNDS):
        for name, query in CALLS.items():
            start = time.perf_counter()
            answer = client.get(f"/api/v1/company/action-plans?{query}")
            times[name].append((time.perf_counter() - start) * 1000)
            assert answer.status_code == 200, answer.content
    return times


def statements(client: Any, query: str) -> list[str]:
    """Return the two statements of a list: the slice with its total, and the actions."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as seen:
        client.get(f"/api/v1/company/action-plans?{query}")
    return [one["sql"] for one in seen if "actionplans_actionplan" in one["sql"]]


def indexes(tenant: Any, statement: str, show: Callable[[str], object] | None) -> list[str]:
    """Return the indexes that the planner chose, and whole tables it read."""
    from django.db import connection

    from qualiforma.tenants.context import tenant_context

    with tenant_context(tenant), connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {statement}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    if show:
        show(plan)
    used = re.findall(r"(?:using|Index Scan on) (\w+)", plan)
    used += [f"Seq Scan {name}" for name in re.findall(r"Seq Scan on (\w+)", plan)]
    return sorted(set(used))


def main() -> None:
    plans = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 10_000
    show = (lambda plan: sys.stdout.write(f"{plan}\n\n")) if "--explain" in sys.argv else None
    import os

    os.environ["QUALIFORMA_DEMO_PASSWORD"] = "correct-horse-battery"
    with throwaway():
        import django
        from django.test.utils import setup_test_environment

        django.setup()
        setup_test_environment()
        tenant = fill(plans)
        say(f"{plans} plans, {plans * ACTIONS_EACH} actions")
        for role, client in clients().items():
            times = measure(client)
            first = median(times[FIRST_PAGE])
            for name, taken in times.items():
                middle = median(taken)
                total = client.get(f"/api/v1/company/action-plans?{CALLS[name]}").json()["total"]
                say(f"{role:8}{name:30}{middle:7.1f} ms  × {middle / first:4.1f}  total {total:6}")
        for role, client in clients().items():
            for name, query in CALLS.items():
                [page, *_actions] = statements(client, query)
                say(f"{role:8}{name:30} {', '.join(indexes(tenant, page, show))}")


if __name__ == "__main__":
    main()
