"""The mail about a file that is no longer what was stored."""

from django.utils.translation import gettext as _

from qualiforma.accounts.models import User
from qualiforma.mail.kinds import Draft, mail
from qualiforma.stored_files.registry import find_stored_file


@mail("stored_files.file_altered")
def file_altered(*, user: str, file: str) -> Draft | None:
    """Tell an admin; pointless once the file is no record's any more."""
    admin = User.objects.filter(pk=user, is_active=True).first()
    stored = find_stored_file(file)
    if admin is None or stored is None:
        return None
    return Draft(
        to=admin.email,
        subject=_("Fichier altéré : %s") % stored.title,
        paragraphs=(
            _("Bonjour %s,") % admin.name,
            _("un fichier n’est plus celui qui a été déposé : « %(title)s » (%(type)s). Son contenu a changé dans l’espace de stockage ; il ne peut plus être téléchargé.")
            % {"title": stored.title, "type": stored.row_type},
            _("Faites restaurer le fichier d’origine depuis une sauvegarde et cherchez qui "
                "a pu le modifier. L’incident est inscrit au journal d’audit."),
        ),
    )  # fmt: skip
