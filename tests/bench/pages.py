"""What a page far behind costs against the first, and what an organisation at work waits for.

Run as `python -m tests.bench.pages [PLANS]`. 10,000 plans with five actions each in one tenant, on a
throw-away PostgreSQL; the whole call in one process, first and last page taking turns.

`python -m tests.bench.pages --office` measures the pages of a week instead: 300 running plans, 1,500
actions, 300 complaints, 200 people. Goal: 300 ms a page, 50 ms for what is found while one types.
"""

import os
import sys
import time
from datetime import timedelta
from itertools import cycle
from statistics import median
from typing import Any

from tests.bench.provisioning import say, throwaway

ROUNDS = 15
ACTIONS_EACH = 5
OWNER = "usr_admin01"
TABLES = ("improvementplan", "correctiveaction")
PEOPLE, PLANS_AT_WORK = 200, 300
READ = "improvements/improvementplan/imp_5Fwork_5F7/change/"
WEEK = (
    *("", "me/", "calendars/", "find/?q=retard", "find/?q=zanzibar", "find/?q=work_42"),
    *("improvements/improvementplan/", "improvements/improvementplan/?q=retard", READ),
    *("improvements/complaint/", "improvements/complaint/cmp_5Fwork_5F7/change/"),
    *("improvements/correctiveaction/", "improvements/correctiveaction/?group=person"),
    *("improvements/correctiveaction/?group=week", "improvements/correctiveaction/?due=late"),
    *("compliance/readiness/", "compliance/bundles/", "accounts/user/"),
    *(
        "improvements/improvementplan/add/",
        "improvements/improvementplan/imp_5Fwork_5F7/move/close/",
    ),
)
API, ADMIN = "/api/v1/improvement-plans", "/admin/improvements/improvementplan/"


def make_tenant() -> Any:
    from qualiforma.accounts import demo
    from qualiforma.provisioning.services import create_tenant, migrate_installation
    from qualiforma.tenants.context import tenant_context

    migrate_installation()
    tenant = create_tenant(slug="bench", name="Banc d’essai")
    with tenant_context(tenant):
        demo.load("qualiforma-demo")
    return tenant


def fill(plans: int) -> None:
    """Make the tenant and its rows, the triggers off: the trail is not what is measured here."""
    from django.db import connection
    from django.utils import timezone

    from improvements.models import CorrectiveAction, ImprovementPlan
    from qualiforma.tenants.context import tenant_context
    from qualiforma.tenants.owner import as_owner

    tenant = make_tenant()
    now, day = timezone.now(), timezone.localdate()
    made = [
        ImprovementPlan(
            reference=f"PA-2020-{n:04}",
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


def fill_office() -> None:
    """Make an organisation at work, with an entry of the trail for each row."""
    from qualiforma import audit
    from qualiforma.accounts.actor import Actor
    from qualiforma.accounts.models import User
    from qualiforma.tenants.context import tenant_context

    with tenant_context(make_tenant()):
        admin = User.objects.get(pk=OWNER)
        with audit.action("demo.loaded", actor=Actor.of(admin)):
            people = User.objects.bulk_create(
                User(email=f"p{n}@bench.fr", name=f"Personne {n}", role="TRAINER", password="!")
                for n in range(PEOPLE)
            )
            for model, made in work_of([admin, *people]):
                model.objects.bulk_create(made)


def work_of(people: list[Any]) -> list[tuple[Any, list[Any]]]:
    """Return the rows of a register in which some is late, some due this week, some later."""
    from django.utils import timezone

    from improvements.models import ImprovementPlan

    now, day = timezone.now(), timezone.localdate()
    owners = cycle(people)
    plans = [
        ImprovementPlan(
            id=f"imp_work_{n}",
            title=f"Réduire le retard des convocations {n}",
            description="Convoquer chaque apprenant dix jours avant la session.",
            trigger="COMPLAINT",
            status="IN_PROGRESS",
            started_at=now,
            owner=next(owners),
            target_date=day + timedelta(days=n % 60 - 20),
        )
        for n in range(PLANS_AT_WORK)
    ]
    return [(ImprovementPlan, plans), *_actions_of(plans, owners), *_complaints_of(plans)]


def _actions_of(plans: list[Any], owners: Any) -> list[tuple[Any, list[Any]]]:
    from django.utils import timezone

    from improvements.models import CorrectiveAction

    day = timezone.localdate()
    actions = [
        CorrectiveAction(
            plan=plan,
            owner=next(owners),
            description=f"Relire le modèle de convocation {rank}",
            due_date=day + timedelta(days=(n + rank * 7) % 50 - 20),
            position=rank,
        )
        for n, plan in enumerate(plans)
        for rank in range(ACTIONS_EACH)
    ]
    return [(CorrectiveAction, actions)]


def _complaints_of(plans: list[Any]) -> list[tuple[Any, list[Any]]]:
    from django.utils import timezone

    from improvements.models import Complaint, PlanComplaint

    now = timezone.now()
    complaints = [
        Complaint(
            id=f"cmp_work_{n}",
            subject=f"Convocation reçue en retard {n}",
            description="La convocation est arrivée la veille.",
            channel="EMAIL",
            complainant_role="LEARNER",
            received_at=now - timedelta(days=n % 90),
        )
        for n in range(PLANS_AT_WORK)
    ]
    links = [
        PlanComplaint(plan=plan, complaint=one, position=0)
        for plan, one in zip(plans, complaints, strict=True)
    ]
    return [(Complaint, complaints), (PlanComplaint, links)]


def log_in() -> Any:
    """An ADMIN at the pages."""
    from tests.admin_client import AdminClient

    email, password = "admin@qualiforma.fr", os.environ["QUALIFORMA_DEMO_PASSWORD"]
    admin_client = AdminClient("bench.localhost")
    entered = admin_client.send("/admin/login/", {"username": email, "password": password})
    assert entered.status_code == 302
    return admin_client


def clients() -> tuple[Any, Any]:
    """An ADMIN by the API and at the pages."""
    from tests.cast import Client

    login = {
        "email": "admin@qualiforma.fr",
        "password": os.environ["QUALIFORMA_DEMO_PASSWORD"],
    }
    token = Client("bench").post("/api/v1/auth/login", login).json()["data"]["accessToken"]
    return Client("bench", token), log_in()


def measure_office() -> None:
    """Say what each page of a week costs."""
    fill_office()
    admin_client = log_in()
    paths = tuple(f"/admin/{path}" for path in WEEK)
    for path in paths:
        admin_client.get(path)  # what is found once per process is there by then
    for path, taken in zip(paths, measure(admin_client, paths), strict=True):
        say(f"{path:75} {taken:7.1f} ms")


def measure(client: Any, paths: tuple[str, ...]) -> list[float]:
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
    plans = int(sys.argv[1]) if sys.argv[1:] and sys.argv[1].isdigit() else 10_000
    os.environ["QUALIFORMA_DEMO_PASSWORD"] = "correct-horse-battery"
    with throwaway():
        import django
        from django.test.utils import setup_test_environment

        django.setup()
        if "--office" in sys.argv:
            measure_office()  # before templates are instrumented, which makes pages three times as slow
            return
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
