"""What training records hold about people, and how long a law keeps it."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.utils import timezone

from qualiforma.personal_data_registry import (
    TRAINING,
    Chapter,
    Hold,
    chapter_sources,
    exclude,
    hold_sources,
    last_uses,
    register,
)
from qualiforma.timeline import read_events
from qualiforma.training.models import (
    Attendance,
    Certificate,
    CertificateYear,
    Company,
    Course,
    Enrollment,
    Questionnaire,
    Signature,
    Submission,
    TrainingSession,
)
from qualiforma.training.states import EnrollmentStatus

PROOF = "Prouver la réalité de la formation"

register(
    Enrollment,
    purpose="Organiser la formation et en prouver le suivi",
    retention=TRAINING,
    about=("user",),
    named=("created_by",),
    blanked={"payment_id": ""},
)
register(Attendance, purpose=PROOF, retention=TRAINING, about=("enrollment__user",))
register(Signature, purpose=PROOF, retention=TRAINING, about=("enrollment__user",))
register(
    Certificate,
    purpose="Attester de la fin de la formation",
    retention=TRAINING,
    about=("enrollment__user",),
    named=("issued_by",),
)
register(
    Submission,
    purpose="Évaluer les acquis et la satisfaction",
    retention=TRAINING,
    about=("enrollment__user",),
    blanked={"answers": {}},
)
register(
    TrainingSession,
    purpose="Planifier les sessions et leurs formateurs",
    retention=TRAINING,
    named=("trainer",),
)
register(
    Company,
    purpose="Connaître l’employeur ou le financeur et son contact",
    retention=TRAINING,
    contacts=(("", "contact_email"),),
)
register(Course, purpose="Tenir le catalogue des formations", retention=TRAINING)
register(Questionnaire, purpose="Évaluer les acquis et la satisfaction", retention=TRAINING)
exclude(CertificateYear, because="a counter")


def _enrollments(user_id: str) -> Iterator[Hold]:
    """Yield what each enrollment makes keep: without an end while it is under way."""
    today = timezone.localdate()
    for one in Enrollment.objects.filter(user=user_id).select_related("course").order_by("pk"):
        ended = one.completed_at or (
            None if one.status == EnrollmentStatus.ACTIVE else one.expires_at or one.enrolled_at
        )
        until = timezone.localdate(ended) + TRAINING.period if ended else None
        if until is None or until > today:
            yield Hold(f"Inscription à « {one.course.title} »", until, TRAINING)


def _last_uses(user_id: str) -> Iterable[datetime]:
    rows = Enrollment.objects.filter(user=user_id).values_list("enrolled_at", "completed_at")
    return (instant for row in rows for instant in row if instant is not None)


hold_sources.append(_enrollments)
last_uses.append(_last_uses)


def _timelines(user_id: str) -> Iterator[Chapter]:
    """Yield what happened in each training, as in the learner's file."""
    for one in Enrollment.objects.filter(user=user_id).select_related("course").order_by("pk"):
        rows = [(event["date"], event["description"]) for event in read_events(one.pk)]
        yield Chapter(f"Chronologie : {one.course.title}", ("Date", "Fait"), rows)


chapter_sources.append(_timelines)
