"""What the trail says of itself."""

from django.utils.translation import gettext_lazy as _

from qualiforma.audit.models import AuditEntry, AuditEvent, AuditLock
from qualiforma.audit.registry import describe_action, exclude, object_types

exclude(AuditEvent, AuditLock, AuditEntry, because="the trail itself")

AUDIT_TRAIL = "audit_trail"
object_types[AUDIT_TRAIL] = _("journal d’audit")

# Files belong to features; that one was fetched is the kernel's to say.
FILE = "file"
object_types[FILE] = _("fichier")
describe_action("files.file.downloaded", _("Un fichier a été téléchargé par un lien signé"))

# What nobody named: a raw statement, a shell, `QuerySet.update` outside of a service.
describe_action("record.inserted", _("Un enregistrement a été ajouté, sans autre précision"))
describe_action("record.updated", _("Un enregistrement a été modifié, sans autre précision"))
describe_action("record.deleted", _("Un enregistrement a été supprimé, sans autre précision"))
describe_action("record.entered", _("Une entrée a été ajoutée au journal, sans autre précision"))
describe_action("audit.trail.exported", _("%(actor)s a exporté le journal d’audit"))
describe_action("audit.trail.verified", _("%(actor)s a vérifié le journal d’audit : il est intact"))
describe_action("audit.trail.broken", _("%(actor)s a vérifié le journal d’audit : il a été altéré"))
GUARDS_INTACT, GUARDS_BROKEN = "audit.guards.intact", "audit.guards.broken"
describe_action(
    GUARDS_INTACT, _("%(actor)s a vérifié les protections du journal d’audit : elles sont en place")
)
describe_action(
    GUARDS_BROKEN, _("%(actor)s a vérifié les protections du journal d’audit : elles ont changé")
)
describe_action("audit.values.erased", _("%(actor)s a effacé des valeurs du journal d’audit"))
