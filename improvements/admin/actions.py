"""Corrective actions in rows of their plan's page."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.forms import PaginationInlineFormSet

from improvements import policies
from improvements.admin.forms import ActionForm
from improvements.models import CorrectiveAction, ImprovementPlan
from improvements.states import FROZEN
from qualiforma.admin.people import choices_for
from qualiforma.admin.records import actor_of, with_attributes


def is_workable(request: HttpRequest, plan: ImprovementPlan | None) -> bool:
    """Say whether the page of a plan has fields. A POST always reaches the service, which refuses."""
    if plan is None or request.method == "POST":
        return True
    return plan.status not in FROZEN and plan.deleted_at is None


class ReadRows(PaginationInlineFormSet):
    """Rows of a plan: those that its page has read with it already, else what is stored."""

    def get_queryset(self) -> Any:
        read = getattr(self.instance, "_prefetched_objects_cache", {})
        name = self.fk.remote_field.related_name
        return list(read[name]) if name in read else super().get_queryset()


class ActionInline(TabularInline):
    model = CorrectiveAction
    form = ActionForm
    formset = ReadRows
    hide_title = True  # it would repeat the description
    verbose_name_plural = _("Actions correctives")
    readonly_fields = ("completed_at", "first_due_date")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return policies.can_read_register(actor_of(request))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return policies.can_manage_plans(actor_of(request)) and is_workable(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: an action that will not be done is cancelled and stays recorded."""
        return False

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("owner")

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """Give a new plan a row to begin with."""
        return 0 if obj else 1

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if not self.has_change_permission(request, obj):
            return (
                *("description", "kind", "status", "owner", "first_due_date", "due_date"),
                *("reason", "completed_at"),
            )
        done = ("reason", "completed_on") if obj else ()
        return ("description", "kind", "status", "owner_id", "due_date", *done)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        formset.form = with_attributes(
            formset.form,
            refused=getattr(request, "refused", None),
            owners=choices_for(request),
        )
        return formset
