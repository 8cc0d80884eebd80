"""What reminders hold about people."""

from qualiforma.followup.models import (
    Digest,
    Reminded,
    ReminderPreference,
    ReminderSettings,
    SavedView,
)
from qualiforma.personal_data_registry import ACCOUNT, TECHNICAL, exclude, register

register(
    ReminderPreference,
    purpose="Envoyer les rappels que la personne souhaite",
    retention=ACCOUNT,
    about=("user",),
    is_deleted=True,
)
register(
    SavedView,
    purpose="Retrouver une liste telle que la personne la veut",
    retention=ACCOUNT,
    about=("owner",),
    is_deleted=True,
)
for model in (Digest, Reminded):
    register(
        model,
        purpose="Ne pas envoyer deux fois le même rappel",
        retention=TECHNICAL,
        about=("user",),
        is_deleted=True,
    )
exclude(ReminderSettings, because="the organisation's own choice of delays")
