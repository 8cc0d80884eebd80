"""All corrective actions in one list: who has to do what until when, and what is late."""

from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.utils import quote
from django.db.models import Exists, F, OuterRef
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from improvements import policies, services
from improvements.admin.bulk import Asked, ask_for_each
from improvements.admin.downloads import ACTION_COLUMNS, with_first_due_dates
from improvements.admin.forms import ReasonForm
from improvements.admin.undo import UndoneActions, undo_actions_address
from improvements.admin.warnings import warn
from improvements.documents import days_late
from improvements.models import CorrectiveAction
from improvements.querysets import IS_SETTLED, MOST_URGENT_FIRST, CorrectiveActionQuerySet
from improvements.services.policy import NO_CANCEL_REASON
from improvements.states import OPEN, SETTLED, ActionStatus
from qualiforma.accounts.models import User
from qualiforma.admin.downloads import Downloads
from qualiforma.admin.kept_filters import OfCode
from qualiforma.admin.records import RecordAdmin, actor_of
from qualiforma.admin.site import site
from qualiforma.api.problems import page_status_of
from qualiforma.errors import RuleError
from qualiforma.followup.list_views import ListViews

BADGES = {
    ActionStatus.TODO: "info",
    ActionStatus.IN_PROGRESS: "warning",
    ActionStatus.DONE: "success",
    ActionStatus.CANCELLED: "",
}


