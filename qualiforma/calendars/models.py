"""Feeds: which calendar a token opens, and whose it is."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qualiforma.ids import ID_MAX_LENGTH, IdField


class PlanType(models.TextChoices):
    """The kinds of plans that have a calendar; a feed without one is of its person's own work."""

    IMPROVEMENT_PLAN = "IMPROVEMENT_PLAN", _("Plan d’amélioration")
    ACTION_PLAN = "ACTION_PLAN", _("Plan d’action")


class CalendarFeed(models.Model):
    """A calendar that a person has made. Its token is kept nowhere, only the digest."""

    id = IdField(prefix="cal")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="calendar_feeds",
        db_index=False,
        verbose_name=_("personne"),
    )
    plan_type = models.CharField(
        _("type de plan"), max_length=20, choices=PlanType, blank=True, default=""
    )
    plan_id = models.CharField(
        _("plan"), max_length=ID_MAX_LENGTH, blank=True, default="", db_collation="C"
    )
    digest = models.CharField(_("empreinte"), max_length=64, db_collation="C")
    # What its texts are written in: calendar programs ask for no language.
    language = models.CharField(_("langue"), max_length=10)
    created_at = models.DateTimeField(_("créé le"), default=timezone.now)

    class Meta:
        verbose_name = _("calendrier")
        verbose_name_plural = _("calendriers")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "plan_type", "plan_id"], name="calendar_feed_once"
            ),
            models.UniqueConstraint(fields=["digest"], name="calendar_feed_digest_once"),
            models.CheckConstraint(
                condition=Q(plan_type="", plan_id="") | (~Q(plan_type="") & ~Q(plan_id="")),
                name="calendar_feed_plan_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(plan_type="") | Q(plan_type__in=PlanType.values),
                name="calendar_feed_plan_type_known",
            ),
        ]

    def __str__(self) -> str:
        return self.pk
