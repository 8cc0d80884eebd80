"""Users. They live in their tenant's schema: the same address in two tenants is two people."""

from collections.abc import Iterable
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qualiforma.accounts.roles import Role
from qualiforma.ids import IdField
from qualiforma.search import searched_text

# What searches of people look through.
SEARCHED_USERS = ("name", "email")


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
    # Tokens and links carry the generation they were made in; counting up ends them all.
    token_generation = models.PositiveIntegerField(default=1, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

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
        indexes: ClassVar = [
            models.Index(fields=["-created_at", "-id"], name="user_newest"),
            models.Index(fields=["role", "-created_at", "-id"], name="user_role_newest"),
            GinIndex(
                OpClass(searched_text(*SEARCHED_USERS), name="gin_trgm_ops"), name="user_search"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        """Return what the back-office's theme asks Django's own user for."""
        return self.name


class RefreshFamily(models.Model):
    """The refresh tokens that descend from one login; revoked together."""

    id = IdField(prefix="rff")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="refresh_families")
    token_generation = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("session d’API")
        verbose_name_plural = _("sessions d’API")

    def __str__(self) -> str:
        return self.pk


class CompanySession(models.Model):
    """A session of the action-plans family, by the digest of its id, which is kept nowhere."""

    id = IdField(prefix="cps")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="company_sessions")
    digest = models.CharField(max_length=64, db_collation="C")
    token_generation = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now)
    # Moved by use, within what the login allows.
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("session des plans d’action")
        verbose_name_plural = _("sessions des plans d’action")
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="company_session_end")]
        # Not `unique=True`, which adds an index for LIKE.
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["digest"], name="company_session_digest_once")
        ]

    def __str__(self) -> str:
        return self.pk


class RefreshToken(models.Model):
    """One refresh token, by its digest; the token itself is kept nowhere."""

    id = IdField(prefix="rft")
    family = models.ForeignKey(RefreshFamily, on_delete=models.CASCADE, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True, db_collation="C")
    expires_at = models.DateTimeField()
    spent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("jeton de renouvellement")
        verbose_name_plural = _("jetons de renouvellement")
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="refresh_token_end")]

    def __str__(self) -> str:
        return self.pk


class PendingEntry(models.Model):
    """A login that the trail does not have yet, as somebody held it. Goes when it is entered."""

    id = IdField(prefix="pen")
    action = models.CharField(max_length=80)
    # Nobody's, where no account has the address that was given.
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    has_actor = models.BooleanField()
    address = models.CharField(max_length=100, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("entrée en attente")
        verbose_name_plural = _("entrées en attente")

    def __str__(self) -> str:
        return self.pk
