"""A learner's training file as an auditor reads it: what happened, and what should have."""

from dataclasses import dataclass
from typing import Any

from django.db.models import DateTimeField, Min, OuterRef, Subquery
from django.utils import timezone

from compliance.timeline.gaps import Gap, find_gaps
from qualiforma.timeline import Event, read_events, wire_instant
from qualiforma.training.models import Submission
from qualiforma.training.querysets import EnrollmentQuerySet
from qualiforma.training.states import EnrollmentStatus, QuestionnaireKind


@dataclass(frozen=True)
class Timeline:
    """Shape: events as they go over the wire, oldest first; gaps in the order of the steps."""

    enrollment_id: str
    events: list[Event]
    gaps: list[Gap]


def with_assessment(enrollments: EnrollmentQuerySet) -> EnrollmentQuerySet:
    """Add `assessed_at`, the first answer to a PREREQUISITE questionnaire: no event tells of it."""
    answers = Submission.objects.filter(
        enrollment=OuterRef("pk"), questionnaire__kind=QuestionnaireKind.PREREQUISITE
    )
    first = answers.order_by().values("enrollment").annotate(at=Min("submitted_at")).values("at")
    found: EnrollmentQuerySet = enrollments.annotate(
        assessed_at=Subquery(first, output_field=DateTimeField())
    )
    return found


def read_file(enrollment: Any) -> Timeline:
    """Return the events and gaps of an enrollment that comes `with_assessment`.

    Cost: one statement, whatever their number.
    """
    events = read_events(enrollment.pk)
    assessed_at = enrollment.assessed_at
    gaps = find_gaps(
        events,
        status=EnrollmentStatus(enrollment.status),
        now=wire_instant(timezone.now()),
        assessed_at=wire_instant(assessed_at) if assessed_at else None,
    )
    return Timeline(enrollment.pk, events, gaps)
