"""What the trail says of itself."""

from django.utils.translation import gettext_lazy as _

from qualiforma.audit.models import AuditEntry, AuditEvent, AuditLock
from qualiforma.audit.registry import leave_out, object_types, say

leave_out(AuditEvent, AuditLock, AuditEntry, because="the trail itself")

AUDIT_TRAIL = "audit_trail"
object_types[AUDIT_TRAIL] = _("journal d’audit")

# Files belong to features; that one was fetched is the kernel's to say.
FILE = "file"
object_types[FILE] = _("fichier")
say("files.file.downloaded", _("Un fichier a été téléchargé par un lien signé"))

# What nobody named: a raw statement, a shell, `QuerySet.update` outside of a service.
say("record.inserted", _("Un enregistrement a été ajouté sans action nommée"))
say("record.updated", _("Un enregistrement a été modifié sans action nommée"))
say("record.deleted", _("Un enregistrement a été effacé sans action nommée"))
say("record.entered", _("Une entrée a été écrite sans action nommée"))
say("audit.trail.exported", _("%(actor)s a exporté le journal d’audit"))
say("audit.trail.verified", _("%(actor)s a vérifié le journal d’audit : il est intact"))
say("audit.trail.broken", _("%(actor)s a vérifié le journal d’audit : il est rompu"))
GUARDS_INTACT, GUARDS_BROKEN = "audit.guards.intact", "audit.guards.broken"
say(
    GUARDS_INTACT, _("%(actor)s a vérifié les protections du journal d’audit : elles sont en place")
)
say(GUARDS_BROKEN, _("%(actor)s a vérifié les protections du journal d’audit : elles ont changé"))
say("audit.values.erased", _("%(actor)s a effacé des valeurs du journal d’audit"))
