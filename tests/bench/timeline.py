"""What a timeline costs as it grows, and beside the statement that it is.

Files of 5, 200 and 500 events are read by the endpoint's own view, in process; the floor is the one
statement on the same connection, its answer not even parsed. Run with `make bench BENCH=timeline`.
"""

import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from tests.bench.rig import Report, open_rig

SIZES = (5, 200, 500)
ROUNDS = 60
START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def main() -> int:
    report = Report()
    with open_rig(tenants=1) as rig:
        from qualiforma.accounts import demo as accounts
        from qualiforma.tenants.context import tenant_context
        from qualiforma.training import demo as training

        tenant = rig.tenants[0]
        with tenant_context(tenant):
            accounts.load("qualiforma-demo")
            training.load("qualiforma-demo")
            for size in SIZES:
                fill(size)
            measure(report, tenant.slug)
    return report.end()


def fill(size: int) -> None:
    """An enrollment with that many events: itself, sessions attended, and their signatures."""
    from qualiforma import audit
    from qualiforma.training.models import Attendance, Enrollment, Signature, TrainingSession

    sessions = [
        TrainingSession(
            id=f"ses_{size}_{rank}",
            course_id="crs_excel_init",
            title=f"Jour {rank}",
            starts_at=START + timedelta(days=rank),
            ends_at=START + timedelta(days=rank, hours=3),
            mode="REMOTE",
            trainer_id="usr_trainer01",
        )
        for rank in range((size - 1 + 1) // 2)
    ]
    with audit.action("training.demo.loaded"):
        enrollment = Enrollment.objects.create(
            id=f"enr_{size}", course_id="crs_excel_init", user_id="usr_lead02", enrolled_at=START,
            status="REVOKED", created_by_id="usr_admin01",
        )  # fmt: skip
        TrainingSession.objects.bulk_create(sessions)
        Attendance.objects.bulk_create(
            Attendance(session=one, enrollment=enrollment, attended=True, attended_at=one.starts_at)
            for one in sessions
        )
        Signature.objects.bulk_create(
            Signature(session=one, enrollment=enrollment, half_day="AM", method="LINK",
                      signed_at=one.starts_at)
            for one in sessions[: size - 1 - len(sessions)]
        )  # fmt: skip


def measure(report: Report, slug: str) -> None:
    from django.conf import settings
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tests.cast import Client

    body = {"email": "admin@qualiforma.fr", "password": settings.DEMO_PASSWORD}
    door = Client(slug)
    door.defaults["SERVER_NAME"] = "localhost"
    client = Client(slug, door.post("/api/v1/auth/login", body).json()["data"]["accessToken"])
    client.defaults["SERVER_NAME"] = "localhost"
    calls: dict[int, Callable[[], Any]] = {}
    queries, ratios = {}, {}
    for size in SIZES:
        url = f"/api/v1/paf/enrollments/enr_{size}/timeline"
        calls[size] = partial(client.get, url)
        with CaptureQueriesContext(connection) as statements:
            answer = calls[size]()
        events = len(answer.json()["data"]["events"])
        report.expect(f"{size} events: answered", (answer.status_code, events), wanted=(200, size))
        queries[size] = len(statements)
    rates = settings.RATE_LIMIT
    settings.RATE_LIMIT = 10**9
    whole = {size: clocked(call) for size, call in calls.items()}
    floor = {size: clocked(partial(bare, size)) for size in SIZES}
    settings.RATE_LIMIT = rates
    for size in SIZES:
        ratios[size] = whole[size] / floor[size]
        figures = f"{whole[size]:.2f} ms, statement alone {floor[size]:.2f} ms, {ratios[size]:.1f}x"
        report.figure(f"{size} events: one request", figures)
        report.figure(f"{size} events: over 5 events", f"{whole[size] / whole[SIZES[0]]:.1f}x")
    report.expect("statements, whatever the number", len(set(queries.values())), wanted=1)
    report.figure("statements of a request, session and identity included", queries[SIZES[0]])
    report.check("200 events within 5x of the statement", ratios[200] <= 5, f"{ratios[200]:.1f}x")


def bare(size: int) -> None:
    """Run the one statement and fetch its text, as the floor of any answer."""
    from django.db import connection

    from qualiforma import timeline

    values = {"enrollment": f"enr_{size}", "decimal_mark": ","}
    for source in timeline.sources.values():
        values |= {name: str(text) for name, text in source.texts.items()}
    with connection.cursor() as cursor:
        cursor.execute(timeline._statement(), values)
        cursor.fetchone()


def clocked(call: Callable[[], Any]) -> float:
    """Return the median of several runs, in milliseconds."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


if __name__ == "__main__":
    sys.exit(main())
