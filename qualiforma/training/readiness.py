"""What an audit would find in the training records (indicators 11 and 12).

Source: qualiopi, "What an auditor looks for in our records".
"""

from typing import Any

from django.db.models import Exists, Min, OuterRef, QuerySet, Subquery
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from qualiforma.qualiopi.indicators import NUMBERS
from qualiforma.qualiopi.states import Subject
from qualiforma.readiness import (
    Check,
    Scope,
    Severity,
    dated,
    offending,
    record_counters,
    register,
)
from qualiforma.training.models import (
    Attendance,
    Certificate,
    Enrollment,
    Signature,
    Submission,
)
from qualiforma.training.states import QuestionnaireKind

POSITIONING, ACHIEVEMENT = NUMBERS[Subject.POSITIONING], NUMBERS[Subject.ACHIEVEMENT]
ENGAGEMENT, VIEWS = NUMBERS[Subject.ENGAGEMENT], NUMBERS[Subject.VIEWS]
ENTRANCE = (QuestionnaireKind.PRE, QuestionnaireKind.PREREQUISITE)


def begun(scope: Scope) -> QuerySet[Any]:
    """Enrollments whose first session attended began in the period; adds `first_start`, `first_end`."""
    attended = Attendance.objects.filter(enrollment=OuterRef("pk"), attended=True).order_by()
    starts = attended.values("enrollment").annotate(at=Min("session__starts_at")).values("at")
    ends = attended.values("enrollment").annotate(at=Min("session__ends_at")).values("at")
    return Enrollment.objects.annotate(
        first_start=Subquery(starts), first_end=Subquery(ends)
    ).filter(first_start__date__gte=scope.since, first_end__lt=Now())


def _certified_unassessed(scope: Scope) -> QuerySet[Any]:
    assessed = Submission.objects.filter(
        enrollment=OuterRef("pk"), questionnaire__kind=QuestionnaireKind.POST
    )
    return Enrollment.objects.filter(
        ~Exists(assessed), certificate__issued_at__date__gte=scope.since
    )


def _unsigned(scope: Scope) -> QuerySet[Any]:
    """Sessions over, that somebody attended without a signature."""
    signed = Signature.objects.filter(
        session=OuterRef("session"), enrollment=OuterRef("enrollment")
    )
    attended = Attendance.objects.filter(
        ~Exists(signed),
        attended=True,
        session__ends_at__lt=Now(),
        session__starts_at__date__gte=scope.since,
    )
    return Enrollment.objects.filter(pk__in=attended.values("enrollment"))


register(
    Check(
        "CERTIFICATE_WITHOUT_ASSESSMENT",
        Severity.AT_RISK,
        _("Attestation délivrée sans évaluation des acquis."),
        offending(ACHIEVEMENT, rows=_certified_unassessed),
        "ENROLLMENT",
    )
)
register(
    Check(
        "ATTENDANCE_UNSIGNED",
        Severity.AT_RISK,
        _("Présence à une session sans émargement."),
        offending(ENGAGEMENT, rows=_unsigned),
        "ENROLLMENT",
    )
)


def _answers(*kinds: QuestionnaireKind) -> Any:
    return lambda scope: Submission.objects.filter(questionnaire__kind__in=kinds)


record_counters += [
    dated(POSITIONING, rows=_answers(*ENTRANCE), instant="submitted_at"),
    dated(ACHIEVEMENT, rows=_answers(QuestionnaireKind.POST), instant="submitted_at"),
    dated(ACHIEVEMENT, rows=lambda scope: Certificate.objects.all(), instant="issued_at"),
    dated(ENGAGEMENT, rows=lambda scope: Signature.objects.all(), instant="signed_at"),
    dated(VIEWS, rows=_answers(QuestionnaireKind.SATISFACTION), instant="submitted_at"),
]
