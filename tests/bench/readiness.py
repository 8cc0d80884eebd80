"""What readiness costs in a large tenant, and beside one sequential read of the same tables.

5,000 plans with 20,000 actions, 2,000 enrollments with their sessions, attendances, signatures,
answers and needs analyses, 5,000 pieces of evidence. The floor reads every row of these tables once,
in the same connection. Run with `make bench BENCH=readiness`; a number makes it that much smaller.
"""

import sys
import time
import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql

from tests.bench.rig import Report, open_rig

PLANS, ACTIONS, ENROLLMENTS, EVIDENCE = 5_000, 4, 2_000, 5_000
LEARNERS = 200
ROUNDS = 5
TABLES = (
    *("improvements_improvementplan", "improvements_correctiveaction", "improvements_complaint"),
    *("training_enrollment", "training_trainingsession", "training_attendance"),
    *("training_signature", "training_submission", "compliance_needsanalysis"),
    "compliance_evidence",
)
NOW = datetime.now(UTC)


def main() -> int:
    report = Report()
    smaller = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    with open_rig(tenants=1) as rig:
        from qualiforma.accounts import demo as accounts
        from qualiforma.tenants.context import tenant_context
        from qualiforma.training import demo as training

        with tenant_context(rig.tenants[0]):
            accounts.load("qualiforma-demo")
            training.load("qualiforma-demo")
            fill(smaller)
            analyze(rig.urls.owner, rig.tenants[0].schema_name)
            measure(report)
    return report.end()


