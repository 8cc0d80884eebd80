"""What an audit would find of needs, paths, learners' information and the evidence register.

Source: qualiopi, "What an auditor looks for in our records"; evidence, "Readiness".
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Exists, F, Func, Max, Min, OuterRef, Q, QuerySet, Window
from django.utils.translation import gettext_lazy as _

from compliance import audit_checks
from compliance.models import AdaptivePath, Evidence, NeedsAnalysis, PathAssignment, PathVersion
from compliance.states import AnalysisStatus, FundingSource, ReviewVerdict
from qualiforma.qualiopi.indicators import NUMBERS
from qualiforma.qualiopi.states import Subject
from qualiforma.readiness import (
    IDS_MAX,
    Check,
    Counted,
    Counter,
    Finder,
    Found,
    Rows,
    Scope,
    Severity,
    absent,
    dated,
    evidence_counters,
    offending,
    record_counters,
    register,
)
from qualiforma.training.models import Attendance, Enrollment, Submission, TrainingSession
from qualiforma.training.readiness import ENTRANCE, begun
from qualiforma.training.states import EnrollmentStatus, QuestionnaireKind, RespondentRole

NEED, CONTENT, POSITIONING, INFORMATION, ADAPTATION, ENGAGEMENT, VIEWS, COMPLAINTS = (
    NUMBERS[subject]
    for subject in (
        *(Subject.NEED, Subject.CONTENT, Subject.POSITIONING, Subject.INFORMATION),
        *(Subject.ADAPTATION, Subject.ENGAGEMENT, Subject.VIEWS, Subject.COMPLAINTS),
    )
)
FUNDED = (FundingSource.OPCO, FundingSource.CPF, FundingSource.POLE_EMPLOI)


# --- The register, for every indicator
def _by_indicator(rows: QuerySet[Any]) -> QuerySet[Any]:
    number = Func(F("indicators"), function="unnest", set_returning=True)
    numbered: QuerySet[Any] = rows.order_by().annotate(number=number).values("number")
    return numbered


def _flagged(condition: Callable[[Scope], Q], *, only: bool) -> Finder:
    """Return a finder of evidence under a condition; with `only`, where all evidence is."""

    def asked(scope: Scope) -> QuerySet[Any, Any]:
        is_flagged = condition(scope)
        ids = ArrayAgg("pk", filter=is_flagged, order_by="pk")
        rows = _by_indicator(Evidence.objects.demonstrating()).annotate(
            total=Count("pk"),
            flagged=Count("pk", filter=is_flagged),
            some=Func(ids, template=f"(%(expressions)s)[1:{IDS_MAX}]"),
        )
        found: QuerySet[Any, Any] = rows.filter(flagged__gt=0)
        return found.values_list("number", "total", "flagged", "some")

    def read(rows: Rows) -> dict[int, Found]:
        return {
            number: Found(flagged, some)
            for number, total, flagged, some in rows
            if not only or flagged == total
        }

    return Finder(asked, read)


def _evidence_counted(_scope: Scope) -> QuerySet[Any, Any]:
    rows = _by_indicator(Evidence.objects.demonstrating())
    counted = rows.annotate(total=Count("pk"), last=Max("document_date"))
    found: QuerySet[Any, Any] = counted.values_list("number", "total", "last")
    return found


def _read_counted(rows: Rows) -> dict[int, Counted]:
    return {number: Counted(total, date.fromisoformat(last)) for number, total, last in rows}


evidence_counters.append(Counter(_evidence_counted, _read_counted))
register(
    Check(
        "EVIDENCE_EXPIRED",
        Severity.AT_RISK,
        _("La seule preuve active a expiré, ou expire avant l’audit."),
        _flagged(lambda scope: Q(valid_until__lt=max(scope.today, scope.audit_day)), only=True),
        "EVIDENCE",
    )
)
register(
    Check(
        "EVIDENCE_TO_REPLACE",
        Severity.AT_RISK,
        _("Preuve jugée à remplacer lors de sa dernière revue."),
        _flagged(lambda scope: Q(verdict=ReviewVerdict.TO_REPLACE), only=False),
        "EVIDENCE",
    )
)


def _evidence(indicator: int) -> QuerySet[Any]:
    return Evidence.objects.demonstrating().filter(indicators__contains=[indicator])


register(
    Check(
        "COMPLAINTS_WITHOUT_PROCEDURE",
        Severity.MISSING,
        _("Aucune preuve de la procédure de traitement des réclamations."),
        absent(COMPLAINTS, rows=lambda scope: _evidence(COMPLAINTS)),
    )
)


for _check in audit_checks.CHECKS:
    register(_check)


# --- Needs, paths and learners. A piece of evidence about the record itself settles a gap.
def _settled(indicator: int, object_type: str) -> Q:
    """Return the condition of records that a piece of evidence for this indicator is about.

    A list of ids rather than a correlated search: whatever the planner knows of the tables, it reads
    the register once.
    """
    about = _evidence(indicator).filter(record_type=object_type)
    return Q(pk__in=about.values("record_id"))


def _begun_without(scope: Scope, indicator: int) -> QuerySet[Any]:
    """Trainings that began with no evidence for this indicator that is older than their beginning."""
    before = _evidence(indicator).filter(
        record_type="ENROLLMENT",
        record_id=OuterRef("pk"),
        document_date__lte=OuterRef("first_start__date"),
    )
    return begun(scope).filter(~Exists(before))


def _analyses(**conditions: Any) -> QuerySet[Any]:
    return NeedsAnalysis.objects.filter(status=AnalysisStatus.COMPLETED, **conditions)


def _need_late(scope: Scope) -> QuerySet[Any]:
    mine = _analyses(enrollment=OuterRef("pk"))
    in_time = mine.filter(completed_at__lte=OuterRef("first_start"))
    return _begun_without(scope, NEED).filter(Exists(mine), ~Exists(in_time))


def _need_copied(scope: Scope) -> QuerySet[Any]:
    """Analyses of the period whose objectives and context are those of another learner's."""
    of_period = _analyses(completed_at__date__gte=scope.since, enrollment__isnull=False)
    same = [F("objectives"), F("context")]
    copied = of_period.annotate(
        first=Window(Min("enrollment__user"), partition_by=same),
        last=Window(Max("enrollment__user"), partition_by=same),
    ).filter(~Q(first=F("last")))
    return _analyses(pk__in=copied.values("pk")).filter(~_settled(NEED, "NEEDS_ANALYSIS"))


