"""Every type of webhook event: the table from the trail's actions to event types.

A published name stays: receivers compare it. What an action's rows are, `<app>/trail.py` says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Imports write many kinds of records under one action: which, each row says.
IMPORTED = "training.records.imported"
TEST = "webhook.test"


@dataclass(frozen=True)
class EventType:
    """One event: of which object, by which actions, and in which words people choose it.

    `causes`: actions of the trail; `action/INSERT`: only where it has done that to the object itself.
    `only`: of objects whose columns hold this.
    """

    name: str
    object_type: str
    causes: tuple[str, ...]
    title: "StrOrPromise"
    only: Mapping[str, str] = field(default_factory=dict)

    @property
    def group(self) -> str:
        """What stands before the dot: the kind of object."""
        return self.name.partition(".")[0]


def _imported(kind: str, noun: str, create: str, change: tuple[str, ...]) -> tuple[EventType, ...]:
    """Return the two events of records that are imported too."""
    return (
        EventType(f"{noun}.created", kind, (create, f"{IMPORTED}/INSERT"), _("Création ou import")),
        EventType(f"{noun}.updated", kind, (*change, f"{IMPORTED}/UPDATE"), _("Modification")),
    )


GROUPS: dict[str, "StrOrPromise"] = {
    "improvement-plan": _("Plans d’amélioration"),
    "corrective-action": _("Actions correctives"),
    "complaint": _("Réclamations"),
    "action-plan": _("Plans d’action"),
    "plan-action": _("Actions des plans d’action"),
    "needs-analysis": _("Analyses des besoins"),
    "adaptive-path": _("Parcours adaptatifs"),
    "evidence": _("Preuves"),
    "audit-bundle": _("Dossiers d’audit"),
    "organisation": _("Fiche de l’organisme"),
    "enrollment": _("Inscriptions"),
    "training-session": _("Sessions de formation"),
    "company": _("Entreprises"),
    "course": _("Formations"),
    "user": _("Utilisateurs"),
}
EVENT_TYPES: tuple[EventType, ...] = (
    EventType(
        "improvement-plan.created",
        "improvement_plan",
        ("improvements.plan.created",),
        _("Création"),
    ),
    EventType(
        "improvement-plan.updated",
        "improvement_plan",
        (
            *("improvements.plan.edited", "improvements.plan.revised", "improvements.plan.moved"),
            *("improvements.plan.start_undone", "improvements.plan.restored"),
            *("improvements.attachment.added", "improvements.attachment.removed"),
        ),
        _("Modification"),
    ),
    EventType(
        "improvement-plan.started",
        "improvement_plan",
        ("improvements.plan.started",),
        _("Démarrage"),
    ),
    EventType(
        "improvement-plan.closed", "improvement_plan", ("improvements.plan.closed",), _("Clôture")
    ),
    EventType(
        "improvement-plan.archived",
        "improvement_plan",
        ("improvements.plan.archived", "improvements.plan.abandoned"),
        _("Archivage"),
    ),
    EventType(
        "improvement-plan.deleted",
        "improvement_plan",
        ("improvements.plan.deleted",),
        _("Suppression"),
    ),
    EventType(
        "corrective-action.created",
        "corrective_action",
        ("improvements.action.added", "improvements.plan.created/INSERT"),
        _("Création"),
    ),
    EventType(
        "corrective-action.updated",
        "corrective_action",
        ("improvements.action.changed", "improvements.action.change_undone"),
        _("Modification ou changement d’état"),
    ),
    EventType(
        "complaint.created", "complaint", ("improvements.complaint.received",), _("Réception")
    ),
    EventType(
        "complaint.updated",
        "complaint",
        (
            *("improvements.complaint.changed", "improvements.complaint.taken_up"),
            *(
                "improvements.complaint_attachment.added",
                "improvements.complaint_attachment.removed",
            ),
        ),
        _("Modification ou prise en charge"),
    ),
    EventType(
        "complaint.resolved", "complaint", ("improvements.complaint.resolved",), _("Réponse donnée")
    ),
    EventType("complaint.rejected", "complaint", ("improvements.complaint.rejected",), _("Rejet")),
    EventType("action-plan.created", "action_plan", ("actionplans.plan.created",), _("Création")),
    EventType(
        "action-plan.updated", "action_plan", ("actionplans.plan.edited",), _("Modification")
    ),
    EventType(
        "action-plan.deleted", "action_plan", ("actionplans.plan.deleted",), _("Suppression")
    ),
    EventType("plan-action.created", "plan_action", ("actionplans.action.added",), _("Création")),
    EventType(
        "plan-action.updated",
        "plan_action",
        (
            *("actionplans.action.edited", "actionplans.assignee.moved"),
            *("actionplans.note.added", "actionplans.note.edited", "actionplans.note.deleted"),
        ),
        _("Modification, changement d’état ou note"),
    ),
    EventType(
        "plan-action.deleted",
        "plan_action",
        ("actionplans.action.deleted", "actionplans.plan.deleted/DELETE"),
        _("Suppression"),
    ),
    EventType(
        "needs-analysis.created",
        "needs_analysis",
        ("compliance.needs.created", "compliance.needs.completed/INSERT"),
        _("Création"),
    ),
    EventType(
        "needs-analysis.updated", "needs_analysis", ("compliance.needs.changed",), _("Modification")
    ),
    EventType(
        "needs-analysis.completed",
        "needs_analysis",
        ("compliance.needs.completed",),
        _("Analyse terminée"),
    ),
    EventType(
        "adaptive-path.created", "adaptive_path", ("compliance.path.created",), _("Création")
    ),
    EventType(
        "adaptive-path.updated", "adaptive_path", ("compliance.path.changed",), _("Modification")
    ),
    EventType(
        "adaptive-path.assigned",
        "adaptive_path",
        ("compliance.path.assigned",),
        _("Affectation à un apprenant"),
    ),
    EventType(
        "adaptive-path.deleted", "adaptive_path", ("compliance.path.deleted",), _("Suppression")
    ),
    EventType(
        "evidence.created",
        "evidence",
        ("compliance.evidence.added", f"{IMPORTED}/INSERT"),
        _("Dépôt ou import"),
    ),
    EventType(
        "evidence.updated",
        "evidence",
        (
            *("compliance.evidence.changed", "compliance.evidence.version_added"),
            *("compliance.evidence.reviewed", f"{IMPORTED}/UPDATE"),
        ),
        _("Modification, nouvelle version ou revue"),
    ),
    EventType("evidence.withdrawn", "evidence", ("compliance.evidence.withdrawn",), _("Retrait")),
    EventType(
        "audit-bundle.ready",
        "file_export",
        ("exports.file.made",),
        _("Dossier prêt"),
        only={"kind": "audit_bundle"},
    ),
    EventType(
        "organisation.updated",
        "organisation",
        ("compliance.organisation.changed",),
        _("Modification"),
    ),
    *_imported(
        "enrollment",
        "enrollment",
        "training.enrollment.created",
        (
            *("training.enrollment.changed", "training.enrollment.completed"),
            *("training.enrollment.suspended", "training.enrollment.resumed"),
            "training.enrollment.revoked",
        ),
    ),
    *_imported(
        "training_session",
        "training-session",
        "training.session.created",
        ("training.session.changed",),
    ),
    *_imported("company", "company", "training.company.created", ("training.company.changed",)),
    *_imported("course", "course", "training.course.created", ("training.course.changed",)),
    EventType(
        "user.created",
        "user",
        ("accounts.user.created", "accounts.user.invited", f"{IMPORTED}/INSERT"),
        _("Création ou invitation"),
    ),
    EventType(
        "user.updated", "user", ("accounts.user.changed", f"{IMPORTED}/UPDATE"), _("Modification")
    ),
    EventType("user.deactivated", "user", ("accounts.user.deactivated",), _("Désactivation")),
    EventType("user.activated", "user", ("accounts.user.activated",), _("Réactivation")),
)
# Sent from the page or by API to one endpoint, whatever it has chosen.
TEST_EVENT = EventType(TEST, "webhook_endpoint", ("webhooks.endpoint.tested",), _("Essai"))
NAMES = tuple(one.name for one in EVENT_TYPES)
_MEMBERS = [(name.replace("-", "_").replace(".", "__").upper(), name) for name in NAMES]
# As a choice of the API's.
_enum: Any = TextChoices  # made of a table, for which the stubs have no type
EventName: Any = _enum("EventName", _MEMBERS)
