"""Sessions: who was there, and who signed for it."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qualiforma.fields import newest, not_blank, one_of, person_key
from qualiforma.ids import IdField
from qualiforma.search import searched_text
from qualiforma.training.models.catalogue import Course
from qualiforma.training.models.enrollments import Enrollment
from qualiforma.training.models.limits import MINUTES_MAX, TITLE_MAX
from qualiforma.training.querysets import SessionQuerySet
from qualiforma.training.states import (
    HalfDay,
    SessionMode,
    SignatureMethod,
)


class TrainingSession(models.Model):
    """One meeting of a course, within a day: what is attended and signed for."""

    id = IdField(prefix="ses")
    course = models.ForeignKey(
        Course, on_delete=models.PROTECT, related_name="sessions", verbose_name=_("formation")
    )
    title = models.CharField(_("intitulé"), max_length=TITLE_MAX)
    starts_at = models.DateTimeField(_("début"))
    ends_at = models.DateTimeField(_("fin"))
    mode = models.CharField(_("modalité"), max_length=20, choices=SessionMode)
    trainer = person_key(verbose_name=_("formateur"))
    created_at = models.DateTimeField(_("créée le"), default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        indexes: ClassVar = [
            models.Index(F("starts_at").desc(), F("id").desc(), name="session_latest"),
            models.Index(searched_text("title"), F("id"), name="session_title"),
            *(
                models.Index(
                    F(field), F("starts_at").desc(), F("id").desc(), name=f"session_{field}_latest"
                )
                for field in ("course", "trainer", "mode")
            ),
        ]
        constraints: ClassVar = [
            not_blank("title", "session_title_not_blank"),
            one_of("mode", SessionMode, "session_mode_known"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="session_starts_first"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({timezone.localdate(self.starts_at):%d/%m/%Y})"


class Attendance(models.Model):
    """Whether a learner was there, and for how long."""

    id = IdField(prefix="atd")
    session = models.ForeignKey(
        TrainingSession,
        on_delete=models.PROTECT,
        related_name="attendances",
        verbose_name=_("session"),
    )
    enrollment = models.ForeignKey(
        Enrollment,
        on_delete=models.PROTECT,
        related_name="attendances",
        verbose_name=_("inscription"),
    )
    attended = models.BooleanField(_("présent"))
    attended_at = models.DateTimeField(_("présent le"), null=True, blank=True)
    minutes = models.PositiveIntegerField(_("minutes suivies"), null=True, blank=True)

    class Meta:
        verbose_name = _("présence")
        verbose_name_plural = _("présences")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "enrollment"], name="attendance_once"),
            models.CheckConstraint(
                condition=Q(attended=True, attended_at__isnull=False)
                | Q(attended=False, attended_at__isnull=True),
                name="attendance_has_instant",
            ),
            models.CheckConstraint(
                condition=Q(minutes__isnull=True) | Q(minutes__lte=MINUTES_MAX),
                name="attendance_minutes_of_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.session} – {self.enrollment.user}"


class Signature(models.Model):
    """A learner's signature for half a day. It never changes; a correction names what it replaces."""

    id = IdField(prefix="sig")
    session = models.ForeignKey(
        TrainingSession,
        on_delete=models.PROTECT,
        related_name="signatures",
        verbose_name=_("session"),
    )
    enrollment = models.ForeignKey(
        Enrollment,
        on_delete=models.PROTECT,
        related_name="signatures",
        verbose_name=_("inscription"),
    )
    half_day = models.CharField(_("demi-journée"), max_length=2, choices=HalfDay)
    signed_at = models.DateTimeField(_("signé le"))
    method = models.CharField(_("moyen"), max_length=20, choices=SignatureMethod)
    evidence_sha256 = models.CharField(
        _("empreinte de la preuve"), max_length=64, blank=True, default=""
    )
    # One correction at most for each, so that the last of the chain is what counts.
    replaces = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        related_name="replaced_by",
        verbose_name=_("remplace"),
        null=True,
        blank=True,
    )
    created_at = models.DateTimeField(_("saisie le"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("émargement")
        verbose_name_plural = _("émargements")
        indexes: ClassVar = [newest("session", name="signature_session_newest")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["session", "enrollment", "half_day"],
                condition=Q(replaces__isnull=True),
                name="signature_once",
            ),
            one_of("half_day", HalfDay, "signature_half_day_known"),
            one_of("method", SignatureMethod, "signature_method_known"),
            models.CheckConstraint(
                condition=Q(evidence_sha256="") | Q(evidence_sha256__regex="^[0-9a-f]{64}$"),
                name="signature_evidence_is_sha256",
            ),
            models.CheckConstraint(
                condition=Q(replaces__isnull=True) | ~Q(replaces=F("id")),
                name="signature_replaces_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.session}, {self.get_half_day_display()} – {self.enrollment.user}"
