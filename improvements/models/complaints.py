"""The register of complaints (indicator 31). Source: api-improvements, "Complaints"."""

from datetime import date
from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from improvements.querysets import ComplaintQuerySet, ComplaintThemeQuerySet
from improvements.states import (
    ANSWERED,
    ComplainantRole,
    ComplaintChannel,
    ComplaintKind,
    ComplaintOrigin,
    ComplaintStatus,
    Late,
)
from qualiforma.fields import not_blank, one_of, person_key
from qualiforma.ids import IdField
from qualiforma.qualiopi.rules import Rules
from qualiforma.search import searched_text
from qualiforma.training.models import Enrollment
from qualiforma.working_days import working_day_after

SUBJECT_MAX = 200
THEME_NAME_MAX = 100
EMAIL_MAX = 254
# What searches of complaints look through.
SEARCHED_COMPLAINTS = ("subject", "description", "complainant_name")


class ComplaintTheme(models.Model):
    """What a complaint is about, in the organisation's own words."""

    id = IdField(prefix="thm")
    name = models.CharField(_("nom"), max_length=THEME_NAME_MAX)
    position = models.PositiveSmallIntegerField(_("ordre"), default=0)
    # No longer offered; complaints that name it keep it.
    archived = models.BooleanField(_("archivé"), default=False)
    # The ETag.
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar = ComplaintThemeQuerySet.as_manager()

    class Meta:
        verbose_name = _("thème de réclamation")
        verbose_name_plural = _("thèmes de réclamation")
        ordering = ("position", "name", "id")
        constraints: ClassVar = [
            not_blank("name", "theme_name_not_blank"),
            models.UniqueConstraint(searched_text("name"), name="theme_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Complaint(models.Model):
    """A complaint, difficulty or incident that the organisation has to answer (indicator 31)."""

    id = IdField(prefix="cmp")
    subject = models.CharField(_("objet"), max_length=SUBJECT_MAX)
    description = models.TextField(_("description"), blank=True, default="")
    channel = models.CharField(_("canal"), max_length=20, choices=ComplaintChannel)
    kind = models.CharField(
        _("nature"), max_length=20, choices=ComplaintKind, default=ComplaintKind.COMPLAINT
    )
    complainant_name = models.CharField(
        _("auteur de la réclamation"), max_length=SUBJECT_MAX, blank=True, default=""
    )
    complainant_role = models.CharField(
        _("qualité de l’auteur"), max_length=20, choices=ComplainantRole
    )
    complainant_email = models.CharField(
        _("e-mail de l’auteur"), max_length=EMAIL_MAX, blank=True, default="", db_default=""
    )
    received_at = models.DateTimeField(_("reçue le"))
    acknowledged_at = models.DateTimeField(_("accusé de réception le"), null=True, blank=True)
    resolved_at = models.DateTimeField(_("résolue le"), null=True, blank=True)
    # By the delays that were announced when it was received. Null where code has written it that
    # knew nothing of them; its next change fills them in.
    acknowledge_by = models.DateField(
        _("accusé de réception attendu le"), null=True, blank=True, editable=False
    )
    answer_by = models.DateField(_("réponse attendue le"), null=True, blank=True, editable=False)
    status = models.CharField(
        _("statut"), max_length=20, choices=ComplaintStatus, default=ComplaintStatus.OPEN
    )
    resolution = models.TextField(_("réponse"), blank=True, default="")
    enrollment = models.ForeignKey(
        Enrollment,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("inscription concernée"),
        null=True,
        blank=True,
    )
    origin = models.CharField(
        _("origine"),
        max_length=20,
        choices=ComplaintOrigin,
        default=ComplaintOrigin.STAFF,
        db_default=ComplaintOrigin.STAFF,
        editable=False,
    )
    # When who complained by the public form agreed that what they wrote is kept.
    consented_at = models.DateTimeField(
        _("consentement donné le"), null=True, blank=True, editable=False
    )
    # Recurrence is looked for among complaints of one theme.
    theme = models.ForeignKey(
        ComplaintTheme,
        on_delete=models.PROTECT,
        related_name="complaints",
        verbose_name=_("thème"),
        null=True,
        blank=True,
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # Nobody for what was imported.
    created_by = person_key(verbose_name=_("saisie par"), null=True, blank=True, editable=False)
    # The ETag.
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar = ComplaintQuerySet.as_manager()

    class Meta:
        verbose_name = _("réclamation")
        verbose_name_plural = _("réclamations")
        # The register's order, and one index per filter.
        indexes: ClassVar = [
            models.Index(F("received_at").desc(), F("id").desc(), name="complaint_newest"),
            *(
                models.Index(
                    F(field),
                    F("received_at").desc(),
                    F("id").desc(),
                    name=f"complaint_{field}_newest",
                )
                for field in (
                    "status",
                    "kind",
                    "channel",
                    "created_by",
                    "enrollment",
                    "theme",
                    "origin",
                )
            ),
            # What is late: few rows of a register that grows.
            models.Index(
                fields=["acknowledge_by", "id"],
                name="complaint_to_acknowledge",
                condition=Q(acknowledged_at__isnull=True, resolved_at__isnull=True),
            ),
            models.Index(
                fields=["answer_by", "id"],
                name="complaint_to_answer",
                condition=Q(resolved_at__isnull=True),
            ),
            GinIndex(
                OpClass(searched_text(*SEARCHED_COMPLAINTS), name="gin_trgm_ops"),
                name="complaint_search",
            ),
        ]
        constraints: ClassVar = [
            not_blank("subject", "complaint_subject_not_blank"),
            models.CheckConstraint(
                # A list: the order of a set would differ from process to process.
                condition=Q(status__in=sorted(ANSWERED), resolved_at__isnull=False)
                | Q(~Q(status__in=sorted(ANSWERED)), resolved_at__isnull=True),
                name="complaint_answered_has_instant",
            ),
            models.CheckConstraint(
                condition=(
                    Q(acknowledged_at__isnull=True) | Q(acknowledged_at__gte=F("received_at"))
                )
                & (Q(resolved_at__isnull=True) | Q(resolved_at__gte=F("received_at"))),
                name="complaint_received_first",
            ),
            one_of("channel", ComplaintChannel, "complaint_channel_known"),
            one_of("kind", ComplaintKind, "complaint_kind_known"),
            one_of("complainant_role", ComplainantRole, "complaint_role_known"),
            one_of("status", ComplaintStatus, "complaint_status_known"),
            one_of("origin", ComplaintOrigin, "complaint_origin_known"),
        ]

    def __str__(self) -> str:
        return self.subject

    def set_delays(self, rules: Rules) -> None:
        """Compute the days by which it is to be acknowledged and answered. Saves nothing."""
        received_on = timezone.localdate(self.received_at)
        self.acknowledge_by = working_day_after(received_on, rules.acknowledge_days)
        self.answer_by = working_day_after(received_on, rules.answer_days)

    @property
    def answered_on(self) -> date | None:
        """The Paris day of the answer."""
        return timezone.localdate(self.resolved_at) if self.resolved_at else None

    @property
    def late(self) -> Late | None:
        """What should have happened by now: as `ComplaintQuerySet.late`."""
        today = timezone.localdate()
        if self.resolved_at is None and self.answer_by and self.answer_by < today:
            return Late.TO_ANSWER
        is_waiting = self.acknowledged_at is None and self.resolved_at is None
        if is_waiting and self.acknowledge_by and self.acknowledge_by < today:
            return Late.TO_ACKNOWLEDGE
        return None
