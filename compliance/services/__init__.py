"""Every write to compliance records."""

from compliance.services.audits import (
    AuditDraft,
    change_audit,
    close_audit,
    compare_audit,
    default_scope,
    delete_audit,
    judge_indicators,
    plan_audit,
    start_audit,
)
from compliance.services.evidence import (
    EvidenceDraft,
    add_evidence,
    add_evidence_version,
    change_evidence,
    review_evidence,
    withdraw_evidence,
)
from compliance.services.findings import (
    FindingDraft,
    change_finding,
    correct_finding,
    count_findings,
    enter_finding,
    lift_finding,
    open_finding_plan,
    reopen_finding,
)
from compliance.services.information import InformationDraft, record_information
from compliance.services.logos import change_logo, remove_logo
from compliance.services.needs import (
    NeedsDraft,
    change_analysis,
    complete_analysis,
    create_analysis,
)
from compliance.services.organisation import (
    change_organisation,
    read_indicators,
    read_organisation,
)
from compliance.services.paths import assign_path, change_path, create_path, delete_path
from compliance.services.paths_inputs import AssignmentDraft, ModuleDraft, PathDraft
from compliance.services.paths_progress import Lack, Progress, module_progress, progress_of
from compliance.services.readiness import read_readiness, review_indicator, weak_indicators

__all__ = [
    "AssignmentDraft",
    "AuditDraft",
    "EvidenceDraft",
    "FindingDraft",
    "InformationDraft",
    "Lack",
    "ModuleDraft",
    "NeedsDraft",
    "PathDraft",
    "Progress",
    "add_evidence",
    "add_evidence_version",
    "assign_path",
    "change_analysis",
    "change_audit",
    "change_evidence",
    "change_finding",
    "change_logo",
    "change_organisation",
    "change_path",
    "close_audit",
    "compare_audit",
    "complete_analysis",
    "correct_finding",
    "count_findings",
    "create_analysis",
    "create_path",
    "default_scope",
    "delete_audit",
    "delete_path",
    "enter_finding",
    "judge_indicators",
    "lift_finding",
    "module_progress",
    "open_finding_plan",
    "plan_audit",
    "progress_of",
    "read_indicators",
    "read_organisation",
    "read_readiness",
    "record_information",
    "remove_logo",
    "reopen_finding",
    "review_evidence",
    "review_indicator",
    "start_audit",
    "weak_indicators",
    "withdraw_evidence",
]
