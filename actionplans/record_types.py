"""The action plans and actions that other records can name."""

from actionplans.models import Action, ActionPlan
from qualiforma.record_types import register

register("ACTION_PLAN", ActionPlan, ActionPlan.objects.visible_to)
register("ACTION", Action, Action.objects.visible_to)
