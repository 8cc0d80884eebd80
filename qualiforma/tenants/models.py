"""What the whole installation shares of a tenant: its registration, and nothing of its data."""

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_tenants.models import DomainMixin, TenantMixin

from qualiforma.ids import IdField, new_token

PLATFORM_SCHEMA = "platform"
# Names that mean something else on a host or in a path; a tenant cannot take them.
RESERVED_SLUGS = frozenset({"public", "platform", "admin", "api", "www", "static", "localhost"})

slug_validator = RegexValidator(
    r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z",
    _("Lettres minuscules sans accent, chiffres et tirets, 63 caractères au plus."),
)


class TenantStatus(models.TextChoices):
    """The states of a tenant; only ACTIVE ones serve requests.

    PROVISIONING rows are half made: creation starts over. DELETING ones are half gone: deletion
    goes on, there is no way back.
    """

    PROVISIONING = "PROVISIONING", _("Création en cours")
    ACTIVE = "ACTIVE", _("Actif")
    SUSPENDED = "SUSPENDED", _("Suspendu")
    DELETING = "DELETING", _("Suppression en cours")


def new_schema_name() -> str:
    """Return a schema name. Never the slug: a slug changes, and quoting it would be a risk."""
    return f"t_{new_token()}"


class Tenant(TenantMixin):
    """One training organisation and the schema that holds all it owns."""

    # Provisioning is ours (services.create_tenant): grants, cleaning up, the owner's connection.
    auto_create_schema = False
    auto_drop_schema = False

    id = IdField(prefix="tnt")
    schema_name = models.CharField(max_length=63, unique=True, default=new_schema_name)
    slug = models.CharField(max_length=63, unique=True, validators=[slug_validator])
    name = models.CharField(_("nom"), max_length=200)
    plan = models.CharField(_("offre"), max_length=40, default="standard")
    branding = models.JSONField(default=dict, blank=True)
    features = models.JSONField(default=dict, blank=True)
    storage_prefix = models.CharField(max_length=63, unique=True, validators=[slug_validator])
    status = models.CharField(
        max_length=20, choices=TenantStatus, default=TenantStatus.PROVISIONING
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("organisme")
        verbose_name_plural = _("organismes")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=TenantStatus.values), name="tenant_status_known"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Domain(DomainMixin):
    """A host name that leads to a tenant's pages."""

    id = IdField(prefix="dom")

    class Meta:
        verbose_name = _("domaine")
        verbose_name_plural = _("domaines")

    def __str__(self) -> str:
        return str(self.domain)


class StorageMark(models.Model):
    """What stands in the installation's storage of files, too (`qualiforma.provisioning.storage_mark`)."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    mark = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("marque du stockage")
        verbose_name_plural = _("marques du stockage")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="storage_mark_is_the_only_one")
        ]

    def __str__(self) -> str:
        return self.mark
