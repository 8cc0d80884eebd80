"""What a plan leaves behind: its files, and the report of its closing."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from improvements.models.plans import ImprovementPlan
from qualiforma.fields import not_blank, person_key, shortened
from qualiforma.ids import IdField
from qualiforma.search import searched_text

SUMMARY_MAX = 5000
OUTCOME_MAX = 500
OUTCOMES_MAX = 50
ATTACHMENT_KEY_MAX = 500
ATTACHMENT_NAME_MAX = 255


class PlanAttachment(models.Model):
    """A stored file of a plan. The row is what makes the file part of the record."""

    id = IdField(prefix="att")
    plan = models.ForeignKey(
        ImprovementPlan,
        on_delete=models.PROTECT,
        related_name="attachments",
        verbose_name=_("plan"),
    )
    key = models.CharField(_("clé"), max_length=ATTACHMENT_KEY_MAX)
    name = models.CharField(_("nom du fichier"), max_length=ATTACHMENT_NAME_MAX)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveIntegerField(_("taille"))
    sha256 = models.CharField(_("empreinte"), max_length=64)
    # Its uploader said so; only such files are in audit bundles that hide names.
    free_of_personal_data = models.BooleanField(
        _("sans donnée personnelle"), default=False, db_default=False
    )
    uploaded_by = person_key(verbose_name=_("déposé par"))
    created_at = models.DateTimeField(_("déposé le"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("pièce jointe")
        verbose_name_plural = _("pièces jointes")
        indexes: ClassVar = [
            models.Index(
                F("plan"), F("created_at").desc(), F("id").desc(), name="attachment_newest"
            )
        ]
        # Not `unique=True`, which adds an index for LIKE.
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key"], name="attachment_key_once")
        ]

    def __str__(self) -> str:
        return self.name


class ClosingReport(models.Model):
    """What a plan achieved, written when it is closed."""

    plan = models.OneToOneField(
        ImprovementPlan,
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="closing_report",
    )
    summary = models.TextField(_("synthèse"), max_length=SUMMARY_MAX)
    outcomes = ArrayField(
        models.CharField(max_length=OUTCOME_MAX), verbose_name=_("résultats"), default=list
    )
    attachment_s3_key = models.CharField(
        _("pièce jointe"), max_length=ATTACHMENT_KEY_MAX, blank=True, default=""
    )
    # Of that file when the plan was closed; empty in reports older than these columns.
    attachment_size = models.PositiveIntegerField(_("taille"), null=True, editable=False)
    attachment_sha256 = models.CharField(
        _("empreinte"), max_length=64, blank=True, default="", editable=False
    )
    # Names, dates and complaints as they were on closing: users and complaints change later. Null
    # in reports older than this column. Shape: `improvements.services.snapshots`.
    snapshot = models.JSONField(_("état à la clôture"), null=True, editable=False)

    class Meta:
        verbose_name = _("rapport de clôture")
        verbose_name_plural = _("rapports de clôture")
        indexes: ClassVar = [
            GinIndex(OpClass(searched_text("summary"), name="gin_trgm_ops"), name="report_search")
        ]
        constraints: ClassVar = [not_blank("summary", "report_summary_not_blank")]

    def __str__(self) -> str:
        return shortened(self.summary)
