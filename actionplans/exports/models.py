"""One asked-for export of one plan."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qualiforma.accounts.roles import Role
from qualiforma.columns import one_of, person_key
from qualiforma.ids import BARE, IdField

KEY_MAX = 500
TITLE_MAX = 255


class ExportState(models.TextChoices):
    """How far an export has come. A READY one whose time is over has no file any more."""

    QUEUED = "QUEUED", _("En préparation")
    READY = "READY", _("Prêt")
    DROPPED = "DROPPED", _("Abandonné")


class PlanExport(models.Model):
    """An export that somebody asked for; it outlives its plan, its file does not."""

    id = IdField(prefix=BARE)
    plan = models.ForeignKey(
        "actionplans.ActionPlan",
        on_delete=models.SET_NULL,
        null=True,
        related_name="exports",
        verbose_name=_("plan d’action"),
    )
    plan_title = models.CharField(_("titre"), max_length=TITLE_MAX)
    requested_by = person_key(verbose_name=_("demandé par"))
    # What the caller was allowed to see is what the workbook shows, whatever they become meanwhile.
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
        verbose_name = _("export Excel")
        verbose_name_plural = _("exports Excel")
        indexes: ClassVar = [
            models.Index(F("requested_at").desc(), F("id").desc(), name="export_latest"),
            models.Index(
                fields=["expires_at"], name="export_file_until", condition=~Q(file_key="")
            ),
        ]
        constraints: ClassVar = [
            one_of("state", ExportState, "export_state_known"),
            models.CheckConstraint(
                condition=Q(file_key="") | Q(state=ExportState.READY), name="export_file_is_ready"
            ),
        ]

    def __str__(self) -> str:
        return self.plan_title

    def is_wanted(self) -> bool:
        """Whether the plan is there and who asked still active."""
        return bool(self.plan_id and self.requested_by.is_active)

    def can_be_fetched(self, now: datetime | None = None) -> bool:
        """Whether its links lead to a file: in time, and still wanted.

        Without `expires_at` the mail is on its way: the signature alone limits the link's time.
        """
        is_in_time = self.expires_at is None or self.expires_at > (now or timezone.now())
        return bool(self.file_key and is_in_time and self.is_wanted())
