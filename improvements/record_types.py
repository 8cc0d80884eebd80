"""The improvement records that others can name, and how other apps open a plan."""

from improvements.models import Complaint, CorrectiveAction, ImprovementPlan, Risk
from improvements.services import PlanDraft, create_plan
from improvements.states import Trigger
from qualiforma import plan_opening
from qualiforma.accounts.actor import Actor
from qualiforma.record_types import register

register("IMPROVEMENT_PLAN", ImprovementPlan, ImprovementPlan.objects.visible_to)
register("COMPLAINT", Complaint, Complaint.objects.visible_to)
register("RISK", Risk, Risk.objects.visible_to)
register("CORRECTIVE_ACTION", CorrectiveAction, CorrectiveAction.objects.visible_to)


@plan_opening.register
def open_plan(request: plan_opening.PlanRequest, actor: Actor) -> ImprovementPlan:
    """Open a DRAFT plan after an audit. Errors: those of `create_plan`."""
    draft = PlanDraft(
        title=request.title,
        description=request.description,
        trigger=Trigger.AUDIT,
        target_date=request.target_date,
        owner=request.owner_id,
        indicators=list(request.indicators),
    )
    return create_plan(draft=draft, actor=actor)
