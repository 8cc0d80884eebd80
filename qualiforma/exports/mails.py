"""The mail that hands an export over."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qualiforma.exports.models import Export, ExportState, FileExport
from qualiforma.exports.services import FILES
from qualiforma.mail.kinds import Draft, mail


@mail("exports.file_ready")
def file_ready(*, export: str) -> Draft | None:
    """Hand the link to who asked; pointless once the file is gone or the person may not have it."""
    row = FileExport.objects.select_related("requested_by").filter(pk=export).first()
    if row is None or not (row.file_key and row.is_wanted()):
        return None
    missing = len(row.result.get("missing", ()))
    subject = _("Votre export est incomplet : %s") if missing else _("Votre export : %s")
    lacks = ngettext(
        "Il manque %d élément, indiqué dans le fichier.",
        "Il manque %d éléments, indiqués dans le fichier.",
        missing,
    )
    return Draft(
        to=row.requested_by.email,
        subject=subject % row.title,
        paragraphs=(
            _("Bonjour %s,") % row.requested_by.name,
            _("le fichier « %s » est prêt. Téléchargez-le par ce lien, valable 24 heures :") % row.title,
        ),
        link=FILES.make_link(row),
        link_label=_("Télécharger le fichier"),
        afterwards=(
            *([lacks % missing] if missing else []),
            _("Le lien s’ouvre sans mot de passe : ne le transmettez qu’aux personnes qui ont le droit de lire ces données."),
        ),
        on_sent=lambda: FILES.open_link(export),
    )  # fmt: skip


def failure_draft(export: Export, title: str) -> Draft | None:
    """Tell who asked that no file will come; pointless once it is made after all."""
    if export.state != ExportState.FAILED or not export.is_wanted():
        return None
    return Draft(
        to=export.requested_by.email,
        subject=_("Votre export n’a pas pu être préparé : %s") % title,
        paragraphs=(
            _("Bonjour %s,") % export.requested_by.name,
            _("le fichier « %s » n’a pas pu être préparé, malgré plusieurs essais.") % title,
            _("Demandez-le à nouveau. Si cela se répète, prévenez la personne qui administre QualiForma."),
        ),
    )  # fmt: skip


@mail("exports.file_failed")
def file_failed(*, export: str) -> Draft | None:
    """Tell who asked for a file that it will not come."""
    row = FileExport.objects.select_related("requested_by").filter(pk=export).first()
    return failure_draft(row, row.title) if row else None