def _entrance() -> QuerySet[Any]:
    return Submission.objects.filter(enrollment=OuterRef("pk"), questionnaire__kind__in=ENTRANCE)


def _positioning_late(scope: Scope) -> QuerySet[Any]:
    in_time = _entrance().filter(submitted_at__lte=OuterRef("first_end"))
    return _begun_without(scope, POSITIONING).filter(Exists(_entrance()), ~Exists(in_time))


def _path_unexplained(scope: Scope) -> QuerySet[Any]:
    changed = PathVersion.objects.filter(
        path=OuterRef("pk"), number__gt=1, reason="", created_at__date__gte=scope.since
    )
    paths = AdaptivePath.objects.alive().filter(Exists(changed))
    return paths.filter(~_settled(CONTENT, "ADAPTIVE_PATH"))


def _need_undecided(scope: Scope) -> QuerySet[Any]:
    given = PathAssignment.objects.filter(user=OuterRef("enrollment__user"))
    noted = _analyses(completed_at__date__gte=scope.since, enrollment__isnull=False)
    return noted.filter(
        ~Q(accessibility_needs=""),
        ~Exists(given),
        ~_settled(ADAPTATION, "NEEDS_ANALYSIS"),
    )


def _absent(scope: Scope) -> QuerySet[Any]:
    missed = Attendance.objects.filter(
        enrollment=OuterRef("pk"),
        attended=False,
        session__starts_at__date__range=(scope.since, scope.today),
    )
    return Enrollment.objects.filter(Exists(missed), ~_settled(ENGAGEMENT, "ENROLLMENT"))


def _dropped_out(scope: Scope) -> QuerySet[Any]:
    left = Enrollment.objects.filter(
        status__in=[EnrollmentStatus.SUSPENDED, EnrollmentStatus.REVOKED],
        enrolled_at__date__gte=scope.since,
    )
    return left.filter(~_settled(ENGAGEMENT, "ENROLLMENT"))


