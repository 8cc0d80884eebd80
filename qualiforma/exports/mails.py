"""The mail that hands an export over."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qualiforma.exports.models import FileExport
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
        "Il y manque %d élément, nommé dans le fichier.",
        "Il y manque %d éléments, nommés dans le fichier.",
        missing,
    )
    return Draft(
        to=row.requested_by.email,
        subject=subject % row.title,
        paragraphs=(
            _("Bonjour %s,") % row.requested_by.name,
            _("le fichier « %s » est prêt. Ce lien, valable 24 heures, le télécharge :") % row.title,
        ),
        link=FILES.make_link(row),
        link_label=_("Télécharger le fichier"),
        afterwards=(
            *([lacks % missing] if missing else []),
            _("Le lien s’ouvre sans mot de passe : ne le transmettez qu’aux personnes qui ont le droit de lire ces données."),
        ),
        on_sent=lambda: FILES.open_link(export),
    )  # fmt: skip
