"""Companies and the catalogue of courses."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qualiforma.fields import newest, not_blank, one_of
from qualiforma.ids import IdField
from qualiforma.search import Joined, WeightedWords, searched_text
from qualiforma.training.models.limits import (
    HOURS_MAX,
    OBJECTIVE_MAX,
    SEARCHED_COMPANIES,
    SEARCHED_COURSES,
    SKILL_MAX,
    SUMMARY_MAX,
    TITLE_MAX,
)
from qualiforma.training.querysets import CompanyQuerySet, CourseQuerySet
from qualiforma.training.states import (
    Level,
)

# What recommendations look through: the title says most, the summary least.
COURSE_WORDS = WeightedWords(F("title"), Joined(F("skills")), Joined(F("objectives")), F("summary"))


class Company(models.Model):
    """A client of the organisation, who sends learners."""

    id = IdField(prefix="cmp")
    name = models.CharField(_("raison sociale"), max_length=TITLE_MAX)
    siret = models.CharField(_("SIRET"), max_length=14, blank=True, default="")
    contact_email = models.EmailField(_("adresse de contact"), blank=True, default="")
    created_at = models.DateTimeField(_("créée le"), default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar = CompanyQuerySet.as_manager()

    class Meta:
        verbose_name = _("entreprise")
        verbose_name_plural = _("entreprises")
        indexes: ClassVar = [
            newest(name="company_newest"),
            # Imports look for companies by their exact names.
            models.Index(fields=["name"], name="company_exact_name"),
            models.Index(searched_text("name"), F("id"), name="company_name"),
            GinIndex(
                OpClass(searched_text(*SEARCHED_COMPANIES), name="gin_trgm_ops"),
                name="company_search",
            ),
        ]
        constraints: ClassVar = [
            not_blank("name", "company_name_not_blank"),
            models.CheckConstraint(
                condition=Q(siret="") | Q(siret__regex=r"^[0-9]{14}$"), name="company_siret_digits"
            ),
            models.UniqueConstraint(
                fields=["siret"], condition=~Q(siret=""), name="company_siret_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Course(models.Model):
    """A training of the catalogue: what it teaches, from which level to which."""

    id = IdField(prefix="crs")
    title = models.CharField(_("intitulé"), max_length=TITLE_MAX)
    summary = models.TextField(_("présentation"), blank=True, default="", max_length=SUMMARY_MAX)
    objectives = ArrayField(
        models.CharField(max_length=OBJECTIVE_MAX),
        verbose_name=_("objectifs"),
        default=list,
        blank=True,
    )
    level = models.CharField(_("niveau visé"), max_length=20, choices=Level)
    entry_level = models.CharField(
        _("niveau d’entrée"), max_length=20, choices=Level, default=Level.BEGINNER
    )
    duration_hours = models.DecimalField(_("durée en heures"), max_digits=7, decimal_places=2)
    skills = ArrayField(
        models.CharField(max_length=SKILL_MAX),
        verbose_name=_("compétences"),
        default=list,
        blank=True,
    )
    active = models.BooleanField(_("au catalogue"), default=True)
    created_at = models.DateTimeField(_("créée le"), default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar = CourseQuerySet.as_manager()

    class Meta:
        verbose_name = _("formation")
        verbose_name_plural = _("formations")
        indexes: ClassVar = [
            newest(name="course_newest"),
            newest("level", name="course_level_newest"),
            newest("active", name="course_active_newest"),
            models.Index(searched_text("title"), F("id"), name="course_title"),
            GinIndex(
                OpClass(searched_text(*SEARCHED_COURSES), name="gin_trgm_ops"),
                name="course_search",
            ),
            GinIndex(COURSE_WORDS, name="course_words"),
        ]
        constraints: ClassVar = [
            not_blank("title", "course_title_not_blank"),
            one_of("level", Level, "course_level_known"),
            one_of("entry_level", Level, "course_entry_level_known"),
            models.CheckConstraint(
                condition=Q(duration_hours__gt=0, duration_hours__lte=HOURS_MAX),
                name="course_duration_positive",
            ),
        ]

    def __str__(self) -> str:
        return self.title