def fill(smaller: int) -> None:
    """Insert the records in bulk, in one entry of the trail."""
    from qualiforma import audit

    with audit.action("training.demo.loaded"):
        _plans(PLANS // smaller)
        _complaints(PLANS // smaller // 10)
        _enrollments(ENROLLMENTS // smaller)
        _evidence(EVIDENCE // smaller)


def analyze(owner: str, schema: str) -> None:
    """Let the planner know of the tables, by their owner: autovacuum would within minutes."""
    with psycopg.connect(owner, autocommit=True) as connection:
        for table in TABLES:
            connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(schema, table)))


def _plans(number: int) -> None:
    from improvements.models import CorrectiveAction, ImprovementPlan

    day = NOW.date()
    plans = [
        ImprovementPlan(
            id=f"imp_bench_{rank}",
            title=f"Plan {rank}",
            trigger="FEEDBACK",
            status="IN_PROGRESS",
            owner_id="usr_admin01",
            target_date=day + timedelta(days=30),
            indicators=[32],
            created_at=NOW - timedelta(days=rank % 700),
        )
        for rank in range(number)
    ]
    ImprovementPlan.objects.bulk_create(plans, batch_size=1000)
    CorrectiveAction.objects.bulk_create(
        (
            CorrectiveAction(
                plan=plan,
                description="Agir",
                owner_id="usr_admin01",
                due_date=day + timedelta(days=rank - 1),
                position=rank,
            )
            for plan in plans
            for rank in range(ACTIONS)
        ),
        batch_size=1000,
    )


def _complaints(number: int) -> None:
    from improvements.models import Complaint

    Complaint.objects.bulk_create(
        Complaint(
            subject=f"Réclamation {rank}",
            channel="EMAIL",
            complainant_role="LEARNER",
            received_at=NOW - timedelta(days=rank % 400),
        )
        for rank in range(number)
    )


def _enrollments(number: int) -> None:
    """Ten learners a session: each attended it, signed it, was placed and had their need analysed."""
    from qualiforma.accounts.models import User
    from qualiforma.training.models import Enrollment, TrainingSession

    people = User.objects.bulk_create(
        User(id=f"usr_bench_{rank}", email=f"b{rank}@x.fr", name=f"B {rank}", role="LEARNER")
        for rank in range(LEARNERS)
    )
    sessions = TrainingSession.objects.bulk_create(
        TrainingSession(
            course_id="crs_excel_init",
            title=f"Jour {rank}",
            starts_at=NOW - timedelta(days=20 + rank % 300),
            ends_at=NOW - timedelta(days=20 + rank % 300, hours=-7),
            mode="REMOTE",
            trainer_id="usr_trainer01",
        )
        for rank in range(max(number // 10, 1))
    )
    enrollments = Enrollment.objects.bulk_create(
        Enrollment(
            id=f"enr_bench_{rank}",
            course_id="crs_excel_init",
            user=people[rank % LEARNERS],
            status="REVOKED",
            enrolled_at=NOW - timedelta(days=330),
        )
        for rank in range(number)
    )
    pairs = [(one, sessions[rank % len(sessions)]) for rank, one in enumerate(enrollments)]
    _presences(pairs)
    _needs(pairs)


def _presences(pairs: list[tuple[Any, Any]]) -> None:
    from qualiforma.training.models import Attendance, Questionnaire, Signature, Submission

    test = Questionnaire.objects.create(title="Entrée", kind="PRE", max_score=20)
    Attendance.objects.bulk_create(
        Attendance(session=at, enrollment=one, attended=True, attended_at=at.starts_at)
        for one, at in pairs
    )
    Signature.objects.bulk_create(
        Signature(session=at, enrollment=one, half_day="AM", method="LINK", signed_at=at.starts_at)
        for one, at in pairs
    )
    Submission.objects.bulk_create(
        Submission(
            questionnaire=test,
            enrollment=one,
            respondent_role="LEARNER",
            max_score=20,
            score=9,
            submitted_at=at.starts_at,
        )
        for one, at in pairs
    )


def _needs(pairs: list[tuple[Any, Any]]) -> None:
    from compliance.models import NeedsAnalysis
    from compliance.recommend.need import Need
    from compliance.recommend.postgresql import outcome
    from qualiforma.training.models import Company
    from qualiforma.training.states import Level

    company = Company.objects.create(name="Atelier")
    gap = outcome(Need(("Excel",), Level.BEGINNER, Level.ADVANCED), []).gap_analysis
    NeedsAnalysis.objects.bulk_create(
        NeedsAnalysis(
            company=company,
            enrollment=one,
            objectives=["Excel"],
            current_level="BEGINNER",
            target_level="ADVANCED",
            context=f"Besoin {rank % 1500}",
            status="COMPLETED",
            completed_at=at.starts_at - timedelta(days=2),
            gap_analysis=gap,
        )
        for rank, (one, at) in enumerate(pairs)
    )


def _evidence(number: int) -> None:
    from compliance.models import Evidence

    day = NOW.date()
    Evidence.objects.bulk_create(
        (
            Evidence(
                title=f"Pièce {rank}",
                kind="STATEMENT",
                description="Ce qu’elle montre.",
                indicators=sorted({1 + rank % 33, 1 + rank % 7}),
                document_date=day - timedelta(days=rank % 900),
                valid_from=day - timedelta(days=1000),
                valid_until=day + timedelta(days=rank % 90 - 30) if rank % 3 else None,
                author="Claire Martin",
                owner_id="usr_admin01",
                record_type="ENROLLMENT" if rank % 2 else "",
                record_id=f"enr_bench_{rank % ENROLLMENTS}" if rank % 2 else "",
            )
            for rank in range(number)
        ),
        batch_size=1000,
    )


def measure(report: Report) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from compliance.services import read_readiness

    with CaptureQueriesContext(connection) as statements:
        found = read_readiness()
    gaps = sum(len(row.indicator.gaps) for row in found.rows)
    # Of the profile, of the reviews, and one of all that counts.
    report.expect("statements", len(statements), wanted=3)
    report.figure("gaps found", gaps)
    slowest = sorted(statements.captured_queries, key=lambda one: -float(one["time"]))[:3]
    for one in slowest:
        report.figure(f"slow: {one['sql'][:60]}…", f"{float(one['time']) * 1000:.0f} ms")
    whole, floor = clocked(read_readiness), clocked(read_everything)
    report.figure("readiness", f"{whole * 1000:.0f} ms")
    report.figure("one sequential read", f"{floor * 1000:.0f} ms")
    report.figure("ratio", f"{whole / floor:.1f}x")
    report.check("under 2 s", whole < 2, f"{whole:.2f} s")
    tracemalloc.start()
    read_readiness()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    report.check("less than 4 MiB of objects", peak < 4 * 1024 * 1024, f"{peak / 1024:.0f} KiB")


def read_everything() -> None:
    """Read each row of the tables once, and fetch it."""
    from django.db import connection

    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {table}")
            while cursor.fetchmany(2000):
                pass


def clocked(call: Any) -> float:
    """Return the median of some rounds, in seconds."""
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        call()
        times.append(time.perf_counter() - begun)
    return sorted(times)[ROUNDS // 2]


if __name__ == "__main__":
    raise SystemExit(main())
