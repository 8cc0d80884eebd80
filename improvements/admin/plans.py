from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from improvements import documents, policies, services
from improvements.admin.action_evidence import evidence_of_actions
from improvements.admin.actions import ActionInline, is_workable
from improvements.admin.attachments import PlanFiles
from improvements.admin.bulk import BulkMoves
from improvements.admin.downloads import PLAN_COLUMNS, with_details
from improvements.admin.effects import EffectFilter, EffectPages
from improvements.admin.filters import (
    DeletedFilter,
    LatenessFilter,
    OwnerFilter,
    WaitingFilter,
)
from improvements.admin.forms import ActionForm, PlanForm
from improvements.admin.move_pages import MovePages
from improvements.admin.moves import MOVES
from improvements.admin.results import ResultInline, drafts_of
from improvements.admin.undo import undo_actions_address
from improvements.admin.warnings import warn
from improvements.documents import days_late
from improvements.models import (
    SEARCHED,
    Complaint,
    CorrectiveAction,
    ExpectedResult,
    ImprovementPlan,
    PlanComplaint,
)
from improvements.querysets import PlanQuerySet
from improvements.reports import report_of
from improvements.services.policy import missing_to_change
from improvements.states import OPEN, SETTLED, ActionStatus, PlanStatus
from qualiforma.admin.downloads import Downloads
from qualiforma.admin.indicators import IndicatorFilter, indicator_list
from qualiforma.admin.people import OffersPeople
from qualiforma.admin.records import RecordAdmin, actor_of
from qualiforma.admin.site import site
from qualiforma.admin.uploads import FileInput
from qualiforma.errors import RuleError
from qualiforma.read_together import RowsTogether, keep_related

# What is proposed for a plan that answers a complaint; the person says otherwise.
DAYS_TO_ANSWER = timedelta(days=30)
PAGE = "improvements_improvementplan_change"
BADGES = {
    PlanStatus.DRAFT: "info",
    PlanStatus.IN_PROGRESS: "warning",
    PlanStatus.COMPLETED: "success",
    PlanStatus.ARCHIVED: "",
}


