from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import quote, unquote
from django.db import transaction
from django.db.models import Count, F, OuterRef, Prefetch, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display

from compliance import policies, services
from compliance.admin.paths_forms import (
    AssignmentForm,
    ModuleForm,
    PathForm,
    PlainForm,
    modules_of,
)
from compliance.models import AdaptivePath, PathAssignment, PathModule
from compliance.models.paths import MODULES_MAX, SEARCHED_PATHS
from compliance.querysets import PathQuerySet
from compliance.states import ModuleState
from qualiforma.admin.form_errors import add_errors_to_form
from qualiforma.admin.records import RecordAdmin, actor_of, with_attributes
from qualiforma.admin.site import site
from qualiforma.api.problems import status_of
from qualiforma.errors import RuleError
from qualiforma.training.models import Course

# Of a long list of learners, the latest.
ASSIGNMENTS_SHOWN = 50
MARKS = {
    ModuleState.LOCKED: "lock",
    ModuleState.UNLOCKED: "lock_open",
    ModuleState.IN_PROGRESS: "pending",
    ModuleState.COMPLETED: "check_circle",
}


class ModuleInline(TabularInline):
    """The modules of the present version, to be dragged or moved by buttons, as rows of a list."""

    model = PathModule
    form = ModuleForm
    fk_name = "path"
    template = "compliance/path_modules.html"
    extra = 0
    max_num = MODULES_MAX
    verbose_name_plural = _("Modules, dans l’ordre")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return policies.can_read_records(actor_of(request))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return policies.can_write_records(actor_of(request))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request).select_related("course")
        if request.method == "POST":
            return rows.order_by("order")  # an older page names older rows: the service says so
        return rows.filter(version__number=F("path__version")).order_by("order")

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """Rows to fill in without a script, which adds its own."""
        return 1 if obj else 3

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        courses = Course.objects.order_by("title", "pk").values_list("pk", "title")
        formset.form = with_attributes(formset.form, courses=list(courses))
        return formset


