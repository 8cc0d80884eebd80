"""How this feature stands in the audit trail: its models, and what its actions are called."""

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
from qualiforma.audit import register, say

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

say("actionplans.plan.created", _("%(actor)s a créé le plan d’action"))
say("actionplans.plan.edited", _("%(actor)s a modifié le plan d’action"))
say("actionplans.plan.deleted", _("%(actor)s a supprimé le plan d’action et ses actions"))
say("actionplans.action.added", _("%(actor)s a ajouté une action"))
say("actionplans.action.edited", _("%(actor)s a modifié une action"))
say("actionplans.action.deleted", _("%(actor)s a supprimé une action"))
say("actionplans.assignee.moved", _("%(actor)s a changé l’état d’un responsable"))
say("actionplans.note.added", _("%(actor)s a ajouté une note"))
say("actionplans.note.edited", _("%(actor)s a modifié une note"))
say("actionplans.note.deleted", _("%(actor)s a supprimé une note"))
say("actionplans.area.added", _("%(actor)s a ajouté un périmètre"))
say("actionplans.area.edited", _("%(actor)s a modifié un périmètre"))
say("actionplans.area.deleted", _("%(actor)s a supprimé un périmètre"))
say("actionplans.group.added", _("%(actor)s a ajouté un groupe"))
say("actionplans.group.edited", _("%(actor)s a modifié un groupe"))
say("actionplans.group.deleted", _("%(actor)s a supprimé un groupe"))
say("actionplans.demo.loaded", _("%(actor)s a chargé les plans d’action de démonstration"))
say("actionplans.export.requested", _("%(actor)s a demandé un export Excel"))
say("actionplans.export.resent", _("%(actor)s a renvoyé le lien d’un export"))
say("actionplans.export.made", _("Un export Excel a été préparé"))
say("actionplans.export.dropped", _("Un export Excel n’avait plus d’objet"))
say("actionplans.export.failed", _("Un export Excel n’a pas pu être préparé"))
say("actionplans.export.link_opened", _("Un lien vers un export a été envoyé"))
say("actionplans.export.downloaded", _("Un export a été téléchargé par son lien"))
say("actionplans.export.purged", _("Un fichier d’export a été supprimé"))
