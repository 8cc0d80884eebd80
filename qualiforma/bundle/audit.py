"""What the audit trail says of bundles."""

from django.utils.translation import gettext_lazy as _

from qualiforma.audit import describe_action
from qualiforma.audit.registry import object_types

BUNDLE = "audit_bundle"
object_types[BUNDLE] = _("dossier d’audit")
EXPORTED, FILE_EXPORTED, REGISTER_EXPORTED = (
    "bundle.bundle.exported",
    "bundle.learner_file.exported",
    "bundle.register.exported",
)
describe_action(EXPORTED, _("%(actor)s a exporté un dossier d’audit"))
describe_action(FILE_EXPORTED, _("%(actor)s a exporté le dossier de formation d’un apprenant"))
describe_action(REGISTER_EXPORTED, _("%(actor)s a exporté un registre"))
