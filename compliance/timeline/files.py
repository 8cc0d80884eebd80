"""A learner's training file as an auditor reads it: what happened, and what should have."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import DateField, DateTimeField, Min, OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone

from compliance.models import Evidence
from compliance.timeline.gaps import Gap, Session, beginning_of, find_gaps
from qualiforma.timeline import Event, read_events, wire_instant
from qualiforma.training.models import Attendance, Submission
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
    which something was sent to the learner, by confidential evidence too; `missed`: what `absences_of`
    reads.
    """
    answers = Submission.objects.filter(
        enrollment=OuterRef("pk"), questionnaire__kind=QuestionnaireKind.PREREQUISITE
    )
    first = answers.order_by().values("enrollment").annotate(at=Min("submitted_at")).values("at")
    sent = Evidence.objects.informing(OuterRef("pk"))
    days = sent.order_by().values("record_id").annotate(day=Min("document_date")).values("day")
    missed = Attendance.objects.filter(enrollment=OuterRef("pk"), attended=False)
    shown = missed.order_by("session__starts_at", "pk").values(
        of=JSONObject(
            attendance="pk",
            session="session_id",
            title="session__title",
            starts="session__starts_at",
            ends="session__ends_at",
        )
    )
    found: EnrollmentQuerySet = enrollments.annotate(
        missed=ArraySubquery(shown),
        assessed_at=Subquery(first, output_field=DateTimeField()),
        informed_on=Subquery(days, output_field=DateField()),
    )
    return found


def absences_of(enrollment: Any, entered_later: Collection[str] = ()) -> list[Session]:
    """Return the sessions that the learner was noted absent from, oldest first.

    `entered_later`: attendances to leave out. The enrollment comes `with_facts`.
    """
    return [
        Session(one["session"], one["title"], _instant(one["starts"]), _instant(one["ends"]))
        for one in enrollment.missed
        if one["attendance"] not in entered_later
    ]


def _instant(text: str) -> str:
    return wire_instant(datetime.fromisoformat(text))


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
        absences=absences_of(enrollment),
    )
    return Timeline(enrollment.pk, events, gaps)
