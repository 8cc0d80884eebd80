"""How reminders stand in the audit trail."""

from django.utils.translation import gettext_lazy as _

from qualiforma.audit import leave_out, register, say
from qualiforma.audit.registry import object_types
from qualiforma.followup.models import Digest, Reminded, ReminderPreference, ReminderSettings

DIGEST = "reminder_digest"
object_types[DIGEST] = _("rappel par e-mail")
register(ReminderSettings, "reminder_settings")
register(ReminderPreference, "reminder_preference")
leave_out(Digest, Reminded, because="what was sent to whom is an entry of its own")

say("followup.digest.sent", _("Un rappel a été envoyé par e-mail"))
say("followup.settings.changed", _("%(actor)s a modifié les rappels de l’organisme"))
say("followup.preference.changed", _("%(actor)s a modifié ses rappels"))
say("followup.preference.unsubscribed", _("Un lien d’e-mail a coupé les rappels de quelqu’un"))
