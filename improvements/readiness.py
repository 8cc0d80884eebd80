"""What an audit would find of complaints and improvement plans (indicators 31 and 32).

Source: qualiopi, "What an auditor looks for in our records"; evidence, "Readiness".
"""

from collections.abc import Callable
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from improvements.models import (
    Complaint,
    CorrectiveAction,
    DueDateMove,
    EffectivenessCheck,
    ExpectedResult,
    ImprovementPlan,
    PlanComplaint,
    Risk,
    RiskReview,
)
from improvements.states import ANSWERED, OPEN, SETTLED, ActionStatus, PlanStatus, Trigger
from qualiforma.plan_opening import plans_of_findings
from qualiforma.qualiopi.indicators import NUMBERS
from qualiforma.qualiopi.states import Subject
from qualiforma.readiness import (
    Check,
    Scope,
    Severity,
    absent,
    dated,
    offending,
    record_counters,
    register,
)

COMPLAINTS, IMPROVEMENT = NUMBERS[Subject.COMPLAINTS], NUMBERS[Subject.IMPROVEMENT]


def _answered_late(scope: Scope) -> QuerySet[Any]:
    """Complaints answered late from which no plan has drawn a lesson."""
    plans = PlanComplaint.objects.filter(complaint=OuterRef("pk"), plan__deleted_at__isnull=True)
    return Complaint.objects.filter(
        ~Exists(plans),
        status__in=ANSWERED,
        resolved_at__date__gt=F("answer_by"),
        received_at__date__gte=scope.since,
    )


def _unacknowledged(scope: Scope) -> QuerySet[Any]:
    return Complaint.objects.filter(
        acknowledge_by__lt=scope.today,
        acknowledged_at__isnull=True,
        received_at__date__gte=scope.since,
    )


def _closed(scope: Scope) -> QuerySet[Any]:
    return ImprovementPlan.objects.alive().filter(
        status=PlanStatus.COMPLETED, closed_at__date__gte=scope.since
    )


def _started_incomplete(scope: Scope) -> QuerySet[Any]:
    actions = CorrectiveAction.objects.filter(plan=OuterRef("pk"))
    links = PlanComplaint.objects.filter(plan=OuterRef("pk"))
    return ImprovementPlan.objects.alive().filter(
        ~Exists(actions)
        | Exists(actions.filter(due_date__isnull=True).exclude(status__in=SETTLED))
        | Q(~Exists(links), trigger=Trigger.COMPLAINT)
        | Q(~Q(pk__in=plans_of_findings()), trigger=Trigger.AUDIT, follows_plan__isnull=True),
        status=PlanStatus.IN_PROGRESS,
    )


def _without_reason(scope: Scope) -> QuerySet[Any]:
    """Plans that were given up, and others with a cancelled action or a moved date, without a word."""
    actions = CorrectiveAction.objects.filter(
        plan=OuterRef("pk"), status=ActionStatus.CANCELLED, reason=""
    )
    moves = DueDateMove.objects.filter(
        plan=OuterRef("pk"), reason="", moved_at__gt=F("plan__started_at")
    )
    given_up = Q(status=PlanStatus.ARCHIVED, closed_at__isnull=True, archive_reason="")
    return ImprovementPlan.objects.alive().filter(
        given_up | Exists(actions) | Exists(moves), started_at__date__gte=scope.since
    )


def _checked_by_doer(scope: Scope) -> QuerySet[Any]:
    """Plans of whose effect the last word is that of somebody who did the work."""
    later = EffectivenessCheck.objects.filter(plan=OuterRef("plan"), number__gt=OuterRef("number"))
    last = EffectivenessCheck.objects.filter(
        ~Exists(later), verifier_is_doer=True, verified_on__gte=scope.since
    )
    return ImprovementPlan.objects.alive().filter(pk__in=last.values("plan"))


def _recurring(scope: Scope) -> QuerySet[Any]:
    plans: QuerySet[Any] = ImprovementPlan.objects.alive().recurring(scope.recurrence_days)
    return plans.filter(
        ~Exists(ImprovementPlan.objects.alive().filter(follows_plan=OuterRef("pk"))),
        closed_at__isnull=False,
    )


def _late_actions(scope: Scope) -> QuerySet[Any]:
    late = CorrectiveAction.objects.filter(due_date__lt=scope.today).exclude(status__in=SETTLED)
    plans = ImprovementPlan.objects.alive().filter(status__in=OPEN)
    return plans.filter(pk__in=late.values("plan"))


def _add(
    code: str,
    text: Any,
    indicator: int,
    rows: Callable[[Scope], QuerySet[Any]],
    object_type: str,
) -> None:
    find = offending(indicator, rows=rows)
    register(Check(code, Severity.AT_RISK, text, find, object_type))


