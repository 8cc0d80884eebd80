"""Audits and what they say of each indicator. Source: closed-loop, "Findings, audits"."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from compliance.querysets import AuditQuerySet
from compliance.states import AuditKind, AuditStatus, Judgement
from qualiforma.fields import not_blank, one_of, person_key
from qualiforma.ids import ID_MAX_LENGTH, IdField
from qualiforma.qualiopi.grids import INDICATOR_MAX, Grid, grid_for
from qualiforma.qualiopi.indicators import MAJOR_ONLY

AUDITOR_MAX = 200
COMMENT_MAX = 5000
JUDGEMENT_EVIDENCE_MAX = 50


class Audit(models.Model):
    """An audit of the organisation, by itself or by its certifier. A closed one never changes."""

    id = IdField(prefix="aud")
    kind = models.CharField(_("nature"), max_length=20, choices=AuditKind)
    audit_date = models.DateField(_("date de l’audit"))
    auditor = models.CharField(_("auditeur"), max_length=AUDITOR_MAX)
    status = models.CharField(
        _("statut"), max_length=20, choices=AuditStatus, default=AuditStatus.PLANNED
    )
    started_at = models.DateTimeField(_("commencé le"), null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(_("clôturé le"), null=True, blank=True, editable=False)
    closed_by = person_key(verbose_name=_("clôturé par"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("créé le"), default=timezone.now, editable=False)
    created_by = person_key(verbose_name=_("créé par"), null=True, blank=True, editable=False)
    # Counted up by every change of the audit or its judgements; the ETag.
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar = AuditQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit")
        verbose_name_plural = _("audits")
        # One per filter of the list, each in the list's order.
        indexes: ClassVar = [
            models.Index(F("audit_date").desc(), F("id").desc(), name="audit_newest"),
            *(
                models.Index(
                    F(field), F("audit_date").desc(), F("id").desc(), name=f"audit_{field}_newest"
                )
                for field in ("status", "kind")
            ),
        ]
        constraints: ClassVar = [
            one_of("kind", AuditKind, "audit_kind_known"),
            one_of("status", AuditStatus, "audit_status_known"),
            not_blank("auditor", "audit_auditor_not_blank"),
            models.CheckConstraint(
                condition=Q(status=AuditStatus.PLANNED, started_at__isnull=True)
                | Q(~Q(status=AuditStatus.PLANNED), started_at__isnull=False),
                name="audit_started_has_instant",
            ),
            models.CheckConstraint(
                condition=Q(
                    status=AuditStatus.CLOSED, closed_at__isnull=False, closed_by__isnull=False
                )
                | Q(~Q(status=AuditStatus.CLOSED), closed_at__isnull=True, closed_by__isnull=True),
                name="audit_closed_is_whole",
            ),
        ]

    def __str__(self) -> str:
        day = date_format(self.audit_date, "SHORT_DATE_FORMAT")
        return f"{self.get_kind_display()} – {day}"

    @property
    def grid(self) -> Grid:
        """The grid of indicators in force on its day."""
        return grid_for(self.audit_date)


class AuditJudgement(models.Model):
    """What an audit says of one indicator. The rows of an audit are its scope."""

    id = IdField(prefix="jdg")
    audit = models.ForeignKey(
        Audit, on_delete=models.PROTECT, related_name="judgements", verbose_name=_("audit")
    )
    # A number, never a label: the grid in force on the audit's date gives the label.
    indicator = models.PositiveSmallIntegerField(_("indicateur"))
    judgement = models.CharField(
        _("appréciation"), max_length=20, choices=Judgement, default=Judgement.NOT_JUDGED
    )
    comment = models.TextField(_("commentaire"), max_length=COMMENT_MAX, blank=True, default="")
    # Evidence is never deleted, so that these ids go on naming something.
    evidence_ids = ArrayField(
        models.CharField(max_length=ID_MAX_LENGTH),
        verbose_name=_("preuves"),
        default=list,
        blank=True,
    )

    class Meta:
        verbose_name = _("appréciation d’un indicateur")
        verbose_name_plural = _("appréciations d’indicateurs")
        ordering = ("indicator",)
        indexes: ClassVar = [
            models.Index(fields=["indicator", "judgement"], name="audit_judgement_indicator")
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["audit", "indicator"], name="audit_judgement_once"),
            one_of("judgement", Judgement, "audit_judgement_known"),
            models.CheckConstraint(
                condition=Q(indicator__range=(1, INDICATOR_MAX)), name="audit_indicator_known"
            ),
            # A list: the order of a set would differ from process to process.
            models.CheckConstraint(
                condition=~Q(judgement=Judgement.MINOR, indicator__in=sorted(MAJOR_ONLY)),
                name="audit_judgement_major_only",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} – {self.get_judgement_display()}"
