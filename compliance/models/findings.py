"""Findings: non-conformities with their legal clocks. Source: closed-loop; qualiopi, "the cycle"."""

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.audits import Audit
from compliance.querysets import FindingQuerySet
from compliance.states import FindingStatus
from qualiforma.fields import not_blank, one_of, person_key, shortened
from qualiforma.ids import IdField
from qualiforma.qualiopi.cycle import correction_due, verification_due
from qualiforma.qualiopi.grids import INDICATOR_MAX
from qualiforma.qualiopi.indicators import MAJOR_ONLY
from qualiforma.qualiopi.states import FindingSeverity

FINDING_TEXT_MAX = 5000


class Finding(models.Model):
    """A non-conformity that was notified: to be corrected, verified and lifted in time."""

    id = IdField(prefix="fnd")
    audit = models.ForeignKey(
        Audit,
        on_delete=models.PROTECT,
        related_name="findings",
        verbose_name=_("audit"),
        null=True,
        blank=True,
    )
    # A number, never a label: the grid in force on the audit's date gives the label.
    indicator = models.PositiveSmallIntegerField(_("indicateur"))
    severity = models.CharField(_("gravité"), max_length=20, choices=FindingSeverity)
    text = models.TextField(_("constat"), max_length=FINDING_TEXT_MAX)
    notified_on = models.DateField(_("notifié le"))
    # Computed from the severity and the notification: see `set_clocks`.
    due_date = models.DateField(_("à corriger avant le"), editable=False)
    verification_due_date = models.DateField(
        _("à vérifier avant le"), null=True, blank=True, editable=False
    )
    # What is due next: the correction, then its verification; nothing once it is lifted.
    deadline = models.DateField(_("prochaine échéance"), null=True, blank=True, editable=False)
    status = models.CharField(
        _("statut"), max_length=20, choices=FindingStatus, default=FindingStatus.OPEN
    )
    corrected_on = models.DateField(_("corrigé le"), null=True, blank=True)
    lifted_on = models.DateField(_("levé le"), null=True, blank=True)
    # Named by its label: plans belong to another app.
    plan = models.ForeignKey(
        "improvements.ImprovementPlan",
        on_delete=models.PROTECT,
        related_name="findings",
        verbose_name=_("plan d’amélioration"),
        null=True,
        blank=True,
    )
    created_at = models.DateTimeField(_("saisi le"), default=timezone.now, editable=False)
    created_by = person_key(verbose_name=_("saisi par"), null=True, blank=True, editable=False)
    # The ETag.
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar = FindingQuerySet.as_manager()

    class Meta:
        verbose_name = _("constat")
        verbose_name_plural = _("constats")
        # One per filter of the list, each in the list's order.
        indexes: ClassVar = [
            models.Index(F("notified_on").desc(), F("id").desc(), name="finding_newest"),
            *(
                models.Index(
                    F(field),
                    F("notified_on").desc(),
                    F("id").desc(),
                    name=f"finding_{field}_newest",
                )
                for field in ("status", "severity", "indicator", "audit")
            ),
            models.Index(fields=["due_date", "id"], name="finding_due"),
            models.Index(
                fields=["deadline", "id"],
                name="finding_deadline",
                condition=Q(deadline__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            one_of("severity", FindingSeverity, "finding_severity_known"),
            one_of("status", FindingStatus, "finding_status_known"),
            not_blank("text", "finding_text_not_blank"),
            models.CheckConstraint(
                condition=Q(indicator__range=(1, INDICATOR_MAX)), name="finding_indicator_known"
            ),
            # A list: the order of a set would differ from process to process.
            models.CheckConstraint(
                condition=~Q(severity=FindingSeverity.MINOR, indicator__in=sorted(MAJOR_ONLY)),
                name="finding_major_only",
            ),
            models.CheckConstraint(
                condition=Q(severity=FindingSeverity.MINOR, verification_due_date__isnull=True)
                | Q(severity=FindingSeverity.MAJOR, verification_due_date__isnull=False),
                name="finding_major_is_verified",
            ),
            models.CheckConstraint(
                condition=Q(
                    status=FindingStatus.OPEN, corrected_on__isnull=True, lifted_on__isnull=True
                )
                | Q(
                    status=FindingStatus.CORRECTED,
                    corrected_on__isnull=False,
                    lifted_on__isnull=True,
                )
                | Q(status=FindingStatus.LIFTED, lifted_on__isnull=False),
                name="finding_status_has_dates",
            ),
            models.CheckConstraint(
                condition=Q(status=FindingStatus.OPEN, deadline=F("due_date"))
                | Q(
                    status=FindingStatus.CORRECTED,
                    severity=FindingSeverity.MAJOR,
                    deadline=F("verification_due_date"),
                )
                | Q(
                    status=FindingStatus.CORRECTED,
                    severity=FindingSeverity.MINOR,
                    deadline__isnull=True,
                )
                | Q(status=FindingStatus.LIFTED, deadline__isnull=True),
                name="finding_deadline_is_what_is_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_severity_display()} – {self.indicator} – {shortened(self.text)}"

    @property
    def is_late(self) -> bool:
        """Whether what is due next is late, in Paris."""
        return self.deadline is not None and self.deadline < timezone.localdate()

    def days_left(self, today: date) -> int | None:
        """Return how many days there are to what is due next, below zero once late; None: nothing is."""
        return None if self.deadline is None else (self.deadline - today).days

    def set_clocks(self) -> None:
        """Compute what is due when, from the severity, the notification and the status."""
        severity = FindingSeverity(self.severity)
        self.due_date = correction_due(severity, self.notified_on)
        self.verification_due_date = verification_due(severity, self.notified_on)
        self.deadline = {
            FindingStatus.OPEN: self.due_date,
            FindingStatus.CORRECTED: self.verification_due_date,
            FindingStatus.LIFTED: None,
        }[FindingStatus(self.status)]
