"""The improvement records that others can name."""

from improvements.models import Complaint, ImprovementPlan
from qualiforma.record_types import register

register("IMPROVEMENT_PLAN", ImprovementPlan, ImprovementPlan.objects.visible_to)
register("COMPLAINT", Complaint, Complaint.objects.visible_to)