class DueFilter(OfCode):
    title = _("échéance")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [
            ("late", _("En retard")),
            ("week", _("Sous sept jours")),
            ("later", _("Plus tard")),
            ("none", _("Sans échéance")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        chosen = str(self.value())
        return queryset.due(chosen) if chosen in dict(self.lookup_choices) else queryset


class PersonFilter(SimpleListFilter):
    """Those who have an action."""

    title = _("responsable")
    parameter_name = "owner"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        owners = User.objects.filter(pk__in=CorrectiveAction.objects.values("owner"))
        return list(owners.order_by("name", "pk").values_list("pk", "name"))

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(owner=self.value()) if self.value() else queryset


@admin.register(CorrectiveAction, site=site)
class ActionAdmin(UndoneActions, ListViews, Downloads, RecordAdmin):
    """The list alone: an action is read and changed on its plan's page."""

    may_read = policies.can_read_register
    may_write = policies.can_manage_plans
    empty_text = _(
        "Les actions de tous les plans seront réunies ici, les plus urgentes d’abord. Elles "
        "s’ajoutent sur la page de leur plan."
    )
    list_display = ("description", "plan_link", "person", "deadline", "state")
    more_columns = ("kind", "first_deadline", "finished", "reason")
    groups: ClassVar = {"person": _("Par personne"), "week": _("Par semaine")}
    list_before_template = "backoffice/list_views.html"

    class Media:
        js = ("backoffice/state.js",)

    list_display_links = ("description",)
    list_filter = (DueFilter, "status", PersonFilter)
    list_select_related = ("owner", "plan")
    search_fields = ("description", "plan__title", "plan__reference", "owner__name")
    search_help_text = _("Action, titre ou référence du plan, responsable")
    actions: ClassVar = ("begin_each", "finish_each", "cancel_each")
    download_columns = ACTION_COLUMNS

    def get_queryset(self, request: HttpRequest) -> CorrectiveActionQuerySet:
        """Actions of the plans that this person sees."""
        found: CorrectiveActionQuerySet = CorrectiveAction.objects.visible_to(actor_of(request))
        namesakes = User.objects.filter(name=OuterRef("owner__name")).exclude(pk=OuterRef("owner"))
        return found.annotate(has_namesake=Exists(namesakes))

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:
        return MOST_URGENT_FIRST

    def group_order(self, group: str) -> tuple[Any, ...]:
        orders = {
            "person": (F("owner__name").asc(), F("owner").asc()),
            "week": (IS_SETTLED.asc(), F("due_date").asc(nulls_last=True)),
        }
        return orders.get(group, ())

    def group_label(self, group: str, row: CorrectiveAction) -> str:
        if group == "person":
            email = f" ({row.owner.email})" if getattr(row, "has_namesake", False) else ""
            return f"{row.owner.name}{email}"
        if row.status in SETTLED:
            return gettext("Terminées ou annulées")
        if row.due_date is None:
            return gettext("Sans échéance")
        monday = row.due_date - timedelta(days=row.due_date.weekday())
        return gettext("Semaine du %s") % date_format(monday, "DATE_FORMAT")

    def download_rows(self, records: list[Any]) -> list[Any]:
        return with_first_due_dates(records)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.change_state_view))
        name = "improvements_correctiveaction_state"
        return [path("<path:object_id>/state/", view, name=name), *super().get_urls()]

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Let who may change actions do so in the list."""
        shown: tuple[str, ...] = super().get_list_display(request)
        if not self.has_write_permission(request):
            return shown
        return tuple("state_chosen" if one == "state" else one for one in shown)

    def change_state_view(self, request: HttpRequest, object_id: str) -> JsonResponse:
        """Change the status of one action, from the list; the script shows what comes of it."""
        action = self.record_of(request, object_id, writing=True)
        status, actor = request.POST.get("status", ""), actor_of(request)
        if status not in ActionStatus.values:
            raise Http404
        form = ReasonForm(request.POST)
        if not form.is_valid():
            said = f"« {action} » : {' '.join(map(str, form.errors['reason']))}"
            return JsonResponse({"said": said}, status=400)
        changes = _status_changes(ActionStatus(status), form.cleaned_data["reason"])
        try:
            if "undo" in request.POST:
                status = services.undo_action(action=action, actor=actor).status
            else:
                services.change_action(action=action, changes=changes, actor=actor)
        except RuleError as refusal:
            said = _("« %(name)s » : %(why)s") % {"name": action, "why": refusal.detail}
            return JsonResponse({"said": said}, status=page_status_of(refusal))
        label = ActionStatus(status).label
        said = _("« %(name)s » : %(why)s") % {"name": action, "why": label}
        return JsonResponse({"said": said})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Lead to the plan's page, where the action is read and changed."""
        return HttpResponseRedirect(_page_of(self.record_of(request, object_id or "")))

    @display(description=_("Plan"), ordering="plan__title")
    def plan_link(self, action: CorrectiveAction) -> str:
        return format_html('<a class="qf-link" href="{}">{}</a>', _page_of(action), action.plan)

    @display(description=_("Responsable"), ordering="owner__name")
    def person(self, action: CorrectiveAction) -> str:
        return str(action.owner.name)

    @display(description=_("Échéance"), ordering="due_date")
    def deadline(self, action: CorrectiveAction) -> str:
        if action.due_date is None:
            return "–"
        day = date_format(action.due_date, "SHORT_DATE_FORMAT")
        late = days_late(action.due_date, is_open=action.is_open)
        if late is None:
            return day
        told = ngettext("%d jour de retard", "%d jours de retard", late) % late
        return format_html('{} <span class="qf-late">{}</span>', day, told)

    @display(description=_("Première échéance"), ordering="first_due_date")
    def first_deadline(self, action: CorrectiveAction) -> str:
        first = action.first_due_date
        return date_format(first, "SHORT_DATE_FORMAT") if first else "–"

    @display(description=_("Terminée le"), ordering="completed_at")
    def finished(self, action: CorrectiveAction) -> str:
        done = action.completed_at
        return date_format(timezone.localdate(done), "SHORT_DATE_FORMAT") if done else "–"

    @display(description=_("Statut"), ordering="status")
    def state_chosen(self, action: CorrectiveAction) -> str:
        """A select where the action can still change, else the words."""
        if action.plan.status not in OPEN:
            return str(action.get_status_display())
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            (
                (one.value, mark_safe(" selected") if one == action.status else "", one.label)
                for one in ActionStatus
            ),
        )
        address = reverse("admin:improvements_correctiveaction_state", args=[quote(action.pk)])
        return format_html(
            '<select class="qf-select" data-qf-state="{}" data-undo="{}" data-asks="{}" '
            'data-question="{}" aria-label="{}">{}</select>',
            address,
            gettext("Annuler"),
            ActionStatus.CANCELLED,
            gettext("Pourquoi cette action est-elle annulée ?"),
            f"{gettext('Statut')} – {action}",
            options,
        )

    @display(description=_("Statut"), ordering="status", label=BADGES)
    def state(self, action: CorrectiveAction) -> tuple[str, str]:
        return action.status, action.get_status_display()

    @admin.action(description=_("Passer en cours"), permissions=["write"])
    def begin_each(self, request: HttpRequest, queryset: Any) -> None:
        self._set_status(request, queryset, ActionStatus.IN_PROGRESS)

    @admin.action(description=_("Marquer comme terminées"), permissions=["write"])
    def finish_each(self, request: HttpRequest, queryset: Any) -> None:
        self._set_status(request, queryset, ActionStatus.DONE)

    @admin.action(description=_("Annuler, avec un motif"), permissions=["write"])
    def cancel_each(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Ask why first; without a word it is refused, or noted as not given."""
        form = ReasonForm(request.POST if "confirmed" in request.POST else None)
        if not form.is_valid():
            consequence = _(
                "Les actions choisies ne seront plus à faire ; elles restent dans le plan."
            )
            asked = Asked("cancel_each", _("Actions choisies"), consequence, "block", queryset)
            return ask_for_each(self, request, asked, _("Annuler les actions"), form)
        reason = form.cleaned_data["reason"]
        self._set_status(request, queryset, ActionStatus.CANCELLED, reason)
        warn(request, [] if reason else [NO_CANCEL_REASON])
        return None

    def _set_status(
        self, request: HttpRequest, queryset: Any, status: ActionStatus, reason: str = ""
    ) -> None:
        actor = actor_of(request)
        self.move_each(
            request,
            queryset,
            lambda action: services.change_action(
                action=action, changes=_status_changes(status, reason), actor=actor
            ),
            undo_actions_address(),
        )


def _status_changes(status: ActionStatus, reason: str) -> dict[str, Any]:
    """Return a change of status as the service takes it; a reason goes with a cancelled action."""
    return {"status": status} | ({"reason": reason} if status == ActionStatus.CANCELLED else {})


def _page_of(action: CorrectiveAction) -> str:
    return reverse("admin:improvements_improvementplan_change", args=[quote(action.plan_id)])
