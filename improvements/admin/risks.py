"""The register of risks as pages: the list, one risk, the matrix, the reviews."""

from collections import defaultdict
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from improvements import policies, services
from improvements.admin.risk_forms import FIELDS, RiskForm, RiskReviewForm
from improvements.models import SEARCHED_RISKS, Risk, RiskReview
from improvements.querysets import RiskQuerySet
from improvements.states import Likelihood, RiskSeverity, RiskStatus
from qualiforma.admin.downloads import Column, Downloads
from qualiforma.admin.indicators import IndicatorFilter
from qualiforma.admin.kept_filters import OfCode
from qualiforma.admin.records import RecordAdmin, actor_of
from qualiforma.admin.site import site

# From which level on a risk is shown as high, and as middling.
HIGH, MIDDLING = 9, 4
STATUS_BADGES = {
    RiskStatus.OPEN: "warning",
    RiskStatus.CONTROLLED: "success",
    RiskStatus.CLOSED: "",
}
COLUMNS = (
    Column(_("Identifiant"), 30, lambda one: one.pk),
    Column(_("Risque"), 50, lambda one: one.title),
    Column(_("Description"), 60, lambda one: one.description),
    Column(_("Probabilité"), 18, lambda one: str(one.get_likelihood_display())),
    Column(_("Gravité"), 18, lambda one: str(one.get_severity_display())),
    Column(_("Niveau"), 10, lambda one: one.level),
    Column(_("Traitement du risque"), 20, lambda one: str(one.get_treatment_display())),
    Column(_("Mesures prises"), 60, lambda one: one.measures),
    Column(_("Responsable"), 24, lambda one: one.owner.name),
    Column(_("Plan"), 40, lambda one: one.plan.title if one.plan else ""),
    Column(_("Indicateurs"), 14, lambda one: ", ".join(map(str, one.indicators))),
    Column(_("Statut"), 14, lambda one: str(one.get_status_display())),
    Column(_("Revu le"), 14, lambda one: one.reviewed_on),
    Column(_("Prochaine revue le"), 18, lambda one: one.next_review_on),
)


def level_badge(level: int) -> str:
    """Return how a level is shown."""
    if level >= HIGH:
        return "danger"
    return "warning" if level >= MIDDLING else "success"


