from django.urls import path

from improvements.api.action_evidence import ActionEvidenceViewSet
from improvements.api.attachments import AttachmentViewSet
from improvements.api.calendars import PlanCalendarViewSet
from improvements.api.complaint_attachments import ComplaintAttachmentViewSet
from improvements.api.complaints import ComplaintViewSet
from improvements.api.risks import RiskReviewViewSet, RiskViewSet
from improvements.api.themes import ThemeViewSet
from improvements.api.views import ActionViewSet, HistoryViewSet, PlanViewSet

urlpatterns = [
    path(
        "complaints",
        ComplaintViewSet.as_view({"get": "list", "post": "create"}),
        name="complaint-list",
    ),
    path(
        "complaints/stats",
        ComplaintViewSet.as_view({"get": "stats"}),
        name="complaint-stats",
    ),
    path(
        "complaints/<id:complaint_id>/acknowledge",
        ComplaintViewSet.as_view({"post": "acknowledge"}),
        name="complaint-acknowledge",
    ),
    path(
        "complaints/<id:complaint_id>",
        ComplaintViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="complaint-detail",
    ),
    path(
        "complaints/<id:complaint_id>/attachments",
        ComplaintAttachmentViewSet.as_view({"get": "list", "post": "create"}),
        name="complaint-attachment-list",
    ),
    path(
        "complaints/<id:complaint_id>/attachments/<id:attachment_id>",
        ComplaintAttachmentViewSet.as_view({"delete": "destroy"}),
        name="complaint-attachment-detail",
    ),
    path(
        "complaint-themes",
        ThemeViewSet.as_view({"get": "list", "post": "create"}),
        name="complaint-theme-list",
    ),
    path(
        "complaint-themes/<id:theme_id>",
        ThemeViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        name="complaint-theme-detail",
    ),
    path("risks", RiskViewSet.as_view({"get": "list", "post": "create"}), name="risk-list"),
    path(
        "risks/<id:risk_id>",
        RiskViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="risk-detail",
    ),
    path(
        "risk-reviews",
        RiskReviewViewSet.as_view({"get": "list", "post": "create"}),
        name="risk-review-list",
    ),
    path(
        "risk-reviews/<id:review_id>",
        RiskReviewViewSet.as_view({"get": "retrieve"}),
        name="risk-review-detail",
    ),
    path(
        "improvement-plans",
        PlanViewSet.as_view({"get": "list", "post": "create"}),
        name="improvement-plan-list",
    ),
    path(
        "improvement-plans/stats",
        PlanViewSet.as_view({"get": "stats"}),
        name="improvement-plan-stats",
    ),
    path(
        "improvement-plans/<id:plan_id>",
        PlanViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        name="improvement-plan-detail",
    ),
    path(
        "improvement-plans/<id:plan_id>/close",
        PlanViewSet.as_view({"post": "close"}),
        name="improvement-plan-close",
    ),
    path(
        "improvement-plans/<id:plan_id>/effectiveness",
        PlanViewSet.as_view({"post": "check"}),
        name="improvement-plan-effectiveness",
    ),
    path(
        "improvement-plans/<id:plan_id>/calendar",
        PlanCalendarViewSet.as_view({"get": "retrieve", "post": "create", "delete": "destroy"}),
        name="improvement-plan-calendar",
    ),
    path(
        "improvement-plans/<id:plan_id>/history",
        HistoryViewSet.as_view({"get": "list"}),
        name="improvement-plan-history",
    ),
    path(
        "improvement-plans/<id:plan_id>/actions",
        ActionViewSet.as_view({"post": "create"}),
        name="corrective-action-list",
    ),
    path(
        "improvement-plans/<id:plan_id>/actions/<id:action_id>",
        ActionViewSet.as_view({"patch": "partial_update"}),
        name="corrective-action-detail",
    ),
    path(
        "improvement-plans/<id:plan_id>/actions/<id:action_id>/evidence",
        ActionEvidenceViewSet.as_view({"get": "list", "post": "create"}),
        name="action-evidence-list",
    ),
    path(
        "improvement-plans/<id:plan_id>/attachments",
        AttachmentViewSet.as_view({"get": "list", "post": "create"}),
        name="attachment-list",
    ),
    path(
        "improvement-plans/<id:plan_id>/attachments/<id:attachment_id>",
        AttachmentViewSet.as_view({"patch": "partial_update", "delete": "destroy"}),
        name="attachment-detail",
    ),
]
