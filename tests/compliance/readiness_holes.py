"""The holes that `readiness_factories.make_holes` plants, and how each is mended through the API."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from qualiforma.training.models import Course
from tests.cast import BOB
from tests.compliance.readiness_factories import at, today
from tests.files import PDF

API = "/api/v1"


@dataclass(frozen=True)
class Hole:
    """What is planted, what is to be found of it, and what mends it."""

    indicator: int
    code: str
    mend: Callable[[Any], list[Any]]
    count: int = 0
    id: str = ""

    def __str__(self) -> str:
        return f"{self.indicator} {self.code}"


def evidence(
    indicator: int, about: tuple[str, str] | None = None, days: int = 0, **values: Any
) -> Callable[[Any], list[Any]]:
    """Add evidence, of a record where one is named."""

    def mend(client: Any) -> list[Any]:
        body = {
            "title": "Pièce retrouvée",
            "kind": "STATEMENT",
            "indicators": [indicator],
            "documentDate": str(today() + timedelta(days=days)),
            "author": "Alice Durand",
            "description": "Ce que la pièce montre.",
        } | values
        if about:
            body["record"] = {"type": about[0], "id": about[1]}
        return [client.post(f"{API}/evidence", body)]

    return mend


def both(*mends: Callable[[Any], list[Any]]) -> Callable[[Any], list[Any]]:
    return lambda client: [answer for mend in mends for answer in mend(client)]


def look(plan: str, verdict: str = "EFFECTIVE", **more: Any) -> Callable[[Any], list[Any]]:
    """Check whether the plan has had its effect, for somebody who did not do the work."""
    body = {"verdict": verdict, "method": "Relevé.", **more}
    return lambda client: [client.post(f"{API}/improvement-plans/{plan}/effectiveness", body)]


def patch(path: str, **body: Any) -> Callable[[Any], list[Any]]:
    return lambda client: [client.patch(f"{API}/{path}", body)]


def post(path: str, **body: Any) -> Callable[[Any], list[Any]]:
    return lambda client: [client.post(f"{API}/{path}", body)]


def upload(evidence_id: str, **body: Any) -> Callable[[Any], list[Any]]:
    def mend(client: Any) -> list[Any]:
        form = {"file": SimpleUploadedFile("a.pdf", PDF), **body}
        return [client.post(f"{API}/evidence/{evidence_id}/versions", form, format="multipart")]

    return mend


def sign(client: Any) -> list[Any]:
    course = Course.objects.get(enrollments="enr_unsigned")
    session = course.sessions.get()
    body = {
        "enrollmentId": "enr_unsigned",
        "halfDay": "AM",
        "method": "PAPER",
        "signedAt": f"{session.starts_at:%Y-%m-%dT%H:%M:%SZ}",
    }
    return [client.post(f"{API}/sessions/{session.pk}/signatures", body)]


def views(role: str) -> Callable[[Any], list[Any]]:
    return post("questionnaires/qst_views/submissions", respondentRole=role, score=15)


def wire(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"


def open_plan(client: Any) -> list[Any]:
    body = {
        "title": "Accueil",
        "trigger": "FEEDBACK",
        "owner": BOB.id,
        "targetDate": str(today() + timedelta(days=60)),
    }
    return [client.post(f"{API}/improvement-plans", body)]


def review_risk(client: Any) -> list[Any]:
    body = {"reviewedOn": str(today()), "participants": "Alice", "decisions": "Suivre."}
    return [client.post(f"{API}/risk-reviews", body | {"riskIds": ["rsk_watched"]})]


def link_plan(client: Any) -> list[Any]:
    body = {"linkedComplaintIds": ["cmp_slow"]}
    return [client.patch(f"{API}/improvement-plans/imp_late", body)]


UNTIL = str(today() + timedelta(days=400))
STAKEHOLDERS = ("LEARNER", "COMPANY", "FUNDER", "TRAINER")
HOLES = [
    Hole(1, "NOTHING_TO_SHOW", evidence(1)),
    Hole(2, "EVIDENCE_EXPIRED", patch("evidence/evd_two", validUntil=UNTIL), 1, "evd_two"),
    Hole(3, "EVIDENCE_EXPIRED", upload("evd_three", validUntil=UNTIL), 1, "evd_three"),
    Hole(4, "NEED_MISSING", evidence(4, ("ENROLLMENT", "enr_need"), -30), 1, "enr_need"),
    Hole(4, "NEED_LATE", evidence(4, ("ENROLLMENT", "enr_late"), -30), 1, "enr_late"),
    Hole(
        4,
        "NEED_COPIED",
        both(
            evidence(4, ("NEEDS_ANALYSIS", "nda_copy_one")),
            evidence(4, ("NEEDS_ANALYSIS", "nda_copy_two")),
        ),
        2,
        "nda_copy_one",
    ),
    Hole(5, "NOTHING_TO_SHOW", evidence(5)),
    Hole(
        6,
        "PATH_CHANGED_WITHOUT_REASON",
        evidence(6, ("ADAPTIVE_PATH", "pth_unexplained")),
        1,
        "pth_unexplained",
    ),
    Hole(7, "NOTHING_TO_SHOW", upload("evd_seven")),
    Hole(
        8,
        "POSITIONING_MISSING",
        evidence(8, ("ENROLLMENT", "enr_unplaced"), -30),
        1,
        "enr_unplaced",
    ),
    Hole(8, "POSITIONING_LATE", evidence(8, ("ENROLLMENT", "enr_placed"), -30), 1, "enr_placed"),
    Hole(
        9,
        "LEARNER_NOT_INFORMED",
        evidence(9, ("ENROLLMENT", "enr_untold"), -30),
        1,
        "enr_untold",
    ),
    Hole(
        10,
        "NEED_WITHOUT_DECISION",
        post(
            "adaptive-paths/pth_unexplained/assignments",
            userId="usr_needy",
            rationale="Supports adaptés.",
        ),
        1,
        "nda_needy",
    ),
    Hole(
        11,
        "CERTIFICATE_WITHOUT_ASSESSMENT",
        post(
            "questionnaires/qst_post/submissions",
            respondentRole="LEARNER",
            enrollmentId="enr_certified",
            score=15,
        ),
        1,
        "enr_certified",
    ),
    Hole(12, "ATTENDANCE_UNSIGNED", sign, 1, "enr_unsigned"),
    Hole(12, "ABSENCE_WITHOUT_FOLLOW_UP", evidence(12, ("ENROLLMENT", "enr_away")), 1, "enr_away"),
    Hole(12, "DROP_OUT_WITHOUT_REASON", evidence(12, ("ENROLLMENT", "enr_left")), 1, "enr_left"),
    Hole(
        17,
        "EVIDENCE_TO_REPLACE",
        post("evidence/evd_seventeen/reviews", verdict="STILL_VALID"),
        1,
        "evd_seventeen",
    ),
    *(Hole(30, f"{one}_NOT_ASKED", views(one)) for one in STAKEHOLDERS),
    Hole(31, "COMPLAINTS_WITHOUT_PROCEDURE", evidence(31)),
    Hole(
        31,
        "COMPLAINT_UNANSWERED",
        patch("complaints/cmp_open", status="RESOLVED", resolution="Remboursé."),
        1,
        "cmp_open",
    ),
    Hole(31, "COMPLAINT_ANSWERED_LATE", link_plan, 1, "cmp_slow"),
    Hole(
        31,
        "COMPLAINT_NOT_ACKNOWLEDGED",
        patch("complaints/cmp_silent", acknowledgedAt=wire(at(-60, 12))),
        1,
        "cmp_silent",
    ),
    Hole(
        32,
        "RISK_REVIEW_OVERDUE",
        patch("risks/rsk_overdue", status="CLOSED"),
        1,
        "rsk_overdue",
    ),
    Hole(32, "NO_RISK_REVIEW_FOR_A_YEAR", review_risk),
    Hole(
        32,
        "PLAN_CLOSED_WITHOUT_DONE_ACTION",
        patch("improvement-plans/imp_undone", status="ARCHIVED"),
        1,
        "imp_undone",
    ),
    Hole(
        32,
        "PLAN_CLOSED_WITHOUT_OUTCOME",
        patch("improvement-plans/imp_fruitless", status="ARCHIVED"),
        1,
        "imp_fruitless",
    ),
    Hole(
        32,
        "ACTIONS_LATE",
        patch("improvement-plans/imp_late/actions/act_late", status="DONE"),
        1,
        "imp_late",
    ),
    Hole(
        32,
        "PLAN_STARTED_INCOMPLETE",
        patch(
            "improvement-plans/imp_undated/actions/act_undated",
            dueDate=str(today() + timedelta(days=30)),
        ),
        1,
        "imp_undated",
    ),
    Hole(
        32,
        "PLAN_RESULT_NOT_MEASURED",
        patch("improvement-plans/imp_unmeasured", status="ARCHIVED"),
        1,
        "imp_unmeasured",
    ),
    Hole(32, "EFFECTIVENESS_NOT_CHECKED", look("imp_unchecked"), 1, "imp_unchecked"),
    Hole(32, "EFFECTIVENESS_CHECKED_BY_DOER", look("imp_own"), 1, "imp_own"),
    Hole(
        32,
        "REASON_NOT_GIVEN",
        patch("improvement-plans/imp_mute/actions/act_mute", reason="Sans objet."),
        1,
        "imp_mute",
    ),
    Hole(32, "NO_PLAN_FOR_A_YEAR", open_plan),
    # Behind the one before: what follows is a new plan, too.
    Hole(32, "PLAN_RECURRENCE", look("imp_back", "NOT_EFFECTIVE", successor=True), 1, "imp_back"),
]
