"""Needs analyses: what a company or a learner wants to be able to do, and what answers it."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.querysets import NeedsQuerySet
from compliance.states import AnalysisStatus, FundingSource
from qualiforma.fields import newest, not_blank, one_of, person_key
from qualiforma.ids import IdField
from qualiforma.search import Joined, searched_text
from qualiforma.training.models import Company, Enrollment
from qualiforma.training.states import Level

OBJECTIVE_MAX = 500
OBJECTIVES_MAX = 20
CONTEXT_MAX = 5000
NOTE_MAX = 2000
# What searches look through; never the disability note, which a search would give away.
SEARCHED_NEEDS = (Joined(F("objectives")), "context")
# The constraint and the services refuse the same pairs.
UPWARDS = Q()
for _level in Level:
    UPWARDS |= Q(
        current_level=_level, target_level__in=[one for one in Level if one.rank >= _level.rank]
    )


class NeedsAnalysis(models.Model):
    """The need behind a training, and the courses that answer it (indicator 4).

    Recommendations and gaps are stored, as of the last change: once completed they are evidence,
    whatever becomes of the catalogue.
    """

    id = IdField(prefix="nda")
    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="+", verbose_name=_("entreprise")
    )
    enrollment = models.ForeignKey(
        Enrollment,
        on_delete=models.PROTECT,
        related_name="needs_analyses",
        verbose_name=_("inscription"),
        null=True,
        blank=True,
    )
    objectives = ArrayField(
        models.CharField(max_length=OBJECTIVE_MAX), verbose_name=_("objectifs"), size=OBJECTIVES_MAX
    )
    current_level = models.CharField(_("niveau actuel"), max_length=20, choices=Level)
    target_level = models.CharField(_("niveau cible"), max_length=20, choices=Level)
    context = models.TextField(_("contexte"), max_length=CONTEXT_MAX)
    funding_source = models.CharField(
        _("financement"), max_length=20, choices=FundingSource, blank=True, default=""
    )
    # For ADMIN and the author alone; the trail keeps no clear value of it.
    accessibility_needs = models.TextField(
        _("adaptations liées à un handicap"), max_length=NOTE_MAX, blank=True, default=""
    )
    third_party_analysis = models.TextField(
        _("analyse menée par un tiers"), max_length=NOTE_MAX, blank=True, default=""
    )
    status = models.CharField(
        _("statut"), max_length=20, choices=AnalysisStatus, default=AnalysisStatus.DRAFT
    )
    # Reasons stand in them as codes, told in the reader's language.
    recommendations = models.JSONField(_("recommandations"), default=list, editable=False)
    gap_analysis = models.JSONField(_("écart"), default=dict, editable=False)
    created_at = models.DateTimeField(_("créée le"), default=timezone.now, editable=False)
    completed_at = models.DateTimeField(_("validée le"), null=True, blank=True, editable=False)
    # Nobody for what was imported.
    created_by = person_key(verbose_name=_("menée par"), null=True, blank=True, editable=False)
    # The ETag.
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar = NeedsQuerySet.as_manager()

    class Meta:
        verbose_name = _("analyse des besoins")
        verbose_name_plural = _("analyses des besoins")
        indexes: ClassVar = [
            newest(name="needs_newest"),
            *(
                newest(field, name=f"needs_{field}_newest")
                for field in (
                    "company",
                    "enrollment",
                    "status",
                    "current_level",
                    "target_level",
                    "funding_source",
                )
            ),
            GinIndex(
                OpClass(searched_text(*SEARCHED_NEEDS), name="gin_trgm_ops"), name="needs_search"
            ),
        ]
        constraints: ClassVar = [
            not_blank("context", "needs_context_not_blank"),
            one_of("current_level", Level, "needs_current_level_known"),
            one_of("target_level", Level, "needs_target_level_known"),
            one_of("status", AnalysisStatus, "needs_status_known"),
            models.CheckConstraint(
                condition=Q(funding_source="") | Q(funding_source__in=FundingSource.values),
                name="needs_funding_source_known",
            ),
            models.CheckConstraint(condition=UPWARDS, name="needs_target_not_below_current"),
            models.CheckConstraint(
                condition=Q(objectives__len__range=(1, OBJECTIVES_MAX)),
                name="needs_objectives_counted",
            ),
            models.CheckConstraint(
                condition=Q(status=AnalysisStatus.COMPLETED, completed_at__isnull=False)
                | Q(~Q(status=AnalysisStatus.COMPLETED), completed_at__isnull=True),
                name="needs_completed_has_instant",
            ),
        ]

    def __str__(self) -> str:
        return self.objectives[0] if self.objectives else self.pk
