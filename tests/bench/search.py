"""What the search over everything costs at 100,000 rows: rare words, common ones, none, an id.

Run as `python -m tests.bench.search [ROWS]`. As many corrective actions, a fifth as many plans,
complaints, people and companies in one tenant, on a throw-away PostgreSQL. Target: 50 ms.
"""

import os
import random
import sys
import time
from datetime import timedelta
from statistics import median
from typing import Any

from tests.bench.provisioning import say, throwaway

ROUNDS = 9
# A table of fewer rows is read whole by the database, and well so.
SMALL_TABLE = 1000
ACTIONS_EACH = 5
OWNER = "usr_admin01"
TABLES = (
    *("improvements_improvementplan", "improvements_correctiveaction", "improvements_complaint"),
    *("training_company", "accounts_user"),
)
WORDS = (
    *(
        "accueil",
        "salle",
        "retard",
        "facture",
        "convention",
        "émargement",
        "évaluation",
        "handicap",
    ),
    *("sous-traitant", "veille", "formateur", "apprenant", "entreprise", "horaires", "matériel"),
    *("vidéoprojecteur", "support", "examen", "attestation"),
)
SOUGHT = {
    "a common word": "retard",
    "two words": "facture videoproj",
    "a rare word": "zanzibar",
    "nothing": "introuvable",
    "a plan’s id": "imp_4242",
    "a name": "martin 4242",
}


def fill(rows: int) -> Any:
    """Make the tenant and its rows, the triggers off: the trail is not what is measured here."""
    from django.db import connection

    from qualiforma.accounts import demo
    from qualiforma.provisioning.services import create_tenant, migrate_installation
    from qualiforma.tenants.context import tenant_context
    from qualiforma.tenants.owner import as_owner

    migrate_installation()
    tenant = create_tenant(slug="bench", name="Banc d’essai")
    with tenant_context(tenant):
        demo.load("qualiforma-demo")
    with as_owner(), tenant_context(tenant), connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for model, made in records(rows // ACTIONS_EACH):
            model.objects.bulk_create(made, batch_size=1000)
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            cursor.execute(f"VACUUM ANALYZE {table}")
    return tenant


DRAW = random.Random(23)


def text(n: int) -> str:
    return " ".join(DRAW.choices(WORDS, k=6)) + (" zanzibar" if n % 9973 == 1 else f" {n}")


def records(plans: int) -> Any:
    """Yield each model with its rows; the seed is fixed."""
    from django.utils import timezone

    from improvements.models import Complaint, CorrectiveAction, ImprovementPlan
    from qualiforma.accounts.models import User
    from qualiforma.training.models import Company

    now, day = timezone.now(), timezone.localdate()
    made = [
        ImprovementPlan(
            id=f"imp_{n}",
            title=text(n),
            reference=f"PA-2026-{n:06}",
            trigger="AUDIT",
            owner_id=OWNER,
            target_date=day,
            created_at=now - timedelta(minutes=n),
        )
        for n in range(plans)
    ]
    yield (
        User,
        [
            User(email=f"p{n}@exemple.fr", name=f"Martin {n}", role="LEARNER", password="!")
            for n in range(plans)
        ],
    )
    yield ImprovementPlan, made
    yield (
        CorrectiveAction,
        [
            CorrectiveAction(plan=plan, owner_id=OWNER, description=text(n), position=n)
            for plan in made
            for n in range(ACTIONS_EACH)
        ],
    )
    common = {"channel": "FORM", "complainant_role": "LEARNER", "received_at": now}
    yield Complaint, [Complaint(subject=text(n), **common) for n in range(plans)]
    yield Company, [Company(name=text(n)) for n in range(plans)]


def explained(actor: Any, words: str) -> Any:
    """Yield, for each statement of a search: its table, its time in ms, and tables read row by row."""
    import json

    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from qualiforma.admin.finder import find

    with CaptureQueriesContext(connection) as statements:
        find(actor, words)
    for statement in statements:
        if not statement["sql"].startswith("SELECT"):
            continue
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement['sql']}")
            (given,) = cursor.fetchone()
        [plan] = given if isinstance(given, list) else json.loads(given)
        nodes, read = [plan["Plan"]], []
        while nodes:
            node = nodes.pop()
            nodes += node.get("Plans", [])
            if (
                node["Node Type"] == "Seq Scan"
                and node["Actual Rows"] + node.get("Rows Removed by Filter", 0) > SMALL_TABLE
            ):
                read.append(node["Relation Name"])
        table = statement["sql"].split('FROM "')[1].split('"')[0]
        yield table, plan["Planning Time"] + plan["Execution Time"], read


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    os.environ["QUALIFORMA_DEMO_PASSWORD"] = "correct-horse-battery"
    with throwaway():
        import django

        django.setup()
        tenant = fill(rows)
        from qualiforma.accounts.actor import Actor
        from qualiforma.accounts.models import User
        from qualiforma.admin.finder import find
        from qualiforma.tenants.context import tenant_context

        with tenant_context(tenant):
            actor = Actor.of(User.objects.get(pk=OWNER))
            for name, words in SOUGHT.items():
                times = []
                for _ in range(ROUNDS):
                    begun = time.perf_counter()
                    found = find(actor, words)
                    times.append((time.perf_counter() - begun) * 1000)
                kinds = sum(len(one.rows) for one in found)
                say(f"{name} ({words}): {median(times):.0f} ms, {kinds} rows shown")
                for table, spent, read in explained(actor, words):
                    whole = f", reads all of {', '.join(read)}" if read else ""
                    say(f"    {table}: {spent:.1f} ms{whole}")


if __name__ == "__main__":
    main()