_add(
    "COMPLAINT_UNANSWERED",
    _("Réclamation sans réponse au-delà du délai annoncé."),
    COMPLAINTS,
    lambda scope: Complaint.objects.filter(~Q(status__in=ANSWERED), answer_by__lt=scope.today),
    "COMPLAINT",
)
_add(
    "COMPLAINT_ANSWERED_LATE",
    _("Réponse donnée après le délai annoncé, sans plan d’amélioration."),
    COMPLAINTS,
    _answered_late,
    "COMPLAINT",
)
_add(
    "COMPLAINT_NOT_ACKNOWLEDGED",
    _("Réclamation sans accusé de réception au-delà du délai annoncé."),
    COMPLAINTS,
    _unacknowledged,
    "COMPLAINT",
)
_add(
    "PLAN_CLOSED_WITHOUT_DONE_ACTION",
    _("Plan clôturé sans aucune action terminée."),
    IMPROVEMENT,
    lambda scope: _closed(scope).filter(
        ~Exists(CorrectiveAction.objects.filter(plan=OuterRef("pk"), status=ActionStatus.DONE))
    ),
    "IMPROVEMENT_PLAN",
)
_add(
    "PLAN_CLOSED_WITHOUT_OUTCOME",
    _("Plan clôturé sans résultat constaté."),
    IMPROVEMENT,
    lambda scope: _closed(scope).filter(closing_report__outcomes=[]),
    "IMPROVEMENT_PLAN",
)
for _code, _text, _rows in (
    (
        "PLAN_STARTED_INCOMPLETE",
        _(
            "Plan en cours sans action, avec une action sans échéance, ou sans la réclamation ou le "
            "constat d’origine."
        ),
        _started_incomplete,
    ),
    (
        "PLAN_RESULT_NOT_MEASURED",
        _("Plan clôturé dont un résultat attendu n’est pas mesuré, sans date de mesure prévue."),
        lambda scope: _closed(scope).filter(
            Exists(
                ExpectedResult.objects.filter(
                    plan=OuterRef("pk"),
                    measured_value__isnull=True,
                    not_measurable_until__isnull=True,
                )
            )
        ),
    ),
    (
        "EFFECTIVENESS_NOT_CHECKED",
        _("Plan clôturé dont la vérification de l’efficacité a dépassé son échéance."),
        lambda scope: ImprovementPlan.objects.alive().checks_overdue(scope.today),
    ),
    (
        "EFFECTIVENESS_CHECKED_BY_DOER",
        _("Efficacité vérifiée par la personne qui a mené le plan."),
        _checked_by_doer,
    ),
    (
        "PLAN_RECURRENCE",
        _("Plan clôturé suivi d’une réclamation semblable, sans plan suivant."),
        _recurring,
    ),
    (
        "REASON_NOT_GIVEN",
        _("Plan abandonné, action annulée ou échéance reportée sans motif."),
        _without_reason,
    ),
):
    _add(_code, _text, IMPROVEMENT, _rows, "IMPROVEMENT_PLAN")
_add(
    "ACTIONS_LATE",
    _("Plan ouvert dont une action a dépassé son échéance."),
    IMPROVEMENT,
    _late_actions,
    "IMPROVEMENT_PLAN",
)
_add(
    "RISK_REVIEW_OVERDUE",
    _("Risque dont la revue annuelle est dépassée."),
    IMPROVEMENT,
    lambda scope: Risk.objects.watched().filter(next_review_on__lt=scope.today),
    "RISK",
)
register(
    Check(
        "NO_RISK_REVIEW_FOR_A_YEAR",
        Severity.AT_RISK,
        _("Aucune revue des risques depuis un an : le référentiel de novembre 2026 la demande."),
        absent(
            IMPROVEMENT,
            rows=lambda scope: RiskReview.objects.filter(reviewed_on__gte=scope.year_ago),
        ),
    )
)
register(
    Check(
        "NO_PLAN_FOR_A_YEAR",
        Severity.MISSING,
        _("Aucun plan d’amélioration depuis un an."),
        absent(
            IMPROVEMENT,
            rows=lambda scope: ImprovementPlan.objects.alive().filter(
                created_at__date__gte=scope.year_ago
            ),
        ),
    )
)
record_counters += [
    dated(COMPLAINTS, rows=lambda scope: Complaint.objects.all(), instant="received_at"),
    dated(
        IMPROVEMENT,
        rows=lambda scope: ImprovementPlan.objects.alive().exclude(status=PlanStatus.DRAFT),
        instant="created_at",
    ),
]
