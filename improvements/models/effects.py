"""Checks of whether a closed plan has had its effect. Never change; the plan stays as it was."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from improvements.models.plans import ACTION_DESCRIPTION_MAX, ImprovementPlan
from improvements.states import Verdict
from qualiforma.fields import not_blank, one_of, person_key
from qualiforma.ids import IdField


class EffectivenessCheck(models.Model):
    """What somebody found when they looked at the effect of a plan. The last one counts."""

    id = IdField(prefix="efc")
    plan = models.ForeignKey(
        ImprovementPlan,
        on_delete=models.PROTECT,
        related_name="effectiveness_checks",
        verbose_name=_("plan"),
    )
    # From 1, by plan.
    number = models.PositiveIntegerField(_("numéro"))
    verdict = models.CharField(_("conclusion"), max_length=20, choices=Verdict)
    method = models.TextField(_("méthode"), max_length=ACTION_DESCRIPTION_MAX)
    comment = models.TextField(
        _("commentaire"), max_length=ACTION_DESCRIPTION_MAX, blank=True, default=""
    )
    # Shape: {"resultId", "name", "measuredValue": text of a number, "measuredOn": ISO day, "met"}.
    measures = models.JSONField(_("mesures"), default=list, blank=True)
    # Why there is no further plan although this one did not fully work.
    reason = models.TextField(
        _("motif de l’absence de plan suivant"),
        max_length=ACTION_DESCRIPTION_MAX,
        blank=True,
        default="",
    )
    successor = models.ForeignKey(
        ImprovementPlan,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("plan suivant"),
        null=True,
        blank=True,
    )
    verified_on = models.DateField(_("vérifié le"))
    verified_by = person_key(verbose_name=_("vérifié par"))
    # Anyone who owns the plan or did an action of it; noted unless the profile says not to look.
    verifier_is_doer = models.BooleanField(
        _("vérifié par la personne qui a mené le plan"), default=False
    )
    created_at = models.DateTimeField(_("saisi le"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("vérification de l’efficacité")
        verbose_name_plural = _("vérifications de l’efficacité")
        ordering = ("plan", "number")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "number"], name="check_number_once"),
            one_of("verdict", Verdict, "check_verdict_known"),
            not_blank("method", "check_method_not_blank"),
            models.CheckConstraint(
                condition=Q(verdict=Verdict.EFFECTIVE, successor__isnull=True, reason="")
                | (
                    ~Q(verdict=Verdict.EFFECTIVE)
                    & (Q(successor__isnull=False, reason="") | ~Q(reason=""))
                ),
                name="check_has_a_sequel_or_a_reason",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["verdict", "plan"], name="check_verdict")]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} – {self.verified_on:%d/%m/%Y}"