@admin.register(AdaptivePath, site=site)
class PathAdmin(RecordAdmin):
    may_read = policies.can_read_records
    may_write = policies.can_write_records
    form = PathForm
    inlines: ClassVar = [ModuleInline]
    empty_text = _(
        "Vos parcours seront listés ici, chacun avec ses modules. Créez-en un, puis affectez-le "
        "à un apprenant."
    )
    list_display = ("name", "audience", "modules_count", "learners", "version", "created_at")
    list_filter = ("target_audience",)
    search_fields = SEARCHED_PATHS
    search_help_text = _("Nom ou description")
    change_form_outer_before_template = "compliance/path_before.html"
    change_form_outer_after_template = "compliance/path_after.html"

    class Media:
        js = ("compliance/modules.js",)
        css: ClassVar = {"all": ("compliance/page.css",)}

    # --- Reading
    def get_queryset(self, request: HttpRequest) -> PathQuerySet:
        paths: PathQuerySet = AdaptivePath.objects.visible_to(actor_of(request))
        return paths.annotate(
            module_total=_total(PathModule.objects.filter(version__number=OuterRef("version"))),
            learner_total=_total(PathAssignment.objects.all()),
        ).newest_first()

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("-created_at", "-id")

    @display(description=_("Public visé"), ordering="target_audience")
    def audience(self, path: AdaptivePath) -> str:
        return path.get_target_audience_display()

    @display(description=_("Modules"))
    def modules_count(self, path: Any) -> int:
        return int(path.module_total)

    @display(description=_("Apprenants"))
    def learners(self, path: Any) -> int:
        return int(path.learner_total)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = ["name", "description", ("target_audience", "prerequisite_assessment")]
        if obj and self.has_change_permission(request, obj):
            fields += ["reason", "expected_version"]
        return ((None, {"fields": tuple(fields)}),)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        found = self.read_once(request, object_id) if object_id else None
        context = (
            {**(extra_context or {}), **self._whole(request, found)} if found else extra_context
        )
        return super().changeform_view(request, object_id, form_url, context)

    def _whole(self, request: HttpRequest, found: Any) -> dict[str, Any]:
        """What the page shows around the fields. Cost: seven statements, whatever it shows."""
        modules = PathModule.objects.select_related("course").order_by("order")
        versions = found.versions.select_related("created_by", "prerequisite_assessment")
        assignments = found.assignments.all().whole().newest_first()[:ASSIGNMENTS_SHOWN]
        assignments = list(assignments.select_related("needs_analysis"))
        progress = services.progress_of(assignments)
        return {
            "subtitle": None,
            "path": found,
            "may_write": self.has_write_permission(request),
            "learner_total": self.learners(found),
            "versions": versions.prefetch_related(Prefetch("modules", modules)).order_by("-number"),
            "assignments": [
                (one, [(step, MARKS[step.state]) for step in progress[one.pk]])
                for one in assignments
            ],
        }

    # --- Writing
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Nothing yet: a path is written whole, with its modules."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        (formset,) = formsets
        actor, modules = actor_of(request), modules_of(formset)
        if change:
            services.change_path(
                path=form.instance,
                changes={**form.content, "modules": modules},
                reason=form.cleaned_data.get("reason", ""),
                actor=actor,
                expected_versions=form.expected_versions,
            )
        else:
            form.instance.pk = services.create_path(draft=form.draft(modules), actor=actor).pk

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        services.delete_path(path=obj, actor=actor_of(request))

    # --- Moving
    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<path:object_id>/assign/", wrap(self.assign_view), name="path_assign"),
            path("<path:object_id>/remove/", wrap(self.remove_view), name="path_remove"),
        ]
        return [*own, *super().get_urls()]

    def assign_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give the path to a learner."""
        found = self._found(request, object_id)
        form = AssignmentForm(request.POST if request.method == "POST" else None)

        def run() -> object:
            return services.assign_path(path=found, draft=form.draft(), actor=actor_of(request))

        page = reverse("admin:compliance_adaptivepath_change", args=[quote(found.pk)])
        context = {
            "title": _("Affecter à un apprenant"),
            "consequence": _("L’apprenant garde la version actuelle, même si le parcours change."),
            "icon": "person_add",
            "path": found,
        }
        return self._move(request, form, run, context, (_("Le parcours est affecté."), page))

    def remove_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Delete a path that nobody has."""
        found = self._found(request, object_id)
        form = PlainForm(request.POST if request.method == "POST" else None)

        def run() -> object:
            return services.delete_path(path=found, actor=actor_of(request))

        context = {
            "title": _("Supprimer le parcours"),
            "consequence": _(
                "Il n’apparaît plus dans les listes, mais il est conservé pour l’audit."
            ),
            "icon": "delete",
            "is_grave": True,
            "path": found,
        }
        after = reverse("admin:compliance_adaptivepath_changelist")
        return self._move(request, form, run, context, (_("Le parcours est supprimé."), after))

    def _found(self, request: HttpRequest, object_id: str) -> AdaptivePath:
        found: AdaptivePath | None = self.get_object(request, unquote(object_id))
        if found is None:
            raise Http404
        self.require_write(request)
        return found

    def _move(
        self, request: HttpRequest, form: Any, run: Any, context: dict[str, Any], then: Any
    ) -> HttpResponse:
        """Ask, do it on POST, and say so; or show what the service refused."""
        status = 200
        if form.is_valid():
            try:
                with transaction.atomic():
                    run()
            except RuleError as refusal:
                add_errors_to_form(form, refusal)
                status = status_of(refusal)
            else:
                messages.success(request, str(then[0]))
                return HttpResponseRedirect(then[1])
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "form": form,
        } | context
        return TemplateResponse(request, "compliance/path_move.html", context, status=status)


def _total(rows: Any) -> Coalesce:
    counted = rows.filter(path=OuterRef("pk")).order_by().values("path").annotate(n=Count("pk"))
    return Coalesce(Subquery(counted.values("n")), 0)
