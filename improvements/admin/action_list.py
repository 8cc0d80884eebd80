"""All corrective actions in one list: who has to do what until when, and what is late."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.utils import quote, unquote
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display

from improvements import policies, services
from improvements.admin.downloads import ACTION_COLUMNS, with_first_due_dates
from improvements.documents import days_late
from improvements.models import CorrectiveAction
from improvements.querysets import MOST_URGENT_FIRST, CorrectiveActionQuerySet
from improvements.states import ActionStatus
from qualiforma.accounts.models import User
from qualiforma.staff.downloads import Downloads
from qualiforma.staff.records import RecordAdmin, actor_of
from qualiforma.staff.site import site

BADGES = {
    ActionStatus.TODO: "info",
    ActionStatus.IN_PROGRESS: "warning",
    ActionStatus.DONE: "success",
    ActionStatus.CANCELLED: "",
}


class DueFilter(SimpleListFilter):
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
class ActionAdmin(Downloads, RecordAdmin):
    """The list alone: an action is read and changed on its plan's page."""

    may_read = policies.can_read_register
    may_write = policies.can_manage_plans
    list_display = ("description", "plan_link", "person", "deadline", "state")
    list_display_links = ("description",)
    list_filter = (DueFilter, "status", PersonFilter)
    list_select_related = ("owner", "plan")
    search_fields = ("description", "plan__title", "plan__reference", "owner__name")
    search_help_text = _(
        "Mots de l’action, du titre ou de la référence de son plan, nom du responsable"
    )
    actions: ClassVar = ("begin_each", "finish_each", "cancel_each")
    download_columns = ACTION_COLUMNS

    def get_queryset(self, request: HttpRequest) -> CorrectiveActionQuerySet:
        """Actions of the plans that this person sees."""
        found: CorrectiveActionQuerySet = CorrectiveAction.objects.visible_to(actor_of(request))
        return found

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:
        return MOST_URGENT_FIRST

    def download_rows(self, records: list[Any]) -> list[Any]:
        return with_first_due_dates(records)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Lead to the plan's page, where the action is read and changed."""
        action = self.get_object(request, unquote(object_id)) if object_id else None
        if action is None:
            raise Http404
        return HttpResponseRedirect(_page_of(action))

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

    @display(description=_("Statut"), ordering="status", label=BADGES)
    def state(self, action: CorrectiveAction) -> tuple[str, str]:
        return action.status, action.get_status_display()

    @admin.action(description=_("Passer en cours"), permissions=["write"])
    def begin_each(self, request: HttpRequest, queryset: Any) -> None:
        self._set_status(request, queryset, ActionStatus.IN_PROGRESS)

    @admin.action(description=_("Marquer comme terminées"), permissions=["write"])
    def finish_each(self, request: HttpRequest, queryset: Any) -> None:
        self._set_status(request, queryset, ActionStatus.DONE)

    @admin.action(description=_("Annuler"), permissions=["write"])
    def cancel_each(self, request: HttpRequest, queryset: Any) -> None:
        self._set_status(request, queryset, ActionStatus.CANCELLED)

    def _set_status(self, request: HttpRequest, queryset: Any, status: ActionStatus) -> None:
        actor = actor_of(request)
        self.move_each(
            request,
            queryset,
            lambda action: services.change_action(
                action=action, changes={"status": status}, actor=actor
            ),
        )


def _page_of(action: CorrectiveAction) -> str:
    return reverse("admin:improvements_improvementplan_change", args=[quote(action.plan_id)])
