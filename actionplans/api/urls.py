from typing import Any

from django.urls import path

from actionplans.api.calendars import PlanCalendarViewSet
from actionplans.api.notes import NoteViewSet
from actionplans.api.pickers import GroupView, HierarchyView, ManagerView
from actionplans.api.sessions import CompanySessionViewSet
from actionplans.api.views import ActionPlanViewSet, ActionViewSet

ONE: dict[str, Any] = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}
LIST: dict[str, Any] = {"get": "list", "post": "create"}

urlpatterns = [
    path(
        "company/session",
        CompanySessionViewSet.as_view({"post": "create", "get": "retrieve", "delete": "destroy"}),
        name="company-session",
    ),
    path("company/action-plans", ActionPlanViewSet.as_view(LIST), name="action-plan-list"),
    path(
        "company/action-plans/<id:plan_id>",
        ActionPlanViewSet.as_view(ONE),
        name="action-plan-detail",
    ),
    path(
        "company/action-plans/<id:plan_id>/excel",
        ActionPlanViewSet.as_view({"post": "excel"}),
        name="action-plan-excel",
    ),
    path(
        "company/action-plans/<id:plan_id>/calendar",
        PlanCalendarViewSet.as_view({"get": "retrieve", "post": "create", "delete": "destroy"}),
        name="action-plan-calendar",
    ),
    path("company/actions", ActionViewSet.as_view(LIST), name="action-list"),
    path("company/actions/<id:action_id>", ActionViewSet.as_view(ONE), name="action-detail"),
    path(
        "company/actions/<id:action_id>/status",
        ActionViewSet.as_view({"patch": "move"}),
        name="action-status",
    ),
    path("company/actions/<id:action_id>/notes", NoteViewSet.as_view(LIST), name="note-list"),
    path(
        "company/actions/<id:action_id>/notes/<id:note_id>",
        NoteViewSet.as_view({"patch": "partial_update", "delete": "destroy"}),
        name="note-detail",
    ),
    path("company/hierarchy", HierarchyView.as_view({"get": "retrieve"}), name="hierarchy"),
    path("company/groups", GroupView.as_view({"get": "list"}), name="group-list"),
    path("company/managers", ManagerView.as_view({"get": "list"}), name="manager-list"),
]
