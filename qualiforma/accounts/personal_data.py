"""What accounts hold about people."""

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType

from qualiforma.accounts.models import (
    CompanySession,
    PendingEntry,
    RefreshFamily,
    RefreshToken,
    User,
)
from qualiforma.personal_data_registry import ACCOUNT, TECHNICAL, exclude, register

register(
    User,
    purpose="Identifier la personne et lui ouvrir l’accès qui est le sien",
    retention=ACCOUNT,
    about=("pk",),
    secret=("password", "token_generation"),
)
register(
    RefreshToken,
    purpose="Garder une session ouverte",
    retention=TECHNICAL,
    about=("family__user",),
    secret=("digest",),
    is_deleted=True,
)
register(
    RefreshFamily,
    purpose="Garder une session ouverte",
    retention=TECHNICAL,
    about=("user",),
    secret=("token_generation",),
    is_deleted=True,
)
register(
    CompanySession,
    purpose="Garder une session ouverte",
    retention=TECHNICAL,
    about=("user",),
    secret=("digest", "token_generation"),
    is_deleted=True,
)
register(
    PendingEntry,
    purpose="Inscrire une connexion au journal d’audit",
    retention=TECHNICAL,
    about=("user",),
    is_deleted=True,
)
exclude(
    *(ContentType, Permission, Group, Group.permissions.through),
    because="Django's own lists of models and rights",
)
