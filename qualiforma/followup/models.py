"""Who is reminded how, of what they were reminded, and which mails went out.

Source: follow-up, "Reminders".
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qualiforma.accounts.models import User
from qualiforma.fields import one_of
from qualiforma.followup.reminders import LEAD_DAYS, LEAD_MAX
from qualiforma.ids import IdField

SOURCE_MAX = 40
VIEW_NAME_MAX = 80
VIEW_QUERY_MAX = 2000
SETTINGS_ID = "rms_organisation"


class Language(models.TextChoices):
    """What a person's mails are written in."""

    FR = "fr", "Français"
    EN = "en", "English"


class ReminderSettings(models.Model):
    """What holds for everybody in the organisation who has said nothing else. One row, or none."""

    id = IdField(prefix="rms", default=SETTINGS_ID)
    is_on = models.BooleanField(_("rappels par e-mail"), default=True)
    lead_days = models.PositiveSmallIntegerField(_("jours d’avance"), default=LEAD_DAYS)
    muted = ArrayField(
        models.CharField(max_length=SOURCE_MAX),
        verbose_name=_("rappels coupés"),
        default=list,
        blank=True,
    )

    class Meta:
        verbose_name = _("réglage des rappels")
        verbose_name_plural = _("réglages des rappels")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=SETTINGS_ID), name="reminder_settings_once"),
            models.CheckConstraint(
                condition=Q(lead_days__range=(LEAD_DAYS, LEAD_MAX)), name="reminder_settings_lead"
            ),
        ]

    def __str__(self) -> str:
        return str(_("réglage des rappels"))


class ReminderPreference(models.Model):
    """What a person has chosen. Without a row it is what holds for the organisation."""

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="reminder_preference"
    )
    is_on = models.BooleanField(_("rappels par e-mail"), default=True)
    # The organisation's, unless the person wants to be told earlier.
    lead_days = models.PositiveSmallIntegerField(_("jours d’avance"), null=True, blank=True)
    muted = ArrayField(
        models.CharField(max_length=SOURCE_MAX),
        verbose_name=_("rappels coupés"),
        default=list,
        blank=True,
    )
    language = models.CharField(
        _("langue des e-mails"), max_length=2, choices=Language, default=Language.FR
    )

    class Meta:
        verbose_name = _("préférence de rappel")
        verbose_name_plural = _("préférences de rappel")
        constraints: ClassVar = [
            one_of("language", Language, "reminder_preference_language_known"),
            models.CheckConstraint(
                condition=Q(lead_days__isnull=True) | Q(lead_days__range=(LEAD_DAYS, LEAD_MAX)),
                name="reminder_preference_lead",
            ),
        ]

    def __str__(self) -> str:
        return str(self.user_id)


class Digest(models.Model):
    """One person's mail of one day. What it says is decided when it is sent."""

    id = IdField(prefix="dig")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("rappel par e-mail")
        verbose_name_plural = _("rappels par e-mail")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "day"], name="digest_once_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.day}"


class Reminded(models.Model):
    """How far one person was reminded of one thing. Another date begins anew."""

    id = IdField(prefix="rmd")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    source = models.CharField(max_length=SOURCE_MAX)
    object_id = models.CharField(max_length=80, db_collation="C")
    due = models.DateField()
    stage = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("rappel fait")
        verbose_name_plural = _("rappels faits")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "source", "object_id"], name="reminded_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.source} {self.object_id}"


class SavedView(models.Model):
    """A list as one person wants to see it again. Shape: `query` is what its address asks for."""

    id = IdField(prefix="lsv")
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    # The list's model, as in "improvements.correctiveaction".
    page = models.CharField(max_length=80)
    name = models.CharField(_("nom"), max_length=VIEW_NAME_MAX)
    query = models.CharField(max_length=VIEW_QUERY_MAX, blank=True)

    class Meta:
        verbose_name = _("vue d’une liste")
        verbose_name_plural = _("vues de listes")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "page", "name"], name="saved_view_name_once")
        ]

    def __str__(self) -> str:
        return self.name
