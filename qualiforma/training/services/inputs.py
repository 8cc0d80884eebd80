"""What services are given. People, courses and companies stand as their ids.

An `id` is for records that come with one (imports, demo data); without it one is made.
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from qualiforma.training.states import (
    EnrollmentStatus,
    HalfDay,
    Level,
    PaymentMethod,
    QuestionnaireKind,
    RespondentRole,
    SessionMode,
    SignatureMethod,
)


@dataclass(frozen=True)
class CompanyDraft:
    """A company to be entered."""

    name: str
    siret: str = ""
    contact_email: str = ""
    id: str = ""


@dataclass(frozen=True)
class CourseDraft:
    """A course to be put into the catalogue."""

    title: str
    level: Level
    duration_hours: Decimal
    entry_level: Level = Level.BEGINNER
    summary: str = ""
    objectives: list[str] = field(default_factory=list)
    skills: list[str] = field(default_factory=list)
    active: bool = True
    id: str = ""


@dataclass(frozen=True)
class EnrollmentDraft:
    """A learner to be enrolled; `enrolled_at` None means now.

    Another status than ACTIVE is for what happened before it is entered; COMPLETED then needs its
    instant, or takes the present one.
    """

    course: str
    user: str
    company: str | None = None
    status: EnrollmentStatus = EnrollmentStatus.ACTIVE
    payment_method: PaymentMethod = PaymentMethod.FREE
    payment_id: str = ""
    enrolled_at: datetime | None = None
    completed_at: datetime | None = None
    expires_at: datetime | None = None
    id: str = ""


@dataclass(frozen=True)
class SessionDraft:
    """A session to be planned."""

    course: str
    title: str
    starts_at: datetime
    ends_at: datetime
    mode: SessionMode
    trainer: str
    id: str = ""


@dataclass(frozen=True)
class AttendanceDraft:
    """Whether a learner was there. `attended_at` None means since the session began."""

    attended: bool
    attended_at: datetime | None = None
    minutes: int | None = None


@dataclass(frozen=True)
class SignatureDraft:
    """A signature; `signed_at` None means now. `replaces` is the id of what this one corrects."""

    enrollment: str
    half_day: HalfDay
    method: SignatureMethod
    signed_at: datetime | None = None
    evidence_sha256: str = ""
    replaces: str | None = None
    id: str = ""


@dataclass(frozen=True)
class QuestionnaireDraft:
    """A questionnaire to be put to people."""

    title: str
    kind: QuestionnaireKind
    max_score: Decimal
    course: str | None = None
    id: str = ""


@dataclass(frozen=True)
class SubmissionDraft:
    """An answered questionnaire; `submitted_at` None means now."""

    respondent_role: RespondentRole
    enrollment: str | None = None
    score: Decimal | None = None
    submitted_at: datetime | None = None
    answers: dict[str, Any] = field(default_factory=dict)
    id: str = ""


@dataclass(frozen=True)
class CertificateDraft:
    """A certificate; `issued_at` None means now. A `rank` given must be the year's next."""

    issued_at: datetime | None = None
    rank: int = 0
    id: str = ""
