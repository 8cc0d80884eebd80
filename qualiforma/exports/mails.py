"""The mail that hands an export over."""

from django.utils.translation import gettext as _

from qualiforma.exports.models import FileExport
from qualiforma.exports.services import FILES
from qualiforma.mail.kinds import Draft, mail


@mail("exports.file_ready")
def file_ready(*, export: str) -> Draft | None:
    """Hand the link to who asked; pointless once the file is gone or the person may not have it."""
    row = FileExport.objects.select_related("requested_by").filter(pk=export).first()
    if row is None or not (row.file_key and row.is_wanted()):
        return None
    return Draft(
        to=row.requested_by.email,
        subject=_("Votre export : %s") % row.title,
        paragraphs=(
            _("Bonjour %s,") % row.requested_by.name,
            _("le fichier « %s » est prêt. Ce lien, valable 24 heures, le télécharge :") % row.title,
        ),
        link=FILES.make_link(row),
        link_label=_("Télécharger le fichier"),
        afterwards=(
            _("Le lien n’a pas besoin de mot de passe : ne le transmettez qu’à qui peut lire ces données."),
        ),
        on_sent=lambda: FILES.open_link(export),
    )  # fmt: skip
