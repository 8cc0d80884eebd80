"""The register of risks and its yearly reviews (indicator 32). Source: closed-loop, "Risks"."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from improvements.models.plans import ImprovementPlan
from improvements.querysets import RiskQuerySet
from improvements.states import WATCHED, Likelihood, RiskSeverity, RiskStatus, RiskTreatment
from qualiforma.fields import newest, not_blank, one_of, person_key
from qualiforma.ids import IdField
from qualiforma.search import searched_text

RISK_TITLE_MAX = 200
RISK_TEXT_MAX = 2000
PARTICIPANTS_MAX = 1000
DECISIONS_MAX = 5000
# What searches of risks look through.
SEARCHED_RISKS = ("title", "description", "measures")


class Risk(models.Model):
    """What could keep the organisation from its aims, and what it does about it."""

    id = IdField(prefix="rsk")
    title = models.CharField(_("risque"), max_length=RISK_TITLE_MAX)
    description = models.TextField(_("description"), blank=True, default="")
    indicators = ArrayField(
        models.PositiveSmallIntegerField(), verbose_name=_("indicateurs"), default=list
    )
    likelihood = models.PositiveSmallIntegerField(_("probabilité"), choices=Likelihood)
    severity = models.PositiveSmallIntegerField(_("gravité"), choices=RiskSeverity)
    level = models.GeneratedField(
        expression=F("likelihood") * F("severity"),
        output_field=models.PositiveSmallIntegerField(_("niveau")),
        db_persist=True,
        verbose_name=_("niveau"),
    )
    treatment = models.CharField(_("traitement"), max_length=20, choices=RiskTreatment)
    measures = models.TextField(_("mesures prises"), blank=True, default="")
    owner = person_key(verbose_name=_("responsable"))
    plan = models.ForeignKey(
        ImprovementPlan,
        on_delete=models.PROTECT,
        related_name="risks",
        verbose_name=_("plan d’amélioration"),
        null=True,
        blank=True,
    )
    reviewed_on = models.DateField(_("revu le"))
    next_review_on = models.DateField(_("prochaine revue le"))
    status = models.CharField(
        _("statut"), max_length=20, choices=RiskStatus, default=RiskStatus.OPEN
    )
    created_at = models.DateTimeField(_("créé le"), default=timezone.now, editable=False)
    # The ETag.
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar = RiskQuerySet.as_manager()

    class Meta:
        verbose_name = _("risque")
        verbose_name_plural = _("risques")
        indexes: ClassVar = [
            newest(name="risk_newest"),
            *(
                newest(field, name=f"risk_{field}_newest")
                for field in ("status", "treatment", "owner", "plan")
            ),
            models.Index(fields=["level", "id"], name="risk_level"),
            models.Index(fields=["next_review_on", "id"], name="risk_next_review"),
            GinIndex(fields=["indicators"], name="risk_indicators"),
            GinIndex(
                OpClass(searched_text(*SEARCHED_RISKS), name="gin_trgm_ops"), name="risk_search"
            ),
        ]
        constraints: ClassVar = [
            not_blank("title", "risk_title_not_blank"),
            one_of("treatment", RiskTreatment, "risk_treatment_known"),
            one_of("status", RiskStatus, "risk_status_known"),
            models.CheckConstraint(
                condition=Q(likelihood__range=(1, 4), severity__range=(1, 4)),
                name="risk_level_in_range",
            ),
            models.CheckConstraint(
                condition=Q(next_review_on__gt=F("reviewed_on")), name="risk_reviewed_in_order"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_overdue(self) -> bool:
        """Whether its review was due before today in Paris: as `RiskQuerySet.overdue`."""
        return self.status in WATCHED and self.next_review_on < timezone.localdate()


class RiskReview(models.Model):
    """One look at the risks, once a year at least. Never changed afterwards."""

    id = IdField(prefix="rrv")
    reviewed_on = models.DateField(_("date de la revue"))
    participants = models.TextField(_("participants"))
    decisions = models.TextField(_("décisions"))
    # The risks as they stood. Shape: `improvements.services.risks.assessment_of`.
    assessments = models.JSONField(_("risques revus"), editable=False)
    created_at = models.DateTimeField(_("enregistrée le"), default=timezone.now, editable=False)
    created_by = person_key(verbose_name=_("enregistrée par"), editable=False)

    class Meta:
        verbose_name = _("revue des risques")
        verbose_name_plural = _("revues des risques")
        indexes: ClassVar = [
            models.Index(F("reviewed_on").desc(), F("id").desc(), name="risk_review_newest")
        ]
        constraints: ClassVar = [
            not_blank("participants", "risk_review_participants_not_blank"),
            not_blank("decisions", "risk_review_decisions_not_blank"),
        ]

    def __str__(self) -> str:
        return date_format(self.reviewed_on, "SHORT_DATE_FORMAT")
