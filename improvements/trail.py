"""How this feature stands in the audit trail: its models, and what its actions are called."""

from django.utils.translation import gettext_lazy as _

from improvements.models import (
    ClosingReport,
    Complaint,
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
from qualiforma.audit import leave_out, register, say

register(Complaint, "complaint", skipped=["version"])
register(ComplaintTheme, "complaint_theme", skipped=["version"])
register(ImprovementPlan, "improvement_plan", skipped=["version"])
leave_out(PlanYear, because="a counter; each plan that it numbers is an entry")
register(CorrectiveAction, "corrective_action", root="plan")
register(ExpectedResult, "expected_result", root="plan")
register(DueDateMove, "due_date_move", root="plan")
register(EffectivenessCheck, "effectiveness_check", root="plan")
register(PlanComplaint, "plan_complaint", root="plan")
register(PlanAttachment, "plan_attachment", root="plan")
register(ClosingReport, "closing_report", root="plan")

register(Risk, "risk", skipped=["version"])
register(RiskReview, "risk_review")

say("improvements.risk.added", _("%(actor)s a ajouté le risque"))
say("improvements.risk.changed", _("%(actor)s a modifié le risque"))
say("improvements.risk.controlled", _("%(actor)s a noté que le risque est maîtrisé"))
say("improvements.risk.closed", _("%(actor)s a clos le risque"))
say("improvements.risk.reopened", _("%(actor)s a rouvert le risque"))
say("improvements.risk.reviewed", _("%(actor)s a enregistré la revue des risques"))
say("improvements.plan.created", _("%(actor)s a créé le plan"))
say("improvements.plan.edited", _("%(actor)s a modifié le plan"))
say("improvements.plan.revised", _("%(actor)s a révisé le plan"))
say("improvements.plan.moved", _("%(actor)s a changé le statut du plan"))
say("improvements.plan.started", _("%(actor)s a démarré le plan"))
say("improvements.plan.archived", _("%(actor)s a archivé le plan"))
say("improvements.plan.abandoned", _("%(actor)s a abandonné le plan"))
say("improvements.plan.closed", _("%(actor)s a clôturé le plan"))
say("improvements.plan.effect_checked", _("%(actor)s a vérifié l’efficacité du plan"))
say("improvements.plan.deleted", _("%(actor)s a supprimé le plan"))
say("improvements.action.added", _("%(actor)s a ajouté une action corrective"))
say("improvements.action.changed", _("%(actor)s a modifié une action corrective"))
say("improvements.attachment.added", _("%(actor)s a joint un fichier"))
say(
    "improvements.attachment.marked",
    _("%(actor)s a dit si un fichier est sans donnée personnelle"),
)
say("improvements.attachment.removed", _("%(actor)s a retiré un fichier"))
say("improvements.complaint.received", _("%(actor)s a enregistré la réclamation"))
say("improvements.complaint.acknowledged", _("%(actor)s a accusé réception de la réclamation"))
say("improvements.complaint.delays_set", _("%(actor)s a calculé les échéances de la réclamation"))
say(
    "improvements.complaint.received_by_form",
    _("%(actor)s a enregistré la réclamation reçue par le formulaire public"),
)
say(
    "improvements.complaint.acknowledged_by_mail",
    _("%(actor)s a accusé réception de la réclamation par e-mail"),
)
say("improvements.complaint.changed", _("%(actor)s a modifié la réclamation"))
say("improvements.complaint.taken_up", _("%(actor)s a pris en charge la réclamation"))
say("improvements.complaint.resolved", _("%(actor)s a répondu à la réclamation"))
say("improvements.complaint.rejected", _("%(actor)s a rejeté la réclamation"))
say("improvements.theme.added", _("%(actor)s a ajouté le thème de réclamation"))
say("improvements.theme.changed", _("%(actor)s a modifié le thème de réclamation"))
say("improvements.theme.deleted", _("%(actor)s a supprimé le thème de réclamation"))
say("improvements.demo.loaded", _("%(actor)s a chargé les données de démonstration"))
