"""Adaptive paths: courses one after another, what opens each, and which learner got which version.

A change makes a new version; versions and what they hold never change, so that a learner's path
stays what was assigned. That the modules of a version are numbered without a gap, and that they are
of the path of their version, stands in the migration `0011_path_rules`. Source: public API, POST and
PATCH /adaptive-paths; api-compliance; Qualiopi indicators 6 and 10.
"""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.needs import NeedsAnalysis
from compliance.querysets import PathAssignmentQuerySet, PathQuerySet
from compliance.states import UnlockCondition
from qualiforma.fields import not_blank, one_of, person_key
from qualiforma.ids import IdField
from qualiforma.search import searched_text
from qualiforma.training.models import Course, Questionnaire
from qualiforma.training.states import Level

NAME_MAX = 200
DESCRIPTION_MAX = 5000
MODULES_MAX = 50
RATIONALE_MAX = 2000
REASON_MAX = 2000
SEARCHED_PATHS = ("name", "description")


def _alive(name: str, *fields: str) -> models.Index:
    """Return the index of a filter in the list's order; deleted paths are not in it."""
    return models.Index(
        *(F(one) for one in fields),
        F("created_at").desc(),
        F("id").desc(),
        name=name,
        condition=Q(deleted_at__isnull=True),
    )


class PathContent(models.Model):
    """What a version keeps of a path."""

    name = models.CharField(_("nom"), max_length=NAME_MAX)
    description = models.TextField(
        _("description"), max_length=DESCRIPTION_MAX, blank=True, default=""
    )
    target_audience = models.CharField(_("public visé"), max_length=20, choices=Level)
    prerequisite_assessment = models.ForeignKey(
        Questionnaire,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("évaluation d’entrée"),
        null=True,
        blank=True,
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class AdaptivePath(PathContent):
    """A path as it is now."""

    id = IdField(prefix="pth")
    created_at = models.DateTimeField(_("créé le"), default=timezone.now, editable=False)
    created_by = person_key(verbose_name=_("créé par"), null=True, blank=True, editable=False)
    # The number of the present version, and the ETag.
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    deleted_at = models.DateTimeField(_("supprimé le"), null=True, blank=True, editable=False)
    deleted_by = person_key(verbose_name=_("supprimé par"), null=True, blank=True, editable=False)

    objects: ClassVar = PathQuerySet.as_manager()

    class Meta:
        verbose_name = _("parcours adaptatif")
        verbose_name_plural = _("parcours adaptatifs")
        indexes: ClassVar = [
            _alive("path_newest"),
            _alive("path_audience_newest", "target_audience"),
            GinIndex(
                OpClass(searched_text(*SEARCHED_PATHS), name="gin_trgm_ops"), name="path_search"
            ),
        ]
        constraints: ClassVar = [
            not_blank("name", "path_name_not_blank"),
            one_of("target_audience", Level, "path_audience_known"),
        ]

    @property
    def current_modules(self) -> "list[PathModule]":
        """The modules of the present version, in order. Prefetch `modules__version`."""
        mine = [one for one in self.modules.all() if one.version.number == self.version]
        return sorted(mine, key=lambda one: one.order)


class PathVersion(PathContent):
    """A path as it stood from one change to the next. Never changes."""

    id = IdField(prefix="ptv")
    path = models.ForeignKey(
        AdaptivePath, on_delete=models.PROTECT, related_name="versions", verbose_name=_("parcours")
    )
    number = models.PositiveIntegerField(_("numéro"))
    # Why the path was changed, where somebody said so.
    reason = models.TextField(_("motif"), max_length=REASON_MAX, blank=True, default="")
    created_at = models.DateTimeField(_("créée le"), default=timezone.now, editable=False)
    created_by = person_key(verbose_name=_("créée par"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("version de parcours")
        verbose_name_plural = _("versions de parcours")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["path", "number"], name="path_version_once"),
            not_blank("name", "path_version_name_not_blank"),
            one_of("target_audience", Level, "path_version_audience_known"),
            models.CheckConstraint(condition=Q(number__gte=1), name="path_version_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"


class PathModule(models.Model):
    """One course of a version of a path. Never changes."""

    id = IdField(prefix="ptm")
    # The version's path, by a key over both columns: the trail and the filters ask for it.
    path = models.ForeignKey(
        AdaptivePath, on_delete=models.PROTECT, related_name="modules", verbose_name=_("parcours")
    )
    version = models.ForeignKey(
        PathVersion, on_delete=models.PROTECT, related_name="modules", verbose_name=_("version")
    )
    course = models.ForeignKey(
        Course, on_delete=models.PROTECT, related_name="+", verbose_name=_("formation")
    )
    order = models.PositiveSmallIntegerField(_("ordre"))
    mandatory = models.BooleanField(_("obligatoire"), default=True)
    unlock_condition = models.CharField(
        _("condition d’ouverture"),
        max_length=20,
        choices=UnlockCondition,
        default=UnlockCondition.COMPLETION,
    )

    class Meta:
        verbose_name = _("module de parcours")
        verbose_name_plural = _("modules de parcours")
        ordering = ("order",)
        indexes: ClassVar = [models.Index(fields=["course", "path"], name="path_module_course")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "order"], name="path_module_order_once"),
            models.UniqueConstraint(fields=["version", "course"], name="path_module_course_once"),
            one_of("unlock_condition", UnlockCondition, "path_module_condition_known"),
            models.CheckConstraint(
                condition=Q(order__range=(1, MODULES_MAX)), name="path_module_order_counted"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order}. {self.course_id}"


class PathAssignment(models.Model):
    """Why this learner got this path, by whom, when (indicators 6 and 10). Never changes."""

    id = IdField(prefix="pta")
    path = models.ForeignKey(
        AdaptivePath,
        on_delete=models.PROTECT,
        related_name="assignments",
        verbose_name=_("parcours"),
    )
    version = models.ForeignKey(
        PathVersion, on_delete=models.PROTECT, related_name="+", verbose_name=_("version")
    )
    user = person_key(verbose_name=_("apprenant"))
    needs_analysis = models.ForeignKey(
        NeedsAnalysis,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("analyse des besoins"),
        null=True,
        blank=True,
    )
    rationale = models.TextField(_("motif de l’affectation"), max_length=RATIONALE_MAX)
    assigned_at = models.DateTimeField(_("affecté le"), default=timezone.now, editable=False)
    # Nobody for what was imported.
    assigned_by = person_key(verbose_name=_("affecté par"), null=True, blank=True, editable=False)

    objects: ClassVar = PathAssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("affectation de parcours")
        verbose_name_plural = _("affectations de parcours")
        indexes: ClassVar = [
            models.Index(
                F("path"), F("assigned_at").desc(), F("id").desc(), name="path_assignment_newest"
            )
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["path", "user"], name="path_assigned_once"),
            not_blank("rationale", "path_rationale_not_blank"),
        ]

    def __str__(self) -> str:
        return f"{self.path_id} – {self.user_id}"
