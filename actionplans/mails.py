"""Mails about action plans."""

from django.utils.translation import gettext as _

from actionplans.exports.models import PlanExport
from qualiforma.exports.mails import failure_draft
from qualiforma.mail.kinds import Draft, mail


@mail("actionplans.export_ready")
def export_ready(*, export: str) -> Draft | None:
    """Hand the link to who asked; pointless once the plan, the file or the person is gone."""
    from actionplans.services import EXPORTS, open_link  # which queue this mail

    row = PlanExport.objects.select_related("requested_by").filter(pk=export).first()
    if row is None or not (row.file_key and row.is_wanted()):
        return None
    return Draft(
        to=row.requested_by.email,
        subject=_("Votre export : %s") % row.plan_title,
        paragraphs=(
            _("Bonjour %s,") % row.requested_by.name,
            _("le classeur Excel du plan d’action « %s » est prêt. Téléchargez-le par ce lien, valable 24 heures :")
            % row.plan_title,
        ),
        link=EXPORTS.make_link(row),
        link_label=_("Télécharger le classeur"),
        afterwards=(
            _("Le lien s’ouvre sans mot de passe : ne le transmettez qu’aux personnes "
                "autorisées à lire ce plan."),
        ),
        on_sent=lambda: open_link(export_id=export),
    )  # fmt: skip


@mail("actionplans.export_failed")
def export_failed(*, export: str) -> Draft | None:
    """Tell who asked for a workbook that it will not come."""
    row = PlanExport.objects.select_related("requested_by").filter(pk=export).first()
    return failure_draft(row, row.plan_title) if row else None
