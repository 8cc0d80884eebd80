"""Improvement plans, their corrective actions, and the complaints behind them (indicator 32).

Source: public API, improvement plans; Qualiopi criterion 7.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from improvements.models.complaints import Complaint
from improvements.querysets import CorrectiveActionQuerySet, PlanQuerySet
from improvements.states import (
    OPEN,
    SETTLED,
    ActionKind,
    ActionStatus,
    CauseMethod,
    Effectiveness,
    PlanStatus,
    Trigger,
    effectiveness_of,
)
from qualiforma.fields import not_blank, one_of, person_key
from qualiforma.ids import IdField
from qualiforma.search import searched_text

TITLE_MAX = 200
DESCRIPTION_MAX = 5000
REFERENCE_MAX = 20
ROOT_CAUSE_MAX = 2000
ACTION_DESCRIPTION_MAX = 2000
# What searches of plans look through.
SEARCHED = ("reference", "title", "description")


class PlanYear(models.Model):
    """How many plans a year has; its row is locked while the next number is given."""

    year = models.PositiveIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("numérotation des plans")
        verbose_name_plural = _("numérotations des plans")

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class ImprovementPlan(models.Model):
    """A plan of corrective actions with an owner and a target date (indicator 32)."""

    id = IdField(prefix="imp")
    # PA-2026-0007, given by the database on insertion, by year of creation without a hole.
    reference = models.CharField(
        _("référence"), max_length=REFERENCE_MAX, db_default="", editable=False
    )
    title = models.CharField(_("titre"), max_length=TITLE_MAX)
    description = models.TextField(_("description"), blank=True, default="")
    trigger = models.CharField(_("déclencheur"), max_length=20, choices=Trigger)
    root_cause = models.TextField(
        _("cause"), max_length=ROOT_CAUSE_MAX, blank=True, default="", db_default=""
    )
    cause_method = models.CharField(
        _("méthode de recherche de la cause"),
        max_length=20,
        choices=CauseMethod,
        blank=True,
        default="",
        db_default="",
    )
    status = models.CharField(
        _("statut"), max_length=20, choices=PlanStatus, default=PlanStatus.DRAFT
    )
    owner = person_key(verbose_name=_("responsable"))
    target_date = models.DateField(_("échéance"))
    # Numbers, never labels: the grid in force on the audit's date gives the label.
    indicators = ArrayField(
        models.PositiveSmallIntegerField(), verbose_name=_("indicateurs"), default=list
    )
    created_at = models.DateTimeField(_("créé le"), default=timezone.now, editable=False)
    started_at = models.DateTimeField(_("démarré le"), null=True, blank=True)
    closed_at = models.DateTimeField(_("clôturé le"), null=True, blank=True)
    closed_by = person_key(verbose_name=_("clôturé par"), null=True, blank=True)
    # When the effect of the closed plan is to be looked at; empty in plans closed before this column.
    effectiveness_due_date = models.DateField(_("efficacité à vérifier le"), null=True, blank=True)
    follows_plan = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        related_name="followers",
        verbose_name=_("fait suite à"),
        null=True,
        blank=True,
        editable=False,
    )
    archive_reason = models.TextField(_("motif d’archivage"), blank=True, default="")
    # Counted up by every change of the plan or its children; the ETag.
    version = models.PositiveIntegerField(default=1, editable=False)
    deleted_at = models.DateTimeField(_("supprimé le"), null=True, blank=True)
    deleted_by = person_key(verbose_name=_("supprimé par"), null=True, blank=True)

    objects: ClassVar = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("plan d’amélioration")
        verbose_name_plural = _("plans d’amélioration")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["reference"], name="plan_reference_once"),
            one_of("trigger", Trigger, "plan_trigger_known"),
            one_of("status", PlanStatus, "plan_status_known"),
            models.CheckConstraint(
                condition=Q(cause_method="") | Q(cause_method__in=CauseMethod.values),
                name="plan_cause_method_known",
            ),
            not_blank("title", "plan_title_not_blank"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | Q(
                    closed_at__isnull=False,
                    closed_by__isnull=False,
                    status__in=[PlanStatus.COMPLETED, PlanStatus.ARCHIVED],
                ),
                name="plan_closed_is_whole",
            ),
            models.CheckConstraint(
                condition=~Q(status=PlanStatus.COMPLETED) | Q(closed_at__isnull=False),
                name="plan_completed_is_closed",
            ),
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=True) | Q(status=PlanStatus.DRAFT),
                name="plan_deleted_was_draft",
            ),
        ]
        # One per filter of the list, each in the list's order; deleted plans are in none.
        indexes: ClassVar = [
            models.Index(
                F("created_at").desc(),
                F("id").desc(),
                name="plan_newest",
                condition=Q(deleted_at__isnull=True),
            ),
            models.Index(
                F("status"),
                F("created_at").desc(),
                F("id").desc(),
                name="plan_status_newest",
                condition=Q(deleted_at__isnull=True),
            ),
            models.Index(
                F("trigger"),
                F("created_at").desc(),
                F("id").desc(),
                name="plan_trigger_newest",
                condition=Q(deleted_at__isnull=True),
            ),
            models.Index(
                F("owner"),
                F("created_at").desc(),
                F("id").desc(),
                name="plan_owner_newest",
                condition=Q(deleted_at__isnull=True),
            ),
            models.Index(
                fields=["target_date", "id"],
                name="plan_target",
                condition=Q(deleted_at__isnull=True),
            ),
            models.Index(
                searched_text("title"),
                F("id"),
                name="plan_title",
                condition=Q(deleted_at__isnull=True),
            ),
            models.Index(
                fields=["effectiveness_due_date", "id"],
                name="plan_effect_due",
                condition=Q(deleted_at__isnull=True, effectiveness_due_date__isnull=False),
            ),
            GinIndex(fields=["indicators"], name="plan_indicators"),
            GinIndex(OpClass(searched_text(*SEARCHED), name="gin_trgm_ops"), name="plan_search"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} – {self.title}"

    @property
    def is_overdue(self) -> bool:
        """Whether it is open and its target date has passed, in Paris."""
        return self.status in OPEN and self.target_date < timezone.localdate()

    @property
    def effectiveness(self) -> Effectiveness:
        """Whether it has had its effect. Cost: a query, none after `with_effect`."""
        known = self.__dict__
        if "last_verdict" not in known:
            checks = self.effectiveness_checks.order_by("-number")
            known["last_verdict"] = checks.values_list("verdict", flat=True).first()
        return effectiveness_of(
            PlanStatus(self.status),
            is_closed=self.closed_at is not None,
            verdict=known["last_verdict"],
        )

    @property
    def linked_complaints(self) -> list[Complaint]:
        """The complaints this plan answers, in the caller's order. Prefetch `complaint_links`."""
        links = sorted(self.complaint_links.all(), key=lambda link: link.position)
        return [link.complaint for link in links]


