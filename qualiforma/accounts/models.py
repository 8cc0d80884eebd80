"""Users. They live in their tenant's schema: the same address in two tenants is two people."""

from collections.abc import Iterable
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qualiforma.accounts.roles import Role
from qualiforma.ids import IdField


class UserManager(BaseUserManager["User"]):
    """Look-ups of users; writes are in services."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the user of that address, whatever its capitals."""
        return self.get(email=(username or "").strip().lower())

    def active_ids(self, ids: Iterable[str]) -> set[str]:
        """Return those of `ids` that are active users of the open tenant. Cost: one query."""
        return set(self.filter(pk__in=list(ids), is_active=True).values_list("pk", flat=True))


class User(AbstractBaseUser):
    """A person with a role. Addresses are kept in lower case."""

    id = IdField(prefix="usr")
    email = models.EmailField(_("adresse e-mail"), max_length=254, unique=True)
    name = models.CharField(_("nom"), max_length=200)
    role = models.CharField(_("rôle"), max_length=20, choices=Role)
    is_active = models.BooleanField(_("actif"), default=True)
    created_at = models.DateTimeField(_("créé le"), default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name", "role"]

    class Meta:
        verbose_name = _("utilisateur")
        verbose_name_plural = _("utilisateurs")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="user_role_known"),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_lower"),
        ]

    def __str__(self) -> str:
        return self.name
