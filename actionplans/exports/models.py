"""One asked-for export of one plan."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from qualiforma.exports.models import TITLE_MAX, Export, ExportState
from qualiforma.fields import one_of
from qualiforma.ids import BARE, IdField


class PlanExport(Export):
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
        return bool(self.plan_id) and super().is_wanted()