@admin.register(ImprovementPlan, site=site)
class PlanAdmin(Downloads, BulkMoves, MovePages, EffectPages, PlanFiles, OffersPeople, RecordAdmin):
    may_read = policies.can_read_register
    may_write = policies.can_manage_plans
    form = PlanForm
    inlines: ClassVar = [ActionInline, ResultInline]
    empty_text = _(
        "Chaque plan d’amélioration aura ici sa ligne : ce qui l’a déclenché, qui en répond, où "
        "il en est. Le premier part souvent d’une réclamation ou d’un audit."
    )
    list_display = (
        "reference",
        "title",
        "state",
        "progress",
        "deadline",
        "effect",
        "trigger",
        "owner",
    )
    list_filter = (
        "status",
        "trigger",
        LatenessFilter,
        WaitingFilter,
        OwnerFilter,
        IndicatorFilter,
        EffectFilter,
        DeletedFilter,
    )
    list_display_links = ("reference", "title")
    list_select_related = ("owner",)
    search_fields = SEARCHED
    search_related = ("owner__name", "actions__description", "actions__owner__name")
    search_help_text = _("Plan, action, responsable ou identifiant")
    actions = ("start_each", "archive_each", "give_up_each", "delete_each")
    change_form_outer_before_template = "improvements/plan_before.html"
    change_form_outer_after_template = "improvements/plan_after.html"
    download_columns = PLAN_COLUMNS
    download_files: ClassVar = {
        "plan.pdf": documents.write_plan_pdf,
        "plan.xlsx": documents.write_plan_workbook,
        "rapport.pdf": documents.write_report_pdf,
    }

    def download_rows(self, records: list[Any]) -> list[Any]:
        return with_details(records)

    @property
    def media(self) -> Any:
        return super().media + FileInput().media

    # --- Reading
    def get_queryset(self, request: HttpRequest) -> PlanQuerySet:
        """Plans, or with `deleted=true` the drafts that were deleted."""
        plans = ImprovementPlan.objects.with_effect().select_related("owner")
        if request.GET.get(DeletedFilter.parameter_name) == "true":
            return plans.deleted_visible_to(actor_of(request)).with_progress().newest_first()
        return plans.visible_to(actor_of(request)).with_progress().newest_first()

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """One plan, a deleted draft too, which is shown and refuses every change."""
        found = super().get_object(request, object_id, from_field)
        if found is None:
            plans = ImprovementPlan.objects.with_effect()
            deleted = plans.deleted_visible_to(actor_of(request))
            found = deleted.with_progress().filter(pk=object_id).first()
        route = request.resolver_match
        if found and request.method == "GET" and route and route.url_name == PAGE:
            _read_rows(found)
        return found

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("-created_at", "-id")

    @display(description=_("Statut"), ordering="status", label=BADGES)
    def state(self, plan: ImprovementPlan) -> tuple[str, str]:
        return plan.status, plan.get_status_display()

    @display(description=_("Avancement"))
    def progress(self, plan: Any) -> str:
        if not plan.actions_count:
            return gettext("Aucune action")
        return format_html(
            '<progress class="qf-progress" value="{}" max="{}" aria-hidden="true"></progress> '
            "<span>{} / {}</span>",
            *(plan.actions_completed, plan.actions_count) * 2,
        )

    @display(description=_("Échéance"), ordering="target_date")
    def deadline(self, plan: ImprovementPlan) -> str:
        day = date_format(plan.target_date, "SHORT_DATE_FORMAT")
        if plan.is_overdue:
            return format_html('{} <span class="qf-late">{}</span>', day, _("En retard"))
        return day

    more_buttons = (("_start", _("Créer et démarrer")),)

    def page_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        may_move = self.has_write_permission(request) and row.deleted_at is None
        return {
            "subtitle": None,
            "plan": row,
            "may_edit": may_move and row.status in OPEN,
            **_late_of(row),
            "printed_actions": row.actions.all(),
            "printed_results": row.expected_results.all(),
            "moves": [move for move in MOVES.values() if may_move and move.is_legal(row)],
            "may_restore": self.has_write_permission(request) and row.deleted_at is not None,
            "badge": BADGES[PlanStatus(row.status)],
            "indicators": indicator_list(row.indicators),
            **report_of(row),
            **self.effect_of(request, row),
            **self.files_of(request, row),
            **evidence_of_actions(row, actor_of(request)),
            **self.latest_history(row),
        }

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Return what the address says, one's own name, and what the complaint to answer says."""
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        linked = request.GET.getlist("linked_complaint_ids")
        about: dict[str, Any] = {"owner": request.user.pk}
        complaint = Complaint.objects.visible_to(actor_of(request)).filter(pk__in=linked).first()
        if complaint:
            about |= {
                "title": complaint.subject,
                "description": complaint.description,
                "target_date": timezone.localdate() + DAYS_TO_ANSWER,
            }
        return about | initial | {"linked_complaint_ids": linked}

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return no field for a plan that is only read: the page's summary shows what they hold."""
        editable = self.has_change_permission(request, obj)
        if obj is not None and not editable:
            return ()
        first = (
            *("title", "description", ("trigger", "owner"), "target_date", "indicators"),
            *("root_cause", "cause_method"),
        )
        more = ("linked_complaint_ids", "expected_version") if editable else ()
        return ((None, {"fields": (*first, *more)}),)

    # --- Writing
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and is_workable(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        actor = actor_of(request)
        if change:
            services.edit_plan(
                plan=obj,
                changes=form.changes(),
                actor=actor,
                expected_versions=form.expected_versions,
            )
        else:
            made = services.create_plan(draft=form.draft(), actor=actor)
            obj.pk, obj.reference = made.pk, made.reference

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        actions, *results = formsets
        self._save_actions(request, form.instance, actions)
        for formset in results:
            if formset.has_changed():
                changes = {"expected_results": drafts_of(formset)}
                try:
                    services.edit_plan(plan=form.instance, changes=changes, actor=actor_of(request))
                except RuleError as refusal:
                    self.note_refusal(request, refusal)
                    raise
        moved = sum(
            "status" in row.changed_data for row in actions.initial_forms if row.has_changed()
        )
        if moved:
            text = ngettext(
                "%d action a changé de statut.", "%d actions ont changé de statut.", moved
            )
            undo = undo_actions_address(plan_id=form.instance.pk)
            messages.success(request, text % moved, extra_tags=undo)
        if not change and "_start" in request.POST:
            services.change_plan_status(
                plan=form.instance, target=PlanStatus.IN_PROGRESS, actor=actor_of(request)
            )

    def _save_actions(self, request: HttpRequest, plan: ImprovementPlan, formset: Any) -> None:
        for row in formset.forms:
            if row.has_changed():
                try:
                    _save_action(request, plan, row)
                except RuleError as refusal:
                    self.note_refusal(request, refusal, row.prefix)
                    raise

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        services.delete_plan(plan=obj, actor=actor_of(request))


def _save_action(request: HttpRequest, plan: ImprovementPlan, row: ActionForm) -> None:
    actor = actor_of(request)
    if row.instance.pk and not row.instance._state.adding:
        changes = row.changes()
        before = CorrectiveAction.objects.select_related("plan").get(pk=row.instance.pk)
        services.change_action(action=before, changes=changes, actor=actor)
        warn(request, missing_to_change(before, changes))
        return
    action = services.add_action(plan=plan, draft=row.draft(), actor=actor)
    status = row.cleaned_data["status"]
    if status != ActionStatus.TODO:
        changes = {"status": status, "reason": row.cleaned_data.get("reason", "")}
        if row.cleaned_data.get("completed_on"):
            changes["completed_on"] = row.cleaned_data["completed_on"]
        services.change_action(action=action, changes=changes, actor=actor)
        warn(request, missing_to_change(action, changes))


# What the fields show, and what is read or printed above them; their statements are written once.
_rows_of = RowsTogether(
    lambda key: PlanComplaint.objects.select_related("complaint").filter(plan_id=key),
    lambda key: CorrectiveAction.objects.select_related("owner").filter(plan_id=key),
    lambda key: ExpectedResult.objects.filter(plan_id=key),
)


def _read_rows(plan: ImprovementPlan) -> None:
    """Read these rows once. Cost: one trip."""
    names = ("complaint_links", "actions", "expected_results")
    for name, rows in zip(names, _rows_of(plan.pk), strict=True):
        keep_related([plan], ImprovementPlan, name, rows)


def _late_of(plan: ImprovementPlan) -> dict[str, Any]:
    """Return by how many days the plan is late, and its late actions, each with its days."""
    is_open = plan.status in OPEN
    late = [
        (days, one)
        for one in plan.actions.all()
        if (days := days_late(one.due_date, is_open=is_open and one.status not in SETTLED))
    ]
    late.sort(key=lambda pair: (-pair[0], pair[1].pk))
    return {
        "plan_late": days_late(plan.target_date, is_open=is_open),
        "late_actions": [(one, days) for days, one in late],
    }
