"""What people noted of an indicator when they looked at its readiness. Never changes."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qualiforma.fields import person_key
from qualiforma.ids import IdField
from qualiforma.qualiopi.grids import INDICATOR_MAX

REMARK_MAX = 2000


class IndicatorReview(models.Model):
    """Seen by, on, remark. It changes no state."""

    id = IdField(prefix="inr")
    indicator = models.PositiveSmallIntegerField(_("indicateur"))
    remark = models.TextField(_("remarque"), max_length=REMARK_MAX, blank=True, default="")
    reviewed_at = models.DateTimeField(_("vu le"), default=timezone.now, editable=False)
    reviewed_by = person_key(verbose_name=_("vu par"))

    class Meta:
        verbose_name = _("revue d’indicateur")
        verbose_name_plural = _("revues d’indicateur")
        indexes: ClassVar = [
            models.Index(
                F("indicator"),
                F("reviewed_at").desc(),
                F("id").desc(),
                name="indicator_review_newest",
            ),
            models.Index(F("reviewed_at").desc(), F("id").desc(), name="indicator_reviews_newest"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(indicator__range=(1, INDICATOR_MAX)), name="indicator_review_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} – {timezone.localdate(self.reviewed_at):%d/%m/%Y}"
