"""What action plans hold about people."""

from actionplans.exports.models import PlanExport
from actionplans.models import (
    Action,
    ActionArea,
    ActionGroup,
    ActionPlan,
    Area,
    Assignment,
    FocusItem,
    Group,
    Note,
)
from qualiforma.personal_data_registry import QUALITY, TECHNICAL, exclude, register

FOLLOW = "Suivre les actions de l’organisme et leurs responsables"

register(ActionPlan, purpose=FOLLOW, retention=QUALITY, named=("created_by",))
register(Action, purpose=FOLLOW, retention=QUALITY, named=("created_by",))
register(Assignment, purpose=FOLLOW, retention=QUALITY, about=("user",))
register(Note, purpose=FOLLOW, retention=QUALITY, about=("author",))
for model in (FocusItem, Area, Group):
    register(model, purpose=FOLLOW, retention=QUALITY)
register(
    PlanExport,
    purpose="Envoyer un plan sous forme de classeur",
    retention=TECHNICAL,
    named=("requested_by",),
)
exclude(ActionArea, ActionGroup, because="keys of an action and of what it belongs to")
