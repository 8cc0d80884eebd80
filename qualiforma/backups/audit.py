"""What backups and moves are called in the trails."""

from django.utils.translation import gettext_lazy as _

from qualiforma.audit import describe_action
from qualiforma.audit.registry import object_types

INSTALLATION = "installation"
object_types[INSTALLATION] = _("plateforme")

describe_action("backups.installation.backed_up", _("%(actor)s a sauvegardé la plateforme"))
describe_action("backups.installation.restored", _("%(actor)s a restauré la plateforme"))
describe_action(
    "backups.organisation.exported", _("%(actor)s a exporté toutes les données de l’organisme")
)
describe_action("backups.organisation.imported", _("%(actor)s a importé l’organisme"))
