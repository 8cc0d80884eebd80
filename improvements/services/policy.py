"""What is missing for a step of a plan, and whether the organisation lets it pass all the same.

One rule for the API, the buttons and the lists of the back-office. LENIENT: the step is taken, and
what was not given stays empty, which readiness and the audit bundle show. STRICT: it is refused.
Source: closed-loop, "Two strengths of rule".
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from improvements.models import CorrectiveAction, ImprovementPlan
from improvements.services.exceptions import PolicyError
from improvements.states import ActionStatus, PlanStatus, Trigger
from qualiforma.plan_opening import plans_of_findings
from qualiforma.qualiopi.rules import rules_in_force
from qualiforma.qualiopi.states import Policy

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Lack:
    """One thing that is missing. `field` is a snake_case name of the call's, "" for none."""

    code: str
    text: "StrOrPromise"
    field: str = ""


NO_ACTION = Lack("NO_ACTION", _("Le plan n’a aucune action."))
ACTION_WITHOUT_DUE_DATE = Lack("ACTION_WITHOUT_DUE_DATE", _("Une action n’a pas d’échéance."))
NO_COMPLAINT = Lack(
    "NO_COMPLAINT",
    _("Le plan répond à une réclamation, mais aucune n’y est liée."),
    "linked_complaint_ids",
)
NO_FINDING = Lack("NO_FINDING", _("Le plan fait suite à un audit, mais aucun constat n’y est lié."))
NO_DONE_ACTION = Lack("NO_DONE_ACTION", _("Aucune action n’est terminée."))
NO_OUTCOME = Lack("NO_OUTCOME", _("Aucun résultat constaté n’est indiqué."), "outcomes")
RESULT_NOT_MEASURED = Lack(
    "RESULT_NOT_MEASURED",
    _("Un résultat attendu n’est pas mesuré, et aucune date de mesure n’est prévue."),
    "expected_results",
)
NO_CANCEL_REASON = Lack(
    "NO_CANCEL_REASON", _("Le motif de l’annulation n’est pas indiqué."), "reason"
)
NO_GIVE_UP_REASON = Lack(
    "NO_GIVE_UP_REASON", _("Le motif de l’abandon n’est pas indiqué."), "reason"
)
NO_MOVE_REASON = Lack(
    "NO_MOVE_REASON", _("Le motif du report d’échéance n’est pas indiqué."), "reason"
)

LACKS = {
    one.code: one
    for one in (
        *(NO_ACTION, ACTION_WITHOUT_DUE_DATE, NO_COMPLAINT, NO_FINDING, NO_DONE_ACTION),
        NO_OUTCOME,
        *(RESULT_NOT_MEASURED, NO_CANCEL_REASON, NO_GIVE_UP_REASON, NO_MOVE_REASON),
    )
}


def _no_finding(plan: ImprovementPlan) -> Lack | None:
    """Say whether no finding names the plan. One that follows another answers what that one answered."""
    if plan.follows_plan_id or plans_of_findings().filter(plan_id=plan.pk).exists():
        return None
    return NO_FINDING


# What a plan must come from, by what triggered it. Each returns what is missing, or None. Cost: a
# query each.
origins: dict[Trigger, Callable[[ImprovementPlan], Lack | None]] = {
    Trigger.COMPLAINT: lambda plan: None if plan.complaint_links.exists() else NO_COMPLAINT,
    Trigger.AUDIT: _no_finding,
}


def missing_to_start(plan: ImprovementPlan) -> list[Lack]:
    """Return what a plan lacks to begin. Cost: two queries."""
    dates: list[date | None] = list(plan.actions.values_list("due_date", flat=True))
    lacks = [] if dates else [NO_ACTION]
    if None in dates:
        lacks.append(ACTION_WITHOUT_DUE_DATE)
    origin = origins.get(Trigger(plan.trigger))
    found = origin(plan) if origin else None
    return [*lacks, found] if found else lacks


def missing_to_close(plan: ImprovementPlan, outcomes: Iterable[str] | None = None) -> list[Lack]:
    """Return what a plan lacks to be closed; without `outcomes` they are still to be written.

    Cost: two queries, none for a plan that carries its actions and results.
    """
    done = any(one.status == ActionStatus.DONE for one in plan.actions.all())
    lacks = [] if done else [NO_DONE_ACTION]
    if outcomes is not None and not list(outcomes):
        lacks.append(NO_OUTCOME)
    unmeasured = any(
        one.measured_value is None and one.not_measurable_until is None
        for one in plan.expected_results.all()
    )
    return [*lacks, RESULT_NOT_MEASURED] if unmeasured else lacks


def missing_to_give_up(reason: str) -> list[Lack]:
    """Return what giving up a plan lacks."""
    return [] if reason else [NO_GIVE_UP_REASON]


def missing_to_change(action: CorrectiveAction, changes: Mapping[str, Any]) -> list[Lack]:
    """Return what cancelling an action, or moving its due date once the plan is under way, lacks.

    `action` is as it was before; `changes` hold what differs, and the reason.
    """
    if changes.get("reason"):
        return []
    lacks = [NO_CANCEL_REASON] if changes.get("status") == ActionStatus.CANCELLED else []
    started = action.plan.status == PlanStatus.IN_PROGRESS
    if "due_date" in changes and action.due_date is not None and started:
        lacks.append(NO_MOVE_REASON)
    return lacks


def require(lacks: list[Lack]) -> None:
    """Refuse a step that lacks something where the organisation is strict. Errors: `PolicyError`.

    Cost: a query, none where nothing is missing.
    """
    if lacks and rules_in_force().policy == Policy.STRICT:
        raise PolicyError(
            " ".join(str(one.text) for one in lacks),
            missing=[{"code": one.code, "detail": str(one.text)} for one in lacks],
        )
