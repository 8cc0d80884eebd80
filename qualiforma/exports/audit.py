"""How exports are recorded in the trail."""

from django.utils.translation import gettext_lazy as _

from qualiforma.audit import describe_action, exclude, register
from qualiforma.exports.models import FileExport, Progress

register(FileExport, "file_export")
exclude(Progress, because="how far work is; its end is an entry")

describe_action("exports.file.requested", _("%(actor)s a demandé un export"))
describe_action("exports.file.made", _("Un export a été préparé"))
describe_action("exports.file.dropped", _("Un export a été abandonné : il n’était plus utile"))
describe_action("exports.file.failed", _("Un export n’a pas pu être préparé"))
describe_action("exports.file.link_opened", _("Un lien vers un export a été envoyé"))
describe_action("exports.file.downloaded", _("Un export a été téléchargé"))
describe_action("exports.file.purged", _("Un fichier d’export a été supprimé"))
