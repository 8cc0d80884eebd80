from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import quote
from django.db import transaction
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from actionplans import policies, services
from actionplans.admin.display import BADGES, aims_of, shown
from actionplans.admin.forms import ActionForm, NewActionForm
from actionplans.admin.widgets import PICKS
from actionplans.models import Action
from actionplans.querysets import ActionQuerySet
from actionplans.states import State
from qualiforma import logs
from qualiforma.accounts.actor import Actor
from qualiforma.admin.deletion import DeletionAdmin
from qualiforma.admin.kept_filters import OfCode
from qualiforma.admin.picking import found
from qualiforma.admin.records import actor_of
from qualiforma.admin.site import site
from qualiforma.errors import RuleError
from qualiforma.search import matching

# Of a column of the board; the list has the others.
CARDS = 20


class StateFilter(OfCode):
    title = _("statut")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return State.choices

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        value = self.value()
        return queryset.standing_at(State(value)) if value in State.values else queryset


@admin.register(Action, site=site)
class ActionAdmin(DeletionAdmin):
    may_read = policies.can_read_all
    may_write = policies.can_keep_all
    form = ActionForm
    autocomplete_fields = ("plan",)
    removing = _("Supprimer l’action")
    removed = _("L’action est supprimée.")
    empty_text = _(
        "Les actions de tous les plans d’action seront réunies ici. Elles s’ajoutent à partir "
        "de leur plan."
    )
    list_display = ("title", "state", "progress", "deadline", "plan")
    list_filter = (StateFilter, "action_type", "visibility")
    list_select_related = ("plan",)
    search_fields = ("title", "description")
    search_related = ("plan__title", "assignments__user__name")
    search_help_text = _("Action, plan ou responsable")
    actions: ClassVar = ()
    list_before_template = "actionplans/action_list_before.html"
    change_form_outer_before_template = "actionplans/action_before.html"
    change_form_outer_after_template = "actionplans/action_after.html"

    # --- Reading
    def get_queryset(self, request: HttpRequest) -> ActionQuerySet:
        actions: ActionQuerySet = Action.objects.visible_to(actor_of(request))
        return actions.with_status().newest_first()

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("-created_at", "-id")

    @display(description=_("Statut"), label=BADGES)
    def state(self, action: Any) -> tuple[str, str]:
        return action.status, str(State(action.status).label)

    @display(description=_("Avancement"))
    def progress(self, action: Any) -> str:
        return format_html(
            '<progress class="qf-progress" value="{0}" max="100" aria-hidden="true"></progress> '
            "<span>{0} %</span>",
            action.completion_percent,
        )

    @display(description=_("Échéance"), ordering="due_date")
    def deadline(self, action: Any) -> str:
        if action.due_date is None:
            return "–"
        day = date_format(action.due_date, "SHORT_DATE_FORMAT")
        if action.overdue and action.status != State.EXPIRED:  # which says so itself
            return format_html('{} <span class="qf-late">{}</span>', day, _("En retard"))
        return day

    def get_form(
        self, request: HttpRequest, obj: Any = None, *args: Any, **kwargs: Any
    ) -> type[ModelForm[Any]]:
        own = {} if obj else {"form": NewActionForm}
        return super().get_form(request, obj, *args, **own | kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            focus = (_("Objectif de l’action"), {"fields": NewActionForm.focus})
            return ((None, {"fields": ("plan", *ActionForm.own)}), focus)
        if not self.has_change_permission(request, obj):
            return ((None, {"fields": ActionForm.Meta.fields}),)
        return ((None, {"fields": (*ActionForm.own, "expected_version")}),)

    def page_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        [action] = shown(Action.objects.filter(pk=row.pk))
        return {
            "subtitle": None,
            "action": action,
            "aims": aims_of(action, whole=not self.has_change_permission(request, row)),
            "notes": list(row.notes.select_related("author").newest_first()),
            "may_move": self.has_write_permission(request),
            "back": request.path,
        }

    # --- Writing
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        actor = actor_of(request)
        if change:
            services.edit_action(
                action=obj,
                changes=form.changes(),
                actor=actor,
                expected_versions=form.expected_versions,
            )
        else:
            draft, plan = form.draft(), form.cleaned_data["plan"]
            obj.pk = services.add_action(plan=plan, draft=draft, actor=actor).pk

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Back to the plan, where the next one is added."""
        page = reverse("admin:actionplans_actionplan_change", args=[quote(obj.plan_id)])
        return HttpResponseRedirect(page)

    def remove(self, row: Any, actor: Actor) -> None:
        services.delete_action(action=row, actor=actor)

    def consequence_of(self, row: Any) -> Any:
        return _(
            "L’action et son journal sont supprimés pour de bon ; le journal d’audit garde ce qu’ils étaient."
        )

    def pick_view(self, request: HttpRequest, name: str) -> HttpResponse:
        """What the form finds by searching."""
        self.require_write(request)
        pick = PICKS[name]
        rows = matching(pick.rows(), request.GET.get("q", ""), "name")
        return JsonResponse(found(rows, pick.describe))

    # --- The board
    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        name = "actionplans_action"
        return [
            path("board/", guarded(self.board_view), name=f"{name}_board"),
            path(
                "<path:object_id>/move/", guarded(require_POST(self.move_view)), name=f"{name}_move"
            ),
            *(
                path(
                    f"pick/{one}/",
                    guarded(self.pick_view),
                    {"name": one},
                    name=f"{name}_pick_{one}",
                )
                for one in PICKS
            ),
            *super().get_urls(),
        ]

    def board_view(self, request: HttpRequest) -> HttpResponse:
        """Actions by state. Cost: two queries for each of the five."""
        if not self.has_view_permission(request):
            raise Http404
        actions: ActionQuerySet = Action.objects.visible_to(actor_of(request))
        columns = []
        for state in State:
            of_state = actions.standing_at(state)
            cards = shown(of_state.newest_first()[:CARDS])
            total = of_state.count() if len(cards) == CARDS else len(cards)
            columns.append({"state": state, "badge": BADGES[state], "cards": cards, "total": total})
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Actions par statut"),
            "columns": columns,
            "may_move": self.has_write_permission(request),
            "back": request.path,
        }
        return TemplateResponse(request, "actionplans/board.html", context)

    def move_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Move one assignee's part, by the service; go back to where the button was."""
        action = self.record_of(request, object_id, writing=True)
        target, user_id = request.POST.get("target"), request.POST.get("user", "")
        if target not in State.values:
            raise Http404
        try:
            with transaction.atomic():
                services.move_assignee(
                    action=action, user_id=user_id, target=State(target), actor=actor_of(request)
                )
        except RuleError as refusal:
            logs.bind(code=refusal.code)
            messages.error(request, str(refusal.detail))
        else:
            messages.success(request, gettext("L’état de l’action « %s » est à jour.") % action)
        # The board or the action's own page, and nowhere else.
        board = reverse("admin:actionplans_action_board")
        page = reverse("admin:actionplans_action_change", args=[quote(action.pk)])
        return HttpResponseRedirect(board if request.POST.get("back") == board else page)
