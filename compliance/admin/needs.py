from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import quote, unquote
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from compliance import policies, services
from compliance.admin.needs_forms import NeedsForm
from compliance.models import NeedsAnalysis
from compliance.models.needs import SEARCHED_NEEDS
from compliance.querysets import NeedsQuerySet
from compliance.recommend import Engine, EngineFailure
from compliance.recommend.reasons import tell
from compliance.states import AnalysisStatus
from qualiforma.admin.form_errors import add_errors_to_form
from qualiforma.admin.records import RecordAdmin, actor_of
from qualiforma.admin.site import site
from qualiforma.api.problems import status_of
from qualiforma.errors import RuleError
from qualiforma.training.admin.base import chosen, day
from qualiforma.training.states import Level

BADGES = {AnalysisStatus.DRAFT: "warning", AnalysisStatus.COMPLETED: "success"}
WORDS = (
    ("company", "enrollment"),
    "objectives",
    ("current_level", "target_level"),
    "context",
    "funding_source",
    "third_party_analysis",
)


class CompletionForm(forms.Form):
    """The version that the page showed."""

    expected_version = forms.IntegerField(required=False, widget=forms.HiddenInput)


@admin.register(NeedsAnalysis, site=site)
class NeedsAdmin(RecordAdmin):
    may_read = policies.can_read_records
    may_write = policies.can_write_records
    form = NeedsForm
    empty_text = _(
        "Chaque analyse des besoins aura ici sa ligne. Commencez-en une avant l’entrée en "
        "formation."
    )
    list_display = ("need", "company", "levels", "state", "coverage", "author", "since")
    list_display_links = ("need",)
    list_filter = (
        *("status", "current_level", "target_level", "funding_source"),
        *(chosen("company"), chosen("enrollment")),
    )
    list_filter_submit = True
    list_select_related = ("company", "created_by")
    search_fields = SEARCHED_NEEDS
    search_help_text = _("Objectifs ou contexte")
    actions: ClassVar = ()
    autocomplete_fields = ("company", "enrollment")
    change_form_outer_before_template = "compliance/needs_before.html"
    change_form_outer_after_template = "compliance/needs_after.html"

    class Media:
        css: ClassVar = {"all": ("compliance/page.css", "compliance/needs.css")}

    # --- Reading
    def get_queryset(self, request: HttpRequest) -> NeedsQuerySet:
        analyses: NeedsQuerySet = NeedsAnalysis.objects.visible_to(actor_of(request))
        return analyses.select_related("company", "created_by").newest_first()

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("-created_at", "-id")

    @display(description=_("Besoin"))
    def need(self, analysis: NeedsAnalysis) -> str:
        more = len(analysis.objectives) - 1
        return f"{analysis.objectives[0]} (+ {more})" if more else analysis.objectives[0]

    @display(description=_("Niveaux"), ordering="target_level")
    def levels(self, analysis: NeedsAnalysis) -> str:
        return f"{analysis.get_current_level_display()} → {analysis.get_target_level_display()}"

    @display(description=_("Statut"), ordering="status", label=BADGES)
    def state(self, analysis: NeedsAnalysis) -> tuple[str, str]:
        return analysis.status, analysis.get_status_display()

    @display(description=_("Objectifs couverts"))
    def coverage(self, analysis: NeedsAnalysis) -> str:
        covered = len(analysis.gap_analysis["coveredObjectives"])
        return f"{covered} / {len(analysis.objectives)}"

    @display(description=_("Menée par"))
    def author(self, analysis: NeedsAnalysis) -> str:
        return analysis.created_by.name if analysis.created_by else ""

    @display(description=_("Créée le"), ordering="created_at")
    def since(self, analysis: NeedsAnalysis) -> str:
        return day(analysis.created_at)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_open = obj is None or obj.status == AnalysisStatus.DRAFT
        return is_open and self.has_write_permission(request)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ((None, {"fields": (*WORDS, "accessibility_needs", "status")}),)
        may_see = policies.can_see_accessibility(actor_of(request), obj)
        note = ("accessibility_needs",) if may_see else ()
        if self.has_change_permission(request, obj):
            return ((None, {"fields": (*WORDS, *note, "expected_version")}),)
        # What cannot be changed is read above and below.
        words = tuple(one for one in WORDS if one != "objectives")
        return ((None, {"fields": (*words, *note)}),)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        found: Any = self.read_once(request, object_id) if object_id else None
        context = dict(extra_context or {})
        if found:
            context |= {
                "subtitle": None,
                "analysis": found,
                "badge": BADGES[AnalysisStatus(found.status)],
                "may_complete": self.has_change_permission(request, found),
                **told(found),
            }
        return super().changeform_view(request, object_id, form_url, context)

    # --- Writing
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        actor = actor_of(request)
        if change:
            stored = NeedsAnalysis.objects.get(pk=obj.pk)  # `obj` holds what was typed already
            services.change_analysis(
                analysis=stored,
                changes=form.changes(),
                actor=actor,
                expected_versions=form.expected_versions,
            )
        else:
            obj.pk = services.create_analysis(draft=form.draft(), actor=actor).pk

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = path("<path:object_id>/complete/", wrap(self.complete_view), name="needs_complete")
        return [own, *super().get_urls()]

    def complete_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then complete the draft for good."""
        found = self.get_object(request, unquote(object_id))
        if found is None:
            raise Http404
        self.require_write(request)
        status = 200
        form = CompletionForm(request.POST or None, initial={"expected_version": found.version})
        if request.method == "POST" and form.is_valid():
            expected_version = form.cleaned_data["expected_version"]
            try:
                with transaction.atomic():
                    services.complete_analysis(
                        analysis=found,
                        actor=actor_of(request),
                        expected_versions=None if expected_version is None else (expected_version,),
                    )
            except RuleError as refusal:
                add_errors_to_form(form, refusal)
                status = status_of(refusal)
            else:
                messages.success(request, str(_("L’analyse est validée.")))
                page = reverse("admin:compliance_needsanalysis_change", args=[quote(found.pk)])
                return HttpResponseRedirect(page)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Valider l’analyse"),
            "form": form,
            "analysis": found,
        }
        return TemplateResponse(request, "compliance/needs_complete.html", context, status=status)


def told(analysis: NeedsAnalysis) -> dict[str, Any]:
    """Return what was recommended and what is missing, in words."""
    gap = analysis.gap_analysis
    failure = gap["engineFailure"]
    return {
        "objectives": [
            (text, rank in gap["coveredObjectives"])
            for rank, text in enumerate(analysis.objectives)
        ],
        "recommendations": [
            {
                **one,
                "level": Level(one["level"]).label,
                "percent": round(one["score"] * 100),
                "reasons": [tell(reason) for reason in one["reasons"]],
            }
            for one in analysis.recommendations
        ],
        "coverage": round(gap["coverage"] * 100),
        "steps": [Level(one).label for one in gap["steps"]],
        "engine": Engine(gap["engine"]).label,
        "failure": EngineFailure(failure).label if failure else "",
    }
