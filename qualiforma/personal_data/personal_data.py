"""What Django's own tables in an organisation's schema hold about people."""

from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session

from qualiforma.personal_data_registry import TECHNICAL, exclude, register

register(
    LogEntry,
    purpose="Historique de l’interface d’administration de Django, inutilisé",
    retention=TECHNICAL,
    about=("user",),
    is_deleted=True,
)
exclude(Session, because="the id of a user, signed; the sessions of an inactive user are dead")
