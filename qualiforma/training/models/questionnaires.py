"""Questionnaires and what was answered."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qualiforma.fields import newest, not_blank, one_of
from qualiforma.ids import IdField
from qualiforma.search import searched_text
from qualiforma.training.models.catalogue import Course
from qualiforma.training.models.enrollments import Enrollment
from qualiforma.training.models.limits import SCORE_MAX, TITLE_MAX
from qualiforma.training.querysets import QuestionnaireQuerySet
from qualiforma.training.states import (
    QuestionnaireKind,
    RespondentRole,
)


class Questionnaire(models.Model):
    """A questionnaire put to learners, companies, funders or trainers."""

    id = IdField(prefix="qst")
    title = models.CharField(_("intitulé"), max_length=TITLE_MAX)
    kind = models.CharField(_("nature"), max_length=20, choices=QuestionnaireKind)
    course = models.ForeignKey(
        Course,
        on_delete=models.PROTECT,
        related_name="questionnaires",
        verbose_name=_("formation"),
        null=True,
        blank=True,
    )
    # Fixed once there is a submission: 12/20 stays 12/20.
    max_score = models.DecimalField(_("score maximal"), max_digits=7, decimal_places=2)
    created_at = models.DateTimeField(_("créé le"), default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar = QuestionnaireQuerySet.as_manager()

    class Meta:
        verbose_name = _("questionnaire")
        verbose_name_plural = _("questionnaires")
        indexes: ClassVar = [
            newest(name="questionnaire_newest"),
            models.Index(searched_text("title"), F("id"), name="questionnaire_title"),
            newest("kind", name="questionnaire_kind_newest"),
            newest("course", name="questionnaire_course_newest"),
        ]
        constraints: ClassVar = [
            not_blank("title", "questionnaire_title_not_blank"),
            one_of("kind", QuestionnaireKind, "questionnaire_kind_known"),
            models.CheckConstraint(
                condition=Q(max_score__gt=0, max_score__lte=SCORE_MAX),
                name="questionnaire_max_score_positive",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Submission(models.Model):
    """One answered questionnaire."""

    id = IdField(prefix="sub")
    questionnaire = models.ForeignKey(
        Questionnaire,
        on_delete=models.PROTECT,
        related_name="submissions",
        verbose_name=_("questionnaire"),
    )
    enrollment = models.ForeignKey(
        Enrollment,
        on_delete=models.PROTECT,
        related_name="submissions",
        verbose_name=_("inscription"),
        null=True,
        blank=True,
    )
    respondent_role = models.CharField(_("répondant"), max_length=20, choices=RespondentRole)
    score = models.DecimalField(_("score"), max_digits=7, decimal_places=2, null=True, blank=True)
    # The questionnaire's, by a key over both columns: the check below needs it in this row.
    max_score = models.DecimalField(max_digits=7, decimal_places=2, editable=False)
    submitted_at = models.DateTimeField(_("répondu le"), default=timezone.now)
    answers = models.JSONField(_("réponses"), default=dict, blank=True)
    created_at = models.DateTimeField(_("saisie le"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("réponse à un questionnaire")
        verbose_name_plural = _("réponses aux questionnaires")
        indexes: ClassVar = [
            models.Index(
                F("questionnaire"),
                F("submitted_at").desc(),
                F("id").desc(),
                name="submission_latest",
            )
        ]
        constraints: ClassVar = [
            one_of("respondent_role", RespondentRole, "submission_role_known"),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__gte=0, score__lte=F("max_score")),
                name="submission_score_within",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.questionnaire} – {timezone.localdate(self.submitted_at):%d/%m/%Y}"
