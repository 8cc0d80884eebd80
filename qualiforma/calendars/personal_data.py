"""What calendar feeds hold about people."""

from qualiforma.calendars.models import CalendarFeed
from qualiforma.personal_data_registry import ACCOUNT, register

register(
    CalendarFeed,
    purpose="Afficher les échéances dans l’agenda de la personne",
    retention=ACCOUNT,
    about=("user",),
    secret=("digest",),
    is_deleted=True,
)