class CorrectiveAction(models.Model):
    """One step of a plan: who does what until when."""

    id = IdField(prefix="act")
    plan = models.ForeignKey(
        ImprovementPlan,
        on_delete=models.PROTECT,
        related_name="actions",
        verbose_name=_("plan"),
    )
    description = models.CharField(_("description"), max_length=ACTION_DESCRIPTION_MAX)
    status = models.CharField(
        _("statut"), max_length=20, choices=ActionStatus, default=ActionStatus.TODO
    )
    owner = person_key(verbose_name=_("responsable"))
    kind = models.CharField(
        _("nature"),
        max_length=20,
        choices=ActionKind,
        default=ActionKind.CORRECTIVE,
        db_default=ActionKind.CORRECTIVE,
    )
    due_date = models.DateField(_("échéance"), null=True, blank=True)
    # The first one that was given; the moves since are `DueDateMove`.
    first_due_date = models.DateField(_("première échéance"), null=True, blank=True, editable=False)
    # Why it was cancelled; empty: not given.
    reason = models.TextField(
        _("motif d’annulation"),
        max_length=ACTION_DESCRIPTION_MAX,
        blank=True,
        default="",
        db_default="",
    )
    completed_at = models.DateTimeField(_("terminée le"), null=True, blank=True)
    # Rank within the plan: actions entered together share their creation time.
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar = CorrectiveActionQuerySet.as_manager()

    class Meta:
        verbose_name = _("action corrective")
        verbose_name_plural = _("actions correctives")
        ordering = ("position", "created_at", "id")
        # The list of all actions: what is due, and of whom.
        indexes: ClassVar = [
            models.Index(fields=["status", "due_date", "id"], name="action_status_due"),
            models.Index(fields=["owner", "due_date", "id"], name="action_owner_due"),
            GinIndex(
                OpClass(searched_text("description"), name="gin_trgm_ops"), name="action_search"
            ),
        ]
        constraints: ClassVar = [
            one_of("status", ActionStatus, "action_status_known"),
            one_of("kind", ActionKind, "action_kind_known"),
            not_blank("description", "action_description_not_blank"),
            models.CheckConstraint(
                condition=Q(status=ActionStatus.DONE, completed_at__isnull=False)
                | Q(~Q(status=ActionStatus.DONE), completed_at__isnull=True),
                name="action_done_has_instant",
            ),
        ]

    def __str__(self) -> str:
        return self.description

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done: as `CorrectiveActionQuerySet.open`."""
        return self.status not in SETTLED and self.plan.status in OPEN


class PlanComplaint(models.Model):
    """A complaint that a plan answers, in the order the caller gave."""

    id = IdField(prefix="lnk")
    plan = models.ForeignKey(
        ImprovementPlan, on_delete=models.PROTECT, related_name="complaint_links"
    )
    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="plan_links")
    position = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("réclamation liée")
        verbose_name_plural = _("réclamations liées")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "complaint"], name="plan_complaint_once")
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} – {self.complaint_id}"
