"""An export that somebody asked for, and how far a worker is with what takes long."""

from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role
from qualiforma.exports.kinds import kind_of
from qualiforma.fields import one_of, person_key
from qualiforma.ids import IdField

KEY_MAX = 500
TITLE_MAX = 255


class ExportState(models.TextChoices):
    """How far an export has come. A READY one whose time is over has no file any more."""

    QUEUED = "QUEUED", _("En préparation")
    READY = "READY", _("Prêt")
    DROPPED = "DROPPED", _("Abandonné")
    FAILED = "FAILED", _("Échoué")


class Export(models.Model):
    """What all exports have in common. An export outlives its file."""

    requested_by = person_key(verbose_name=_("demandé par"))
    # What the caller was allowed to see is what the file shows, whatever they become meanwhile.
    role = models.CharField(_("rôle"), max_length=20, choices=Role)
    language = models.CharField(_("langue"), max_length=10)
    requested_at = models.DateTimeField(_("demandé le"), default=timezone.now)
    state = models.CharField(
        _("état"), max_length=20, choices=ExportState, default=ExportState.QUEUED
    )
    made_at = models.DateTimeField(_("préparé le"), null=True)
    file_key = models.CharField(_("fichier"), max_length=KEY_MAX, blank=True, default="")
    size = models.PositiveIntegerField(_("taille"), default=0)
    # Of the file; empty for one that was made before this column.
    sha256 = models.CharField(_("empreinte"), max_length=64, blank=True, default="")
    # Of the links in the mails; from the last mail on.
    expires_at = models.DateTimeField(_("lien valable jusqu’au"), null=True)
    downloads = models.PositiveIntegerField(_("téléchargements"), default=0)

    class Meta:
        abstract = True

    def is_wanted(self) -> bool:
        """Whether its subject is there and who asked still may."""
        return bool(self.requested_by.is_active)

    def can_be_fetched(self, now: datetime | None = None) -> bool:
        """Whether its links lead to a file: in time, and still wanted.

        Without `expires_at` the mail is on its way: the signature alone limits the link's time.
        """
        is_in_time = self.expires_at is None or self.expires_at > (now or timezone.now())
        return bool(self.file_key and is_in_time and self.is_wanted())

    @property
    def reader(self) -> Actor:
        """Return in whose name it is made, with the role of then."""
        return Actor(self.requested_by_id, self.requested_by.name, Role(self.role))


class FileExport(Export):
    """An export of records as a table. `options` say which, in the words of its kind."""

    id = IdField(prefix="exp")
    kind = models.CharField(_("type"), max_length=40)
    title = models.CharField(_("titre"), max_length=TITLE_MAX)
    options: Any = models.JSONField(_("choix"), default=dict)
    # What its kind keeps of the file: counts, what is missing.
    result: Any = models.JSONField(_("contenu"), default=dict)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        indexes: ClassVar = [
            models.Index(fields=["requested_by", "requested_at"], name="file_export_asked"),
            models.Index(
                fields=["expires_at"], name="file_export_until", condition=~Q(file_key="")
            ),
        ]
        constraints: ClassVar = [
            one_of("state", ExportState, "file_export_state_known"),
            models.CheckConstraint(
                condition=Q(file_key="") | Q(state=ExportState.READY),
                name="file_export_file_is_ready",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def is_wanted(self) -> bool:
        """Whether who asked is active, has the role of then, and may still ask for it.

        The file shows what that role sees: neither a lesser nor another one gets it.
        """
        person = Actor.of(self.requested_by)
        is_same = person.role == self.role
        return super().is_wanted() and is_same and kind_of(self.kind).may_ask(person, self.options)


class Progress(models.Model):
    """How far a worker is with what takes long; the row goes with the work's end."""

    key = models.CharField(primary_key=True, max_length=80)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    told_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("avancement")
        verbose_name_plural = _("avancements")

    def __str__(self) -> str:
        return f"{self.key}: {self.done} / {self.total}"
