"""Audit registration of this feature: its models and the sentences of its actions."""

from django.utils.translation import gettext_lazy as _

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
from qualiforma.audit import describe_action, register

register(Area, "area")
register(Group, "group")
register(ActionPlan, "action_plan", skipped=["version", "updated_at"])
register(
    Action,
    "plan_action",
    root="plan",
    skipped=[
        *("version", "updated_at"),
        *("pending_count", "in_progress_count", "completed_count", "cancelled_count"),
        *("started_at", "completed_at", "base_status"),
    ],
)
register(Assignment, "assignment", root="action")
register(FocusItem, "focus_item", root="action")
register(ActionArea, "action_area", root="action")
register(ActionGroup, "action_group", root="action")
register(Note, "action_note", root="action")
register(PlanExport, "plan_export")

describe_action("actionplans.plan.created", _("%(actor)s a créé le plan d’action"))
describe_action("actionplans.plan.edited", _("%(actor)s a modifié le plan d’action"))
describe_action(
    "actionplans.plan.deleted", _("%(actor)s a supprimé le plan d’action et ses actions")
)
describe_action("actionplans.action.added", _("%(actor)s a ajouté une action"))
describe_action("actionplans.action.edited", _("%(actor)s a modifié une action"))
describe_action("actionplans.action.deleted", _("%(actor)s a supprimé une action"))
describe_action("actionplans.assignee.moved", _("%(actor)s a changé l’état d’un responsable"))
describe_action("actionplans.note.added", _("%(actor)s a ajouté une note"))
describe_action("actionplans.note.edited", _("%(actor)s a modifié une note"))
describe_action("actionplans.note.deleted", _("%(actor)s a supprimé une note"))
describe_action("actionplans.area.added", _("%(actor)s a ajouté un périmètre"))
describe_action("actionplans.area.edited", _("%(actor)s a modifié un périmètre"))
describe_action("actionplans.area.deleted", _("%(actor)s a supprimé un périmètre"))
describe_action("actionplans.group.added", _("%(actor)s a ajouté un groupe"))
describe_action("actionplans.group.edited", _("%(actor)s a modifié un groupe"))
describe_action("actionplans.group.deleted", _("%(actor)s a supprimé un groupe"))
describe_action(
    "actionplans.demo.loaded", _("%(actor)s a chargé les plans d’action de démonstration")
)
describe_action("actionplans.export.requested", _("%(actor)s a demandé un export Excel"))
describe_action("actionplans.export.resent", _("%(actor)s a renvoyé le lien d’un export"))
describe_action("actionplans.export.made", _("Un export Excel a été préparé"))
describe_action(
    "actionplans.export.dropped", _("Un export Excel a été abandonné : il n’était plus utile")
)
describe_action("actionplans.export.failed", _("Un export Excel n’a pas pu être préparé"))
describe_action("actionplans.export.link_opened", _("Un lien vers un export a été envoyé"))
describe_action("actionplans.export.downloaded", _("Un export a été téléchargé par son lien"))
describe_action("actionplans.export.purged", _("Un fichier d’export a été supprimé"))
