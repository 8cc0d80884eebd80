"""A tenant with one hole for each check; `readiness_holes` says how each is mended.

Every other record is as an auditor wants it, so that nothing else is found.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from compliance.models import PathVersion
from improvements.models import ClosingReport, EffectivenessCheck, ImprovementPlan
from qualiforma.accounts.models import User
from qualiforma.training.models import Certificate
from tests.cast import ALICE, MONA, TOM
from tests.compliance.evidence_factories import make_evidence, make_version
from tests.compliance.needs_factories import make_analysis
from tests.compliance.paths_factories import make_path
from tests.improvements.factories import link, make_action, make_complaint, make_plan, make_risk
from tests.qualiforma.training.factories import (
    make_attendance,
    make_company,
    make_enrollment,
    make_questionnaire,
    make_session,
    make_signature,
    make_submission,
)

LONG_AGO = datetime(2020, 1, 6, 9, tzinfo=UTC)


def today() -> date:
    return timezone.localdate()


def at(days: int, hour: int = 9) -> datetime:
    """An instant so many days from today."""
    return datetime.combine(today() + timedelta(days=days), time(hour), UTC)


def make_learner(
    key: str,
    *,
    need: int | None = -2,
    placed: int | None = -1,
    informed: bool = True,
    signed: bool = True,
) -> Any:
    """A training of three weeks ago that lacks nothing, but for what is said: days before it began."""
    enrollment = make_enrollment(id=f"enr_{key}", enrolled_at=at(-60))
    session = make_session(enrollment.course, starts_at=at(-21), ends_at=at(-21, 16))
    make_attendance(session, enrollment)
    if need is not None:
        make_analysis(
            enrollment=enrollment,
            status="COMPLETED",
            completed_at=at(-21 + need),
            context=f"Besoin propre à {key}",
        )
    if placed is not None:
        tests = make_questionnaire(kind="PRE", course=enrollment.course)
        make_submission(tests, enrollment=enrollment, submitted_at=at(-21 + placed), score=8)
    if informed:
        about = {"record_type": "ENROLLMENT", "record_id": enrollment.pk}
        make_evidence(kind="RECORD", indicators=[9], document_date=at(-30).date(), **about)
    if signed:
        make_signature(session, enrollment, signed_at=at(-21))
    return enrollment


def make_whole_register() -> None:
    """Evidence for every indicator, but for those where the register itself has a hole."""
    for number in set(range(1, 34)) - {1, 2, 3, 5, 7, 17, 31}:
        make_evidence(indicators=[number])
    make_evidence(id="evd_two", indicators=[2], valid_until=today() - timedelta(days=1))
    make_evidence(
        id="evd_three", kind="FILE", indicators=[3], valid_until=today() + timedelta(days=10)
    )
    make_version(
        type(make_evidence(indicators=[4])).objects.get(pk="evd_three"),
        key="tenants/acme/three.pdf",
    )
    make_evidence(indicators=[5], status="WITHDRAWN", withdrawn_at=at(-1))
    make_evidence(id="evd_seven", kind="FILE", indicators=[7])
    make_evidence(id="evd_seventeen", indicators=[17], verdict="TO_REPLACE")
    make_evidence(indicators=[17])


def make_holes() -> None:
    """Plant what `HOLES` names."""
    make_whole_register()
    make_learner("whole")
    make_learner("need", need=None)
    make_learner("late", need=3)
    make_learner("unplaced", placed=None)
    make_learner("placed", placed=5)
    make_learner("untold", informed=False)
    make_learner("unsigned", signed=False)
    _copies()
    _paths()
    _presences()
    _stakeholders()
    _complaints()
    _plans()


def _copies() -> None:
    for key, person in (("one", MONA), ("two", TOM)):
        enrollment = make_enrollment(id=f"enr_copy_{key}", user_id=person.id, enrolled_at=at(-9))
        make_analysis(
            id=f"nda_copy_{key}",
            enrollment=enrollment,
            status="COMPLETED",
            completed_at=at(-8),
            context="Toujours la même analyse",
        )


def _paths() -> None:
    path = make_path(id="pth_unexplained", version=2)
    PathVersion.objects.create(path=path, number=3, name=path.name, target_audience="BEGINNER")
    needy = User.objects.create(id="usr_needy", email="needy@acme.fr", name="Ana", role="LEARNER")
    make_analysis(
        id="nda_needy",
        enrollment=make_enrollment(id="enr_needy", user_id=needy.pk, enrolled_at=at(-9)),
        status="COMPLETED",
        completed_at=at(-8),
        context="Besoin d’Ana",
        accessibility_needs="Boucle magnétique",
    )


def _presences() -> None:
    away = make_enrollment(id="enr_away", enrolled_at=at(-40))
    session = make_session(away.course, starts_at=at(-20), ends_at=at(-20, 16))
    make_attendance(session, away, attended=False, attended_at=None, minutes=None)
    make_enrollment(id="enr_left", enrolled_at=at(-40), status="REVOKED")
    done = make_enrollment(
        id="enr_certified", enrolled_at=at(-40), status="COMPLETED", completed_at=at(-10)
    )
    Certificate.objects.create(enrollment=done, issued_at=at(-10))
    make_questionnaire(id="qst_post", kind="POST", course=done.course)


def _stakeholders() -> None:
    """Companies, funders, learners and trainers had a part in the year; nobody was asked."""
    make_questionnaire(id="qst_views", kind="SATISFACTION")
    sent = make_enrollment(company=make_company(), enrolled_at=at(-50))
    make_analysis(
        enrollment=sent,
        status="COMPLETED",
        completed_at=at(-50),
        context="Financée",
        funding_source="OPCO",
    )


def _complaints() -> None:
    due = [{"due_date": today() + timedelta(days=30)}]
    plan = make_plan(due, status="IN_PROGRESS", created_at=LONG_AGO)
    make_risk(id="rsk_overdue", reviewed_on=at(-400).date(), next_review_on=at(-40).date())
    make_risk(id="rsk_watched")
    open_ = make_complaint(id="cmp_open", received_at=at(-60), acknowledged_at=at(-60, 10))
    link(plan, open_)
    make_complaint(
        id="cmp_slow",
        received_at=at(-60),
        acknowledged_at=at(-60, 10),
        resolved_at=at(-5),
        status="RESOLVED",
        resolution="Remboursé.",
    )
    make_complaint(
        id="cmp_silent",
        received_at=at(-60),
        resolved_at=at(-59),
        status="RESOLVED",
        resolution="Réglé au téléphone.",
    )


def _plans() -> None:
    old: dict[str, Any] = {"created_at": LONG_AGO, "status": "COMPLETED", "closed_at": at(-5)}
    make_plan([{"status": "CANCELLED"}], id="imp_undone", **old)
    vain = make_plan([{"status": "DONE"}], id="imp_fruitless", created_at=LONG_AGO)
    ClosingReport.objects.create(plan=vain, summary="Sans effet constaté.")
    closed = {"status": "COMPLETED", "closed_at": at(-5), "closed_by_id": ALICE.id}
    ImprovementPlan.objects.filter(pk=vain.pk).update(**closed)
    late = make_plan(id="imp_late", status="IN_PROGRESS", created_at=LONG_AGO)
    make_action(late, id="act_late", due_date=today() - timedelta(days=1))
    undated = make_plan(id="imp_undated", status="IN_PROGRESS", created_at=LONG_AGO)
    make_action(undated, id="act_undated")
    make_plan([{"status": "DONE"}], [{}], id="imp_unmeasured", **old)
    _effects(old)
    mute = make_plan(id="imp_mute", status="IN_PROGRESS", created_at=LONG_AGO, started_at=at(-10))
    make_action(mute, id="act_mute", due_date=today(), status="CANCELLED")


def _effects(closed: dict[str, Any]) -> None:
    """Effects that were not looked at, or by who did the work, and a complaint that came back."""
    done = [{"status": "DONE"}]
    make_plan(
        done,
        id="imp_unchecked",
        owner_id=MONA.id,
        effectiveness_due_date=today() - timedelta(days=1),
        **closed,
    )
    own = make_plan(done, id="imp_own", owner_id=MONA.id, **closed)
    EffectivenessCheck.objects.create(
        plan=own,
        number=1,
        verdict="EFFECTIVE",
        method="Relevé.",
        verified_on=today(),
        verified_by_id=MONA.id,
        verifier_is_doer=True,
    )
    answered = {
        "acknowledged_at": at(-40, 10),
        "resolved_at": at(-39),
        "status": "RESOLVED",
        "resolution": "Réglé.",
    }
    enrollment = make_learner("enr_again")
    back = make_plan(done, id="imp_back", created_at=LONG_AGO, owner_id=MONA.id)
    link(back, make_complaint(received_at=at(-40), enrollment=enrollment, **answered))
    ClosingReport.objects.create(plan=back, summary="Fait.", outcomes=["Mieux."])
    last = {"status": "COMPLETED", "closed_at": at(-5), "closed_by_id": ALICE.id}
    ImprovementPlan.objects.filter(pk=back.pk).update(**last)
    make_complaint(
        received_at=at(-1),
        enrollment=enrollment,
        acknowledged_at=at(-1, 10),
        resolved_at=at(-1, 11),
        status="RESOLVED",
        resolution="Réglé.",
    )
