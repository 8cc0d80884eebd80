from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import quote, unquote
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display

from improvements import policies, services
from improvements.admin.bulk import BulkMoves
from improvements.admin.filters import IndicatorFilter, LatenessFilter, OwnerFilter, WaitingFilter
from improvements.admin.forms import ActionForm, PlanForm
from improvements.admin.moves import MOVES, Move
from improvements.models import SEARCHED, CorrectiveAction, ImprovementPlan
from improvements.querysets import PlanQuerySet
from improvements.states import FROZEN, SETTLED, ActionStatus, PlanStatus
from qualiforma.accounts.models import User
from qualiforma.api.problems import status_of
from qualiforma.errors import RuleError
from qualiforma.staff.records import RecordAdmin, actor_of, with_attributes
from qualiforma.staff.refusals import place_refusal
from qualiforma.staff.site import site

BADGES = {
    PlanStatus.DRAFT: "info",
    PlanStatus.IN_PROGRESS: "warning",
    PlanStatus.COMPLETED: "success",
    PlanStatus.ARCHIVED: "",
}


def is_workable(request: HttpRequest, plan: ImprovementPlan | None) -> bool:
    """Say whether the page of a plan has fields. A POST always reaches the service, which refuses."""
    return plan is None or request.method == "POST" or plan.status not in FROZEN


class ActionInline(TabularInline):
    model = CorrectiveAction
    form = ActionForm
    extra = 0
    hide_title = True  # it would repeat the description
    verbose_name_plural = _("Actions correctives")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return policies.can_read_register(actor_of(request))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return policies.can_manage_plans(actor_of(request)) and is_workable(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: an action that is not to be done is cancelled, and stays told."""
        return False

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("owner")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        owner = "owner_id" if self.has_change_permission(request, obj) else "owner"
        return ("description", "status", owner, "due_date")

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        owners = list(User.objects.filter(is_active=True).values_list("pk", "name"))
        formset.form = with_attributes(
            formset.form,
            refused=getattr(request, "refused", None),
            owners=sorted(owners, key=lambda one: one[1]),
        )
        return formset


@admin.register(ImprovementPlan, site=site)
class PlanAdmin(BulkMoves, RecordAdmin):
    may_read = policies.can_read_register
    may_write = policies.can_manage_plans
    form = PlanForm
    inlines: ClassVar = [ActionInline]
    list_display = ("title", "state", "progress", "deadline", "trigger", "owner")
    list_filter = ("status", "trigger", LatenessFilter, WaitingFilter, OwnerFilter, IndicatorFilter)
    list_select_related = ("owner",)
    search_fields = SEARCHED
    search_help_text = _("Mots du titre ou de la description")
    actions = ("start_each", "archive_each", "give_up_each", "delete_each")
    change_form_outer_before_template = "improvements/plan_before.html"
    change_form_outer_after_template = "improvements/plan_after.html"

    # --- Reading
    def get_queryset(self, request: HttpRequest) -> PlanQuerySet:
        plans: PlanQuerySet = ImprovementPlan.objects.visible_to(actor_of(request))
        return plans.with_progress().newest_first()

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

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        plan = self.get_object(request, unquote(object_id)) if object_id else None
        context = {**(extra_context or {}), **self._whole(request, plan)} if plan else extra_context
        return super().changeform_view(request, object_id, form_url, context)

    def _whole(self, request: HttpRequest, plan: Any) -> dict[str, Any]:
        """What the page shows around the fields."""
        moves = [move for move in MOVES.values() if move.is_legal(plan)]
        return {
            "subtitle": None,
            "plan": plan,
            "moves": moves if self.has_write_permission(request) else [],
            "badge": BADGES[PlanStatus(plan.status)],
            "report": getattr(plan, "closing_report", None),
        }

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        return initial | {"linked_complaint_ids": request.GET.getlist("linked_complaint_ids")}

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        first = ("title", "description", ("trigger", "owner"), "target_date", "indicators")
        editable = self.has_change_permission(request, obj)
        more = ("linked_complaint_ids", "seen") if editable else ()
        return ((None, {"fields": (*first, *more)}),)

    # --- Writing
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and is_workable(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        actor = actor_of(request)
        if change:
            services.edit_plan(
                plan=obj, changes=form.changes(), actor=actor, seen=form.seen_versions
            )
        else:
            obj.pk = services.create_plan(draft=form.draft(), actor=actor).pk

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        for formset in formsets:
            for row in formset.forms:
                if row.has_changed():
                    try:
                        self._save_action(request, form.instance, row)
                    except RuleError as refusal:
                        self.note_refusal(request, refusal, row.prefix)
                        raise

    @staticmethod
    def _save_action(request: HttpRequest, plan: ImprovementPlan, row: ActionForm) -> None:
        actor = actor_of(request)
        if row.instance.pk and not row.instance._state.adding:  # noqa: SLF001 - documented
            services.change_action(action=row.instance, changes=row.changes(), actor=actor)
            return
        action = services.add_action(plan=plan, draft=row.draft(), actor=actor)
        status = row.cleaned_data["status"]
        if status != ActionStatus.TODO:
            services.change_action(action=action, changes={"status": status}, actor=actor)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        services.delete_plan(plan=obj, actor=actor_of(request))

    # --- Moving
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.move_view)
        name = "improvements_improvementplan_move"
        return [path("<path:object_id>/move/<slug:name>/", view, name=name), *super().get_urls()]

    def move_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """One move of one plan: asked for where it needs an answer, done on POST."""
        plan, move = self.get_object(request, unquote(object_id)), MOVES.get(name)
        if plan is None or move is None:
            raise Http404
        self.require_write(request)
        form = move.form(request.POST if request.method == "POST" else None)
        status = 200
        if form.is_valid():
            try:
                with transaction.atomic():
                    move.run(plan, actor_of(request), form)
            except RuleError as refusal:
                place_refusal(form, refusal)
                status = status_of(refusal)
            else:
                messages.success(request, str(move.done))
                return HttpResponseRedirect(self._after(plan, move))
        return self._move_page(request, plan, move, form, status)

    def _move_page(
        self, request: HttpRequest, plan: Any, move: Move, form: Any, status: int
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": move.label,
            "plan": plan,
            "move": move,
            "form": form,
            "is_legal": move.is_legal(plan),
            "open_actions": list(plan.actions.exclude(status__in=SETTLED).select_related("owner")),
        }
        return TemplateResponse(request, "improvements/plan_move.html", context, status=status)

    @staticmethod
    def _after(plan: ImprovementPlan, move: Move) -> str:
        if move.name == "delete":
            return reverse("admin:improvements_improvementplan_changelist")
        return reverse("admin:improvements_improvementplan_change", args=[quote(plan.pk)])
