from django.urls import URLPattern, path

from compliance.api.audits import AuditViewSet
from compliance.api.evidence import EvidenceViewSet
from compliance.api.findings import FindingSummaryViewSet, FindingViewSet
from compliance.api.information import InformationViewSet
from compliance.api.needs import NeedsViewSet
from compliance.api.organisation import IndicatorViewSet, OrganisationViewSet
from compliance.api.paths import AssignmentViewSet, PathViewSet
from compliance.api.readiness import IndicatorReviewViewSet, ReadinessViewSet
from compliance.api.timeline import LearnerFileViewSet, TimelineViewSet

urlpatterns: list[URLPattern] = [
    path(
        "needs-analysis",
        NeedsViewSet.as_view({"get": "list", "post": "create"}),
        name="needs-analysis-list",
    ),
    path(
        "needs-analysis/<id:analysis_id>",
        NeedsViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="needs-analysis-detail",
    ),
    path(
        "needs-analysis/<id:analysis_id>/complete",
        NeedsViewSet.as_view({"post": "complete"}),
        name="needs-analysis-complete",
    ),
    path(
        "adaptive-paths",
        PathViewSet.as_view({"get": "list", "post": "create"}),
        name="adaptive-path-list",
    ),
    path(
        "adaptive-paths/<id:path_id>",
        PathViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        name="adaptive-path-detail",
    ),
    path(
        "adaptive-paths/<id:path_id>/assignments",
        AssignmentViewSet.as_view({"get": "list", "post": "create"}),
        name="adaptive-path-assignment-list",
    ),
    path(
        "adaptive-paths/<id:path_id>/assignments/<id:user_id>",
        AssignmentViewSet.as_view({"get": "retrieve"}),
        name="adaptive-path-assignment-detail",
    ),
    path(
        "paf/enrollments/<id:enrollment_id>/timeline",
        TimelineViewSet.as_view({"get": "retrieve"}),
        name="paf-timeline",
    ),
    path(
        "enrollments/<id:enrollment_id>/information",
        InformationViewSet.as_view({"get": "list", "post": "create"}),
        name="enrollment-information-list",
    ),
    path(
        "enrollments/<id:enrollment_id>/file",
        LearnerFileViewSet.as_view({"get": "retrieve"}),
        name="enrollment-file",
    ),
    path(
        "evidence",
        EvidenceViewSet.as_view({"get": "list", "post": "create"}),
        name="evidence-list",
    ),
    path(
        "evidence/<id:evidence_id>",
        EvidenceViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="evidence-detail",
    ),
    path(
        "evidence/<id:evidence_id>/versions",
        EvidenceViewSet.as_view({"post": "add_version"}),
        name="evidence-version-list",
    ),
    path(
        "evidence/<id:evidence_id>/reviews",
        EvidenceViewSet.as_view({"post": "review"}),
        name="evidence-review-list",
    ),
    path(
        "evidence/<id:evidence_id>/withdraw",
        EvidenceViewSet.as_view({"post": "withdraw"}),
        name="evidence-withdraw",
    ),
    path(
        "qualiopi/indicators",
        IndicatorViewSet.as_view({"get": "retrieve"}),
        name="qualiopi-indicators",
    ),
    path(
        "qualiopi/organisation",
        OrganisationViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="qualiopi-organisation",
    ),
    path(
        "qualiopi/readiness",
        ReadinessViewSet.as_view({"get": "retrieve"}),
        name="qualiopi-readiness",
    ),
    path(
        "qualiopi/readiness/reviews",
        IndicatorReviewViewSet.as_view({"get": "list", "post": "create"}),
        name="indicator-review-list",
    ),
    path(
        "audits",
        AuditViewSet.as_view({"get": "list", "post": "create"}),
        name="audit-list",
    ),
    path(
        "audits/<id:audit_id>",
        AuditViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        name="audit-detail",
    ),
    path(
        "audits/<id:audit_id>/judgements",
        AuditViewSet.as_view({"patch": "judge"}),
        name="audit-judgement-list",
    ),
    path(
        "audits/<id:audit_id>/start",
        AuditViewSet.as_view({"post": "start"}),
        name="audit-start",
    ),
    path(
        "audits/<id:audit_id>/close",
        AuditViewSet.as_view({"post": "close"}),
        name="audit-close",
    ),
    path(
        "audits/<id:audit_id>/comparison",
        AuditViewSet.as_view({"get": "comparison"}),
        name="audit-comparison",
    ),
    path(
        "findings",
        FindingViewSet.as_view({"get": "list", "post": "create"}),
        name="finding-list",
    ),
    path(
        "findings/summary",
        FindingSummaryViewSet.as_view({"get": "retrieve"}),
        name="finding-summary",
    ),
    path(
        "findings/<id:finding_id>",
        FindingViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="finding-detail",
    ),
    path(
        "findings/<id:finding_id>/correct",
        FindingViewSet.as_view({"post": "correct"}),
        name="finding-correct",
    ),
    path(
        "findings/<id:finding_id>/lift",
        FindingViewSet.as_view({"post": "lift"}),
        name="finding-lift",
    ),
    path(
        "findings/<id:finding_id>/reopen",
        FindingViewSet.as_view({"post": "reopen"}),
        name="finding-reopen",
    ),
    path(
        "findings/<id:finding_id>/plan",
        FindingViewSet.as_view({"post": "open_plan"}),
        name="finding-plan",
    ),
]
