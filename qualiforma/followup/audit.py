"""How reminders stand in the audit trail."""

from django.utils.translation import gettext_lazy as _

from qualiforma.audit import describe_action, exclude, register
from qualiforma.audit.registry import object_types
from qualiforma.followup.models import (
    Digest,
    Reminded,
    ReminderPreference,
    ReminderSettings,
    SavedView,
)

DIGEST = "reminder_digest"
object_types[DIGEST] = _("rappel par e-mail")
register(ReminderSettings, "reminder_settings")
register(ReminderPreference, "reminder_preference")
exclude(Digest, Reminded, because="what was sent to whom is an entry of its own")

exclude(SavedView, because="how somebody looks at a list is no record of the organisation")

describe_action("followup.digest.sent", _("Un rappel a été envoyé par e-mail"))
describe_action("followup.settings.changed", _("%(actor)s a modifié les rappels de l’organisme"))
describe_action("followup.preference.changed", _("%(actor)s a modifié ses rappels"))
describe_action(
    "followup.preference.unsubscribed", _("Quelqu’un a arrêté ses rappels à partir d’un e-mail")
)
