from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from qualiforma.admin.records import actor_of
from qualiforma.admin.site import site
from qualiforma.training import services
from qualiforma.training.admin.base import ExpectedVersionForm, Lines, TrainingAdmin
from qualiforma.training.models import SEARCHED_COMPANIES, SEARCHED_COURSES, Company, Course

COMPANY_FIELDS = ("name", "siret", "contact_email")
COURSE_FIELDS = (
    *("title", "summary", "objectives", "skills"),
    *("entry_level", "level", "duration_hours", "active"),
)


class CompanyForm(ExpectedVersionForm):
    class Meta:
        model = Company
        fields = COMPANY_FIELDS


@admin.register(Company, site=site)
class CompanyAdmin(TrainingAdmin):
    form = CompanyForm
    empty_text = _(
        "Les entreprises de vos apprenants seront listées ici. Ajoutez-en une, ou importez une "
        "liste."
    )
    list_display = ("name", "siret", "contact_email")
    search_fields = SEARCHED_COMPANIES
    search_help_text = _("Nom ou SIRET")
    shown = COMPANY_FIELDS

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        actor = actor_of(request)
        if change:
            changes, expected_version = form.given(*COMPANY_FIELDS), form.expected_versions
            services.change_company(
                company=obj, changes=changes, actor=actor, expected_versions=expected_version
            )
        else:
            draft = services.CompanyDraft(**{name: form.value_of(name) for name in COMPANY_FIELDS})
            obj.pk = services.create_company(draft=draft, actor=actor).pk


class CourseForm(ExpectedVersionForm):
    objectives = Lines(
        label=_("Objectifs"),
        required=False,
        help_text=_("Un objectif par ligne."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5}),
    )
    skills = Lines(
        label=_("Compétences"),
        required=False,
        help_text=_("Une compétence par ligne."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5}),
    )

    class Meta:
        model = Course
        fields = COURSE_FIELDS
        widgets: ClassVar = {"summary": UnfoldAdminTextareaWidget(attrs={"rows": 5})}


@admin.register(Course, site=site)
class CourseAdmin(TrainingAdmin):
    form = CourseForm
    empty_text = _(
        "Votre catalogue de formations sera ici. Ajoutez une première formation, ou importez "
        "une liste."
    )
    list_display = ("title", "levels", "duration", "offered")
    list_filter = ("active", "level", "entry_level")
    search_fields = SEARCHED_COURSES
    search_help_text = _("Intitulé ou présentation")
    shown = (
        *("title", "summary", "objectives", "skills"),
        ("entry_level", "level"),
        "duration_hours",
        "active",
    )

    @display(description=_("Niveaux"))
    def levels(self, course: Course) -> str:
        return f"{course.get_entry_level_display()} → {course.get_level_display()}"

    @display(description=_("Durée"), ordering="duration_hours")
    def duration(self, course: Course) -> str:
        return _("%s h") % f"{course.duration_hours:f}".rstrip("0").rstrip(".")

    @display(description=_("Catalogue"), label={"in": "success", "out": ""})
    def offered(self, course: Course) -> tuple[str, Any]:
        return ("in", _("Proposée")) if course.active else ("out", _("Retirée"))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        actor = actor_of(request)
        if change:
            changes, expected_version = form.given(*COURSE_FIELDS), form.expected_versions
            services.change_course(
                course=obj, changes=changes, actor=actor, expected_versions=expected_version
            )
        else:
            draft = services.CourseDraft(**{name: form.value_of(name) for name in COURSE_FIELDS})
            obj.pk = services.create_course(draft=draft, actor=actor).pk
