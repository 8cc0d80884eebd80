"""Findings as pages: the list with the days left, one finding, what is done about it."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display

from compliance import policies, services
from compliance.admin.audit_forms import FINDING_FIELDS, DayForm, FindingForm
from compliance.models import Finding
from compliance.querysets import FindingQuerySet
from compliance.services.findings import day_of, minors_warning
from compliance.states import FindingStatus
from qualiforma.admin import panels
from qualiforma.admin.asking import Question
from qualiforma.admin.downloads import Column, Downloads
from qualiforma.admin.kept_filters import OfCode
from qualiforma.admin.records import actor_of
from qualiforma.admin.rows import kept_rows
from qualiforma.admin.site import site
from qualiforma.qualiopi.grids import INDICATOR_MAX, named
from qualiforma.qualiopi.states import FindingSeverity
from qualiforma.record_types import RecordType, record_types
from qualiforma.training.admin.base import TrainingAdmin

PLANS = "IMPROVEMENT_PLAN"
BADGES = {
    FindingStatus.OPEN: "warning",
    FindingStatus.CORRECTED: "info",
    FindingStatus.LIFTED: "success",
}
GRAVE = {FindingSeverity.MINOR: "warning", FindingSeverity.MAJOR: "danger"}
SHORT = 120
FINDING_COLUMNS = (
    Column(_("Notifié le"), 14, lambda one: one.notified_on),
    Column(_("Indicateur"), 12, lambda one: one.indicator),
    Column(_("Libellé"), 60, lambda one: named(one.indicator, day_of(one))),
    Column(_("Gravité"), 12, lambda one: str(one.get_severity_display())),
    Column(_("Constat"), 60, lambda one: one.text),
    Column(_("À corriger avant le"), 18, lambda one: one.due_date),
    Column(_("À vérifier avant le"), 18, lambda one: one.verification_due_date),
    Column(_("Jours restants"), 15, lambda one: one.days_left(timezone.localdate())),
    Column(_("Statut"), 18, lambda one: str(one.get_status_display())),
    Column(_("Corrigé le"), 14, lambda one: one.corrected_on),
    Column(_("Levé le"), 14, lambda one: one.lifted_on),
    Column(_("Audit"), 40, lambda one: str(one.audit) if one.audit else None),
    Column(_("Plan d’amélioration"), 30, lambda one: one.live_plan_id),
    Column(_("Identifiant"), 30, lambda one: one.pk),
)


class PendingFilter(OfCode):
    title = _("suite")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("true", _("À lever")), ("late", _("En retard")), ("false", _("Levés"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "late":
            return queryset.late()
        if self.value() == "true":
            return queryset.pending()
        return queryset.lifted() if self.value() == "false" else queryset


class FindingIndicatorFilter(OfCode):
    title = _("indicateur")
    parameter_name = "indicator"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [(str(number), named(number)) for number in range(1, INDICATOR_MAX + 1)]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() not in dict(self.lookup_choices):
            return queryset
        return queryset.filter(indicator=int(str(self.value())))


def page_of(finding: Finding) -> str:
    """Return the address of a finding's page."""
    return reverse("admin:compliance_finding_change", args=[quote(finding.pk)])


def time_left(finding: Finding) -> str:
    """Say how long there is to what is due next, or how late it is."""
    days = finding.days_left(timezone.localdate())
    if days is None:
        return "–"
    if days < 0:
        return ngettext("%d jour de retard", "%d jours de retard", -days) % -days
    return ngettext("%d jour restant", "%d jours restants", days) % days


