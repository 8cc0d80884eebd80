"""A learner's training file as an auditor reads it: what happened, and what should have."""

from dataclasses import dataclass
from typing import Any

from django.db.models import DateField, DateTimeField, Min, OuterRef, Subquery
from django.utils import timezone

from compliance.models import Evidence
from compliance.timeline.gaps import Gap, beginning_of, find_gaps
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


def with_facts(enrollments: EnrollmentQuerySet) -> EnrollmentQuerySet:
    """Add what no event tells of.

    `assessed_at`: the first answer to a PREREQUISITE questionnaire; `informed_on`: the first day on
    which something was sent to the learner, by confidential evidence too.
    """
    answers = Submission.objects.filter(
        enrollment=OuterRef("pk"), questionnaire__kind=QuestionnaireKind.PREREQUISITE
    )
    first = answers.order_by().values("enrollment").annotate(at=Min("submitted_at")).values("at")
    sent = Evidence.objects.informing(OuterRef("pk"))
    days = sent.order_by().values("record_id").annotate(day=Min("document_date")).values("day")
    found: EnrollmentQuerySet = enrollments.annotate(
        assessed_at=Subquery(first, output_field=DateTimeField()),
        informed_on=Subquery(days, output_field=DateField()),
    )
    return found


def read_file(enrollment: Any) -> Timeline:
    """Return the events and gaps of an enrollment that comes `with_facts`.

    Cost: one statement, whatever their number.
    """
    events = read_events(enrollment.pk)
    assessed_at, informed_on = enrollment.assessed_at, enrollment.informed_on
    gaps = find_gaps(
        events,
        status=EnrollmentStatus(enrollment.status),
        now=wire_instant(timezone.now()),
        assessed_at=wire_instant(assessed_at) if assessed_at else None,
        informed_at=wire_instant(beginning_of(informed_on)) if informed_on else None,
    )
    return Timeline(enrollment.pk, events, gaps)
