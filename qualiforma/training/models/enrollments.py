"""Enrollments, and what certifies their end."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qualiforma.fields import newest, one_of, person_key
from qualiforma.ids import IdField
from qualiforma.training.models.catalogue import Company, Course
from qualiforma.training.models.limits import PAYMENT_ID_MAX
from qualiforma.training.querysets import EnrollmentQuerySet
from qualiforma.training.states import (
    EnrollmentStatus,
    PaymentMethod,
)


class Enrollment(models.Model):
    """One learner in one course: what the timeline of an audit file is about."""

    id = IdField(prefix="enr")
    course = models.ForeignKey(
        Course, on_delete=models.PROTECT, related_name="enrollments", verbose_name=_("formation")
    )
    user = person_key(verbose_name=_("apprenant"))
    company = models.ForeignKey(
        Company,
        on_delete=models.PROTECT,
        related_name="enrollments",
        verbose_name=_("entreprise"),
        null=True,
        blank=True,
    )
    status = models.CharField(
        _("statut"), max_length=20, choices=EnrollmentStatus, default=EnrollmentStatus.ACTIVE
    )
    payment_method = models.CharField(
        _("paiement"), max_length=20, choices=PaymentMethod, default=PaymentMethod.FREE
    )
    payment_id = models.CharField(
        _("référence du paiement"), max_length=PAYMENT_ID_MAX, blank=True, default=""
    )
    enrolled_at = models.DateTimeField(_("inscrit le"), default=timezone.now)
    completed_at = models.DateTimeField(_("terminée le"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expire le"), null=True, blank=True)
    # Nobody for what was imported without an author.
    created_by = person_key(verbose_name=_("inscrit par"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("saisie le"), default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar = EnrollmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("inscription")
        verbose_name_plural = _("inscriptions")
        indexes: ClassVar = [
            newest(name="enrollment_newest"),
            newest("course", name="enrollment_course_newest"),
            newest("user", name="enrollment_user_newest"),
            newest("company", name="enrollment_company_newest"),
            newest("status", name="enrollment_status_newest"),
            models.Index(fields=["enrolled_at", "id"], name="enrollment_enrolled"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "course"],
                condition=Q(status=EnrollmentStatus.ACTIVE),
                name="enrollment_active_once",
            ),
            one_of("status", EnrollmentStatus, "enrollment_status_known"),
            one_of("payment_method", PaymentMethod, "enrollment_payment_known"),
            models.CheckConstraint(
                condition=Q(status=EnrollmentStatus.COMPLETED, completed_at__isnull=False)
                | Q(~Q(status=EnrollmentStatus.COMPLETED), completed_at__isnull=True),
                name="enrollment_completed_has_instant",
            ),
            models.CheckConstraint(
                condition=(Q(completed_at__isnull=True) | Q(completed_at__gte=F("enrolled_at")))
                & (Q(expires_at__isnull=True) | Q(expires_at__gte=F("enrolled_at"))),
                name="enrollment_enrolled_first",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} – {self.course}"


class CertificateYear(models.Model):
    """How many certificates a year has; its row is locked while the next number is given."""

    year = models.PositiveIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("numérotation des attestations")
        verbose_name_plural = _("numérotations des attestations")

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class Certificate(models.Model):
    """What certifies that a learner has completed a course. Numbered without a gap in each year."""

    id = IdField(prefix="crt")
    enrollment = models.OneToOneField(
        Enrollment,
        on_delete=models.PROTECT,
        related_name="certificate",
        verbose_name=_("inscription"),
    )
    issued_at = models.DateTimeField(_("délivrée le"), default=timezone.now)
    # Both given by the database on insertion; a rank given must be the next.
    year = models.PositiveIntegerField(_("année"), default=0, editable=False)
    rank = models.PositiveIntegerField(_("rang"), default=0, editable=False)
    issued_by = person_key(verbose_name=_("délivrée par"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("attestation")
        verbose_name_plural = _("attestations")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["year", "rank"], name="certificate_number_once"),
            models.CheckConstraint(condition=Q(rank__gte=1), name="certificate_rank_positive"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The certificate's number, `2026-0001`."""
        return f"{self.year}-{self.rank:04d}"