@admin.register(Finding, site=site)
class FindingAdmin(Downloads, TrainingAdmin):
    may_read = policies.can_read_audits
    may_write = policies.can_manage_audits
    form = FindingForm
    order = ("-notified_on", "-id")
    shown = FINDING_FIELDS
    empty_text = _("Les constats de vos audits seront listés ici jusqu’à ce qu’ils soient levés.")
    list_display = (
        "notified",
        "number",
        "finding",
        "grade",
        "deadline_day",
        "left",
        "answer",
        "state",
    )
    list_display_links = ("notified", "finding")
    list_filter = (PendingFilter, "severity", FindingIndicatorFilter)
    list_filter_submit = False
    list_before_template = "compliance/findings_before.html"
    change_form_outer_before_template = "compliance/finding_before.html"
    download_columns = FINDING_COLUMNS

    def get_queryset(self, request: HttpRequest) -> FindingQuerySet:
        rows: FindingQuerySet = Finding.objects.visible_to(actor_of(request))
        return rows.select_related("audit", "plan").with_plan().newest_first()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Say above the list whether minor findings count together."""
        context = {"warning": warning(), **(extra_context or {})}
        return super().changelist_view(request, context)

    @display(description=_("Notifié le"), ordering="notified_on")
    def notified(self, finding: Finding) -> str:
        return date_format(finding.notified_on, "SHORT_DATE_FORMAT")

    @display(description=_("Indicateur"), ordering="indicator")
    def number(self, finding: Finding) -> int:
        return finding.indicator

    @display(description=_("Constat"))
    def finding(self, finding: Finding) -> str:
        return finding.text if len(finding.text) <= SHORT else f"{finding.text[:SHORT]}…"

    @display(
        description=_("Gravité"),
        ordering="severity",
        label={one.label: badge for one, badge in GRAVE.items()},
    )
    def grade(self, finding: Finding) -> Any:
        return FindingSeverity(finding.severity).label

    @display(description=_("Prochaine échéance"), ordering="deadline")
    def deadline_day(self, finding: Finding) -> str:
        due = finding.deadline
        return date_format(due, "SHORT_DATE_FORMAT") if due else "–"

    @display(description=_("Délai"))
    def left(self, finding: Finding) -> str:
        told = time_left(finding)
        return format_html('<span class="qf-late">{}</span>', told) if finding.is_late else told

    @display(description=_("Plan"))
    def answer(self, finding: Any) -> str:
        if not finding.live_plan_id:
            return "–"
        page = record_types[PLANS].page(finding.live_plan_id)
        return format_html('<a class="qf-link" href="{}">{}</a>', page, finding.plan)

    @display(
        description=_("Statut"),
        ordering="status",
        label={one.label: badge for one, badge in BADGES.items()},
    )
    def state(self, finding: Finding) -> Any:
        return FindingStatus(finding.status).label

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_pending = obj is None or obj.status != FindingStatus.LIFTED
        return is_pending and self.has_write_permission(request)

    def page_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """Return the clocks of the finding and what can be done. Cost: one statement."""
        return {
            **super().page_context(request, row),
            "finding": row,
            "indicator": named(row.indicator, day_of(row)),
            "badge": BADGES[FindingStatus(row.status)],
            "grade": GRAVE[FindingSeverity(row.severity)],
            "left": time_left(row),
            "plan": record_types[PLANS].page(row.live_plan_id) if row.live_plan_id else "",
            "warning": warning() if row.severity == FindingSeverity.MINOR else "",
        }

    # --- Writing
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        actor = actor_of(request)
        if change:
            services.change_finding(
                finding=obj,
                changes=form.changes(),
                actor=actor,
                expected_versions=form.expected_versions,
            )
            return
        obj.pk = services.enter_finding(draft=form.draft(), actor=actor).pk

    def get_urls(self) -> list[URLPattern]:
        own = self.pages_below(
            correct=self.correct_view,
            lift=self.lift_view,
            reopen=self.reopen_view,
            plan=self.plan_view,
        )
        return [*own, *super().get_urls()]

    def correct_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say since when it is corrected."""
        finding = self.record_of(request, object_id, writing=True)
        form = DayForm(request.POST if request.method == "POST" else None)
        question = Question(
            title=_("Noter la correction"),
            consequence=_(
                "Le certificateur vérifie ensuite les non-conformités majeures sous un mois."
            ),
            icon="build",
            done=_("La correction est notée."),
            form=form,
            run=lambda: services.correct_finding(
                finding=finding, corrected_on=form.given, actor=actor_of(request)
            ),
        )
        return self.ask(request, finding, question)

    def lift_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Note that the certifier has lifted it."""
        finding = self.record_of(request, object_id, writing=True)
        form = DayForm(request.POST if request.method == "POST" else None)
        question = Question(
            title=_("Lever le constat"),
            consequence=_("Le certificateur l’a levé ; la fiche ne changera plus."),
            icon="task_alt",
            done=_("Le constat est levé."),
            form=form,
            run=lambda: services.lift_finding(
                finding=finding, lifted_on=form.given, actor=actor_of(request)
            ),
        )
        return self.ask(request, finding, question)

    def reopen_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take back a correction."""
        finding = self.record_of(request, object_id, writing=True)
        question = Question(
            title=_("Rouvrir le constat"),
            consequence=_("L’échéance de correction s’applique de nouveau."),
            icon="undo",
            done=_("Le constat est à corriger de nouveau."),
            run=lambda: services.reopen_finding(finding=finding, actor=actor_of(request)),
        )
        return self.ask(request, finding, question)

    def plan_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Open a plan that answers it."""
        finding = self.record_of(request, object_id, writing=True)
        question = Question(
            title=_("Ouvrir un plan"),
            consequence=_(
                "Le plan reprend le constat et son échéance légale ; vous en êtes responsable."
            ),
            icon="add_task",
            done=_("Le plan est créé, en brouillon."),
            run=lambda: services.open_finding_plan(finding=finding, actor=actor_of(request)),
        )
        return self.ask(request, finding, question)


def warning() -> str:
    """Return what has to be said of pending minor findings, if anything. Cost: one statement."""
    counts = services.count_findings()
    return minors_warning(counts) if counts.minors_count_as_major else ""


@panels.register
def plan_findings_panel(
    request: HttpRequest, known: RecordType, record_id: str
) -> tuple[str, dict[str, Any]] | None:
    """Show on a plan's page the findings that it answers. Cost: one query."""
    if known.name != PLANS:
        return None
    actor = actor_of(request)

    def of_plan(key: str) -> Any:
        return Finding.objects.visible_to(actor).filter(plan=key).newest_first()

    rows = kept_rows("findings of a plan", actor, record_id, of_plan)
    found = [(one, page_of(one), time_left(one)) for one in rows]
    return ("compliance/plan_findings_panel.html", {"rows": found}) if found else None


@panels.register_home
def findings_panel(request: HttpRequest) -> tuple[str, dict[str, Any]]:
    """Say on the home page how many findings are open and late. Cost: one statement."""
    counts = services.count_findings()
    return "compliance/findings_panel.html", {
        "counts": counts,
        "warning": minors_warning(counts) if counts.minors_count_as_major else "",
        "list": reverse("admin:compliance_finding_changelist"),
        "may_read": policies.can_read_audits(actor_of(request)),
    }
