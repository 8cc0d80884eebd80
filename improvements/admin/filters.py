from typing import Any

from django.contrib.admin import SimpleListFilter
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from improvements.models import ImprovementPlan
from improvements.querysets import WEEK
from qualiforma.accounts.models import User
from qualiforma.admin.kept_filters import OfCode


class LatenessFilter(OfCode):
    title = _("échéance")
    parameter_name = "overdue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("true", _("Dépassée")), ("false", _("Respectée ou à venir"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "true":
            return queryset.overdue()
        return queryset.not_overdue() if self.value() == "false" else queryset


class WaitingFilter(OfCode):
    title = _("suite à donner")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("week", _("À échéance sous sept jours")), ("ready", _("Prêts à clôturer"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "week":
            return queryset.due_by(timezone.localdate() + WEEK)
        return queryset.ready_to_close() if self.value() == "ready" else queryset


class OwnerFilter(SimpleListFilter):
    """Those who have a plan: learners are users too, by the thousand."""

    title = _("responsable")
    parameter_name = "owner"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        owners = User.objects.filter(pk__in=ImprovementPlan.objects.values("owner"))
        return list(owners.order_by("name", "pk").values_list("pk", "name"))

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(owner=self.value()) if self.value() else queryset


class DeletedFilter(OfCode):
    """Its queryset is chosen in `PlanAdmin.get_queryset`: the list starts from other rows."""

    title = _("brouillons supprimés")
    parameter_name = "deleted"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("true", _("Uniquement ceux-ci"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset
