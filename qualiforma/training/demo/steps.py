"""From a history to the rows that prove it. Instants are those of Paris, as people live them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from django.db.models import Model

from qualiforma.training.demo.histories import GROUPS, Group, History
from qualiforma.training.models import (
    Attendance,
    Certificate,
    Enrollment,
    Signature,
    Submission,
    TrainingSession,
)

PARIS = ZoneInfo("Europe/Paris")
CERTIFIED = ("certified",)
FINISHED = ("finished", *CERTIFIED)
ATTENDED = ("attending", "suspended", *FINISHED)
POSITIONED = ("positioned", *ATTENDED)
STATUS = {"suspended": "SUSPENDED", "revoked": "REVOKED"} | dict.fromkeys(FINISHED, "COMPLETED")
NO_PRE = {"no_pre", "no_questionnaires"}
NO_POST = {"no_post", "no_questionnaires"}
POSITIONED_AFTER = timedelta(days=14)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """Return that time of that day in Paris."""
    return datetime.combine(day, time(hour, minute), tzinfo=PARIS)


def in_utc(day: date, hour: int) -> datetime:
    """Return that time of that day, as the API writes it."""
    return datetime.combine(day, time(hour), tzinfo=UTC)


def session_id(group: Group, rank: int) -> str:
    """Return the id of a group's nth day."""
    return f"ses_{group.key}_{rank + 1}"


def sessions(group: Group) -> Iterator[TrainingSession]:
    """Yield a group's two days."""
    for rank, day in enumerate(group.days):
        yield TrainingSession(
            id=session_id(group, rank),
            course_id=group.course,
            title=f"Jour {rank + 1}",
            starts_at=at(day, 9),
            ends_at=at(day, 17),
            mode=group.mode,
            trainer_id=group.trainer,
            created_at=in_utc(group.enrolled_on - timedelta(days=30), 9),
        )


def enrollment(history: History, user: str, company: str | None) -> Enrollment:
    """Return the enrollment itself."""
    group = GROUPS[history.group]
    enrolled_at = in_utc(group.enrolled_on, 10)
    is_done = history.reached in FINISHED
    return Enrollment(
        id=history.id,
        course_id=group.course,
        user_id=user,
        company_id=company,
        status=STATUS.get(history.reached, "ACTIVE"),
        payment_method="FREE" if company else "STRIPE",
        payment_id="" if company else f"pi_{history.id}",
        enrolled_at=enrolled_at,
        completed_at=at(group.days[1], 17) if is_done else None,
        created_by_id="usr_admin01",
        created_at=enrolled_at,
    )


def evidence(history: History) -> Iterator[Model]:
    """Yield what follows the enrollment, in the order in which it can be inserted."""
    group, gap = GROUPS[history.group], history.gap
    if history.reached in POSITIONED and gap not in NO_PRE:
        before = group.enrolled_on + POSITIONED_AFTER
        late = group.days[0] + timedelta(days=1)
        yield _answer(history, "pre", in_utc(late if gap == "late_pre" else before, 14))
    if history.reached in ATTENDED:
        yield from _day(history, 0, skipped={"PM"} if gap == "half_signed" else set())
    if history.reached in FINISHED:
        yield from _day(history, 1, skipped={"AM", "PM"} if gap == "unsigned" else set())
        if gap not in NO_POST:
            day, hour = (group.days[0], 18) if gap == "early_post" else (group.days[1], 16)
            yield _answer(history, "post", at(day, hour, 30))
        yield _opinion(history, at(group.days[1] + timedelta(days=3), 11))
    if history.reached in CERTIFIED:
        yield Certificate(
            id=f"crt_{history.id.removeprefix('enr_')}",
            enrollment_id=history.id,
            issued_at=at(group.days[1] + timedelta(days=2), 10),
            issued_by_id="usr_admin01",
        )


def _day(history: History, rank: int, skipped: set[str]) -> Iterator[Model]:
    group = GROUPS[history.group]
    day = group.days[rank]
    yield Attendance(
        session_id=session_id(group, rank),
        enrollment_id=history.id,
        attended=True,
        attended_at=at(day, 9),
        minutes=420,
    )
    for half_day, signed_at in (("AM", at(day, 9, 5)), ("PM", at(day, 13, 35))):
        if half_day not in skipped:
            yield (first := _signature(history, rank, half_day, signed_at))
            if history.gap == "corrected" and (rank, half_day) == (0, "AM"):
                yield _signature(history, rank, half_day, at(day, 17, 10), replaces=first)


def _signature(
    history: History,
    rank: int,
    half_day: str,
    signed_at: datetime,
    replaces: Signature | None = None,
) -> Signature:
    group = GROUPS[history.group]
    text = f"{history.id} {rank} {half_day} {signed_at.isoformat()}"
    return Signature(
        session_id=session_id(group, rank),
        enrollment_id=history.id,
        half_day=half_day,
        signed_at=signed_at,
        method="PAPER" if replaces else "QR_CODE" if group.mode == "ONSITE" else "LINK",
        evidence_sha256=sha256(text.encode()).hexdigest(),
        replaces=replaces,
        created_at=signed_at,
    )


def _answer(history: History, which: str, submitted_at: datetime) -> Submission:
    score = history.scores[0 if which == "pre" else 1]
    return Submission(
        id=f"sub_{history.id.removeprefix('enr_')}_{which}",
        questionnaire_id=f"qst_{which}_{history.group}",
        enrollment_id=history.id,
        respondent_role="LEARNER",
        score=score,
        max_score=20,
        submitted_at=submitted_at,
        created_at=submitted_at,
        answers={"bonnesReponses": score, "questions": 20},
    )


def _opinion(history: History, submitted_at: datetime) -> Submission:
    return Submission(
        id=f"sub_{history.id.removeprefix('enr_')}_opinion",
        questionnaire_id="qst_satisfaction",
        enrollment_id=history.id,
        respondent_role="LEARNER",
        score=7 + len(history.id) % 4,
        max_score=10,
        submitted_at=submitted_at,
        created_at=submitted_at,
        answers={"aRecommander": True, "commentaire": "Des exercices proches de notre travail."},
    )
