"""The improvement records that others can name."""

from improvements.models import Complaint, CorrectiveAction, ImprovementPlan
from qualiforma.record_types import register

register("IMPROVEMENT_PLAN", ImprovementPlan, ImprovementPlan.objects.visible_to)
register("COMPLAINT", Complaint, Complaint.objects.visible_to)
register("CORRECTIVE_ACTION", CorrectiveAction, CorrectiveAction.objects.visible_to)
