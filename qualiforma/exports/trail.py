"""How exports stand in the trail."""

from django.utils.translation import gettext_lazy as _

from qualiforma.audit import leave_out, register, say
from qualiforma.exports.models import FileExport, Progress

register(FileExport, "file_export")
leave_out(Progress, because="how far work is; its end is an entry")

say("exports.file.requested", _("%(actor)s a demandé un export"))
say("exports.file.made", _("Un export a été préparé"))
say("exports.file.dropped", _("Un export n’avait plus d’objet"))
say("exports.file.failed", _("Un export n’a pas pu être préparé"))
say("exports.file.link_opened", _("Un lien vers un export a été envoyé"))
say("exports.file.downloaded", _("Un export a été téléchargé"))
say("exports.file.purged", _("Un fichier d’export a été supprimé"))
