"""A plan with all that its closing looks at and keeps, locked and read in one trip."""

from improvements.models import (
    CorrectiveAction,
    DueDateMove,
    ExpectedResult,
    ImprovementPlan,
    PlanComplaint,
)
from qualiforma.accounts.models import User
from qualiforma.errors import MissingError
from qualiforma.qualiopi.rules import rule_in_sql
from qualiforma.read_together import RowsTogether, keep_related

# The keys are the plan's and the id of who closes it.
_read = RowsTogether(
    lambda key, _closer: (
        ImprovementPlan.objects.alive()
        .filter(pk=key)
        .select_related("owner")
        .annotate(effectiveness_days=rule_in_sql("effectiveness_days"))
        .select_for_update(of=("self",))
    ),
    lambda key, _closer: CorrectiveAction.objects.filter(plan=key).select_related("owner"),
    lambda key, _closer: DueDateMove.objects.filter(action__plan=key),
    lambda key, _closer: (
        PlanComplaint.objects.filter(plan=key).select_related("complaint").order_by("position")
    ),
    lambda key, _closer: ExpectedResult.objects.filter(plan=key),
    lambda _key, closer: User.objects.filter(pk=closer),
    keys=2,
)


def locked_whole(plan: ImprovementPlan, closer_id: str) -> tuple[ImprovementPlan, User | None]:
    """Return the current plan, locked, and who closes it.

    It carries its actions with their moves, its complaints and results, and `effectiveness_days` of the
    organisation's rules. Errors: `MissingError` when it was deleted. Cost: one trip.
    """
    plans, actions, moves, links, results, closers = _read(plan.pk, closer_id)
    if not plans:
        raise MissingError
    keep_related(plans, ImprovementPlan, "actions", actions)
    keep_related(actions, CorrectiveAction, "due_date_moves", moves)
    keep_related(plans, ImprovementPlan, "complaint_links", links)
    keep_related(plans, ImprovementPlan, "expected_results", results)
    return plans[0], closers[0] if closers else None