for code, text, indicator, rows, object_type in (
    (
        "NEED_MISSING",
        _("Formation commencée sans analyse des besoins validée."),
        NEED,
        lambda scope: _begun_without(scope, NEED).filter(
            ~Exists(_analyses(enrollment=OuterRef("pk")))
        ),
        "ENROLLMENT",
    ),
    (
        "NEED_LATE",
        _("Analyse des besoins validée après le début de la formation."),
        NEED,
        _need_late,
        "ENROLLMENT",
    ),
    (
        "NEED_COPIED",
        _("Même analyse des besoins, mot pour mot, pour plusieurs apprenants."),
        NEED,
        _need_copied,
        "NEEDS_ANALYSIS",
    ),
    (
        "POSITIONING_MISSING",
        _("Formation commencée sans positionnement ni évaluation d’entrée."),
        POSITIONING,
        lambda scope: _begun_without(scope, POSITIONING).filter(~Exists(_entrance())),
        "ENROLLMENT",
    ),
    (
        "POSITIONING_LATE",
        _("Positionnement fait après la première session."),
        POSITIONING,
        _positioning_late,
        "ENROLLMENT",
    ),
    (
        "PATH_CHANGED_WITHOUT_REASON",
        _("Parcours modifié sans motif."),
        CONTENT,
        _path_unexplained,
        "ADAPTIVE_PATH",
    ),
    (
        "LEARNER_NOT_INFORMED",
        _("Rien n’atteste que l’apprenant a été informé avant la première session."),
        INFORMATION,
        lambda scope: _begun_without(scope, INFORMATION),
        "ENROLLMENT",
    ),
    (
        "ABSENCE_WITHOUT_FOLLOW_UP",
        _("Absence sans trace d’une relance."),
        ENGAGEMENT,
        _absent,
        "ENROLLMENT",
    ),
    (
        "DROP_OUT_WITHOUT_REASON",
        _("Abandon ou suspension sans motif consigné."),
        ENGAGEMENT,
        _dropped_out,
        "ENROLLMENT",
    ),
):
    register(Check(code, Severity.AT_RISK, text, offending(indicator, rows=rows), object_type))
register(
    Check(
        "NEED_WITHOUT_DECISION",
        Severity.AT_RISK,
        _("Besoin d’adaptation déclaré, aucun parcours décidé."),
        offending(ADAPTATION, rows=_need_undecided),
        "NEEDS_ANALYSIS",
        sensitive=True,  # the ids alone would tell of whom a disability was noted
    )
)


# --- Who was asked for their views (30)
def _views(role: RespondentRole) -> Callable[[Scope], QuerySet[Any]]:
    def rows(scope: Scope) -> QuerySet[Any]:
        return Submission.objects.filter(
            respondent_role=role,
            questionnaire__kind=QuestionnaireKind.SATISFACTION,
            submitted_at__date__gte=scope.year_ago,
        )

    return rows


def _enrolled(scope: Scope) -> QuerySet[Any]:
    return Enrollment.objects.filter(enrolled_at__date__gte=scope.year_ago)


def _silent(role: RespondentRole, expected: Callable[[Scope], QuerySet[Any]]) -> Finder:
    """Return a finder of a stakeholder of the year who has not answered.

    Asked and silent is no fault: a questionnaire of the year in the register for indicator 30 shows
    that they were asked.
    """

    def asked_nobody(scope: Scope) -> QuerySet[Any]:
        asked = _evidence(VIEWS).filter(
            record_type="QUESTIONNAIRE", document_date__gte=scope.year_ago
        )
        return expected(scope).filter(~Exists(asked))

    return absent(VIEWS, rows=_views(role), expected=asked_nobody)


for role, text, expected in (
    (
        RespondentRole.LEARNER,
        _("Aucun apprenant interrogé depuis un an."),
        _enrolled,
    ),
    (
        RespondentRole.COMPANY,
        _("Aucune entreprise interrogée depuis un an."),
        lambda scope: _enrolled(scope).filter(company__isnull=False),
    ),
    (
        RespondentRole.TRAINER,
        _("Aucun formateur interrogé depuis un an."),
        lambda scope: TrainingSession.objects.filter(
            starts_at__date__range=(scope.year_ago, scope.today)
        ),
    ),
    (
        RespondentRole.FUNDER,
        _("Aucun financeur interrogé depuis un an."),
        lambda scope: _analyses(completed_at__date__gte=scope.year_ago, funding_source__in=FUNDED),
    ),
):
    register(Check(f"{role}_NOT_ASKED", Severity.AT_RISK, text, _silent(role, expected)))
record_counters += [
    dated(NEED, rows=lambda scope: _analyses(), instant="completed_at"),
    dated(
        CONTENT, ADAPTATION, rows=lambda scope: PathAssignment.objects.all(), instant="assigned_at"
    ),
]
