"""What backups and moves are called in the trails."""

from django.utils.translation import gettext_lazy as _

from qualiforma.audit import say
from qualiforma.audit.registry import object_types

INSTALLATION = "installation"
object_types[INSTALLATION] = _("plateforme")

say("backups.installation.backed_up", _("%(actor)s a sauvegardé la plateforme"))
say("backups.installation.restored", _("%(actor)s a restauré la plateforme"))
say("backups.organisation.exported", _("%(actor)s a exporté toutes les données de l’organisme"))
say("backups.organisation.imported", _("%(actor)s a importé l’organisme"))
