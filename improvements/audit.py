"""Audit registration of this feature: its models and the sentences of its actions."""

from django.utils.translation import gettext_lazy as _

from improvements.models import (
    ClosingReport,
    Complaint,
    ComplaintAttachment,
    ComplaintTheme,
    CorrectiveAction,
    DueDateMove,
    EffectivenessCheck,
    ExpectedResult,
    ImprovementPlan,
    PlanAttachment,
    PlanComplaint,
    PlanYear,
    Risk,
    RiskReview,
)
from qualiforma.audit import describe_action, exclude, register

register(Complaint, "complaint", skipped=["version"])
register(ComplaintAttachment, "complaint_attachment", root="complaint")
register(ComplaintTheme, "complaint_theme", skipped=["version"])
register(ImprovementPlan, "improvement_plan", skipped=["version"])
exclude(PlanYear, because="a counter; each plan that it numbers is an entry")
register(CorrectiveAction, "corrective_action", root="plan")
register(ExpectedResult, "expected_result", root="plan")
register(DueDateMove, "due_date_move", root="plan")
register(EffectivenessCheck, "effectiveness_check", root="plan")
register(PlanComplaint, "plan_complaint", root="plan")
register(PlanAttachment, "plan_attachment", root="plan")
register(ClosingReport, "closing_report", root="plan")

register(Risk, "risk", skipped=["version"])
register(RiskReview, "risk_review")

describe_action("improvements.risk.added", _("%(actor)s a ajouté le risque"))
describe_action("improvements.risk.changed", _("%(actor)s a modifié le risque"))
describe_action("improvements.risk.controlled", _("%(actor)s a indiqué que le risque est maîtrisé"))
describe_action("improvements.risk.closed", _("%(actor)s a clos le risque"))
describe_action("improvements.risk.reopened", _("%(actor)s a rouvert le risque"))
describe_action("improvements.risk.reviewed", _("%(actor)s a enregistré la revue des risques"))
describe_action("improvements.plan.created", _("%(actor)s a créé le plan"))
describe_action("improvements.plan.edited", _("%(actor)s a modifié le plan"))
describe_action("improvements.plan.revised", _("%(actor)s a révisé le plan"))
describe_action("improvements.plan.moved", _("%(actor)s a changé le statut du plan"))
describe_action(
    "improvements.action.change_undone",
    _("%(actor)s a annulé son changement de statut de l’action"),
)
describe_action("improvements.plan.start_undone", _("%(actor)s a annulé le démarrage du plan"))
describe_action("improvements.plan.restored", _("%(actor)s a restauré le brouillon"))
describe_action("improvements.plan.started", _("%(actor)s a démarré le plan"))
describe_action("improvements.plan.archived", _("%(actor)s a archivé le plan"))
describe_action("improvements.plan.abandoned", _("%(actor)s a abandonné le plan"))
describe_action("improvements.plan.closed", _("%(actor)s a clôturé le plan"))
describe_action("improvements.plan.effect_checked", _("%(actor)s a vérifié l’efficacité du plan"))
describe_action("improvements.plan.deleted", _("%(actor)s a supprimé le plan"))
describe_action("improvements.action.added", _("%(actor)s a ajouté une action corrective"))
describe_action("improvements.action.changed", _("%(actor)s a modifié une action corrective"))
describe_action("improvements.attachment.added", _("%(actor)s a joint un fichier"))
describe_action(
    "improvements.attachment.marked",
    _("%(actor)s a indiqué si un fichier contient des données personnelles"),
)
describe_action("improvements.attachment.removed", _("%(actor)s a retiré un fichier"))
describe_action(
    "improvements.complaint_attachment.added", _("%(actor)s a joint un fichier à la réclamation")
)
describe_action(
    "improvements.complaint_attachment.removed",
    _("%(actor)s a retiré un fichier de la réclamation"),
)
describe_action("improvements.complaint.received", _("%(actor)s a enregistré la réclamation"))
describe_action(
    "improvements.complaint.acknowledged", _("%(actor)s a accusé réception de la réclamation")
)
describe_action(
    "improvements.complaint.delays_set", _("%(actor)s a calculé les échéances de la réclamation")
)
describe_action(
    "improvements.complaint.received_by_form",
    _("%(actor)s a enregistré la réclamation reçue par le formulaire public"),
)
describe_action(
    "improvements.complaint.acknowledged_by_mail",
    _("%(actor)s a accusé réception de la réclamation par e-mail"),
)
describe_action("improvements.complaint.changed", _("%(actor)s a modifié la réclamation"))
describe_action("improvements.complaint.taken_up", _("%(actor)s a pris en charge la réclamation"))
describe_action("improvements.complaint.resolved", _("%(actor)s a répondu à la réclamation"))
describe_action("improvements.complaint.rejected", _("%(actor)s a rejeté la réclamation"))
describe_action("improvements.theme.added", _("%(actor)s a ajouté le thème de réclamation"))
describe_action("improvements.theme.changed", _("%(actor)s a modifié le thème de réclamation"))
describe_action("improvements.theme.deleted", _("%(actor)s a supprimé le thème de réclamation"))
describe_action("improvements.demo.loaded", _("%(actor)s a chargé les données de démonstration"))