class ReviewFilter(OfCode):
    title = _("revue")
    parameter_name = "review"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("overdue", _("Dépassée"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.overdue() if self.value() == "overdue" else queryset


@admin.register(Risk, site=site)
class RiskAdmin(Downloads, RecordAdmin):
    may_read = policies.can_read_register
    may_write = policies.can_manage_risks
    form = RiskForm
    empty_text = _(
        "Les risques que vous surveillez seront listés ici, les plus graves en tête de la "
        "matrice. Commencez par celui qui vous inquiète le plus."
    )
    list_display = ("title", "grade", "treatment", "owner", "review", "state")
    list_filter = (
        *(ReviewFilter, "status", "likelihood", "severity", "treatment", IndicatorFilter),
    )
    search_fields = SEARCHED_RISKS
    search_help_text = _("Risque, description ou mesures")
    actions: ClassVar = ()
    autocomplete_fields = ("plan",)
    list_before_template = "improvements/risk_list_before.html"
    change_form_outer_after_template = "improvements/risk_after.html"
    download_columns = COLUMNS

    def get_queryset(self, request: HttpRequest) -> RiskQuerySet:
        risks: RiskQuerySet = Risk.objects.visible_to(actor_of(request))
        return risks.select_related("owner", "plan")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("-level", "title", "id")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.matrix_view)
        return [path("matrix/", view, name="improvements_risk_matrix"), *super().get_urls()]

    @display(
        description=_("Niveau"),
        ordering="level",
        label={one: one for one in ("danger", "warning", "success")},
    )
    def grade(self, risk: Risk) -> tuple[str, str]:
        return level_badge(risk.level), str(risk.level)

    @display(
        description=_("Prochaine revue"),
        ordering="next_review_on",
        label={"late": "danger", "": ""},
    )
    def review(self, risk: Risk) -> tuple[str, str]:
        day = date_format(risk.next_review_on, "SHORT_DATE_FORMAT")
        return "late" if risk.is_overdue else "", day

    @display(description=_("Statut"), ordering="status", label=STATUS_BADGES)
    def state(self, risk: Risk) -> tuple[str, str]:
        return risk.status, risk.get_status_display()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ((None, {"fields": FIELDS}),)
        expected_version = ("expected_version",) if self.has_change_permission(request, obj) else ()
        return ((None, {"fields": (*FIELDS, "status", *expected_version)}),)

    def page_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        return {"risk": row, **self.latest_history(row)}

    def matrix_view(self, request: HttpRequest) -> HttpResponse:
        """Show the risks that are not closed by likelihood and severity. Cost: one statement."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        risks = list(self.get_queryset(request).watched().order_by("-level", "title", "pk"))
        by_cell: dict[tuple[int, int], list[Risk]] = defaultdict(list)
        for risk in risks:
            by_cell[risk.severity, risk.likelihood].append(risk)
        rows = [
            (severity.label, [_cell(severity, one, by_cell) for one in Likelihood])
            for severity in reversed(RiskSeverity)
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Matrice des risques"),
            "columns": [one.label for one in Likelihood],
            "rows": rows,
            "risks": [(one, level_badge(one.level)) for one in risks],
        }
        return TemplateResponse(request, "improvements/risk_matrix.html", context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        actor = actor_of(request)
        if change:
            services.change_risk(
                risk=obj,
                changes=form.changes(),
                actor=actor,
                expected_versions=form.expected_versions,
            )
        else:
            obj.pk = services.add_risk(draft=form.draft(), actor=actor).pk


def _cell(
    severity: RiskSeverity, likelihood: Likelihood, by_cell: dict[tuple[int, int], list[Risk]]
) -> dict[str, Any]:
    """Return a cell of the matrix: its level, its risks, and the list that shows them."""
    query = urlencode({"likelihood__exact": likelihood.value, "severity__exact": severity.value})
    level = severity * likelihood
    return {
        "level": level,
        "badge": level_badge(level),
        "count": len(by_cell.get((severity, likelihood), ())),
        "link": f"{reverse('admin:improvements_risk_changelist')}?{query}",
    }


@admin.register(RiskReview, site=site)
class RiskReviewAdmin(RecordAdmin):
    may_read = policies.can_read_register
    may_write = policies.can_manage_risks
    form = RiskReviewForm
    empty_text = _("Chaque revue annuelle des risques laissera ici une trace datée.")
    list_display = ("day", "participants", "reviewed", "author")
    actions: ClassVar = ()
    change_form_outer_after_template = "improvements/risk_review_after.html"

    def get_queryset(self, request: HttpRequest) -> Any:
        return RiskReview.objects.select_related("created_by")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("-reviewed_on", "-id")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: a review is evidence."""
        return False

    @display(description=_("Date de la revue"), ordering="reviewed_on")
    def day(self, review: RiskReview) -> str:
        return date_format(review.reviewed_on, "SHORT_DATE_FORMAT")

    @display(description=_("Risques revus"))
    def reviewed(self, review: RiskReview) -> int:
        return len(review.assessments)

    @display(description=_("Enregistrée par"))
    def author(self, review: RiskReview) -> str:
        return str(review.created_by.name)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        chosen = ("risks",) if obj is None else ()
        return ((None, {"fields": ("reviewed_on", "participants", "decisions", *chosen)}),)

    def page_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        return {"review": row}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        chosen = [one.pk for one in form.cleaned_data["risks"]]
        obj.pk = services.review_risks(
            reviewed_on=form.cleaned_data["reviewed_on"],
            participants=form.cleaned_data["participants"],
            decisions=form.cleaned_data["decisions"],
            risk_ids=chosen or None,
            actor=actor_of(request),
        ).pk
