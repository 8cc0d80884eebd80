"""Needs analyses, adaptive paths, the evidence register and audits.

Source: public API, compliance; Qualiopi criteria 2 and 3; evidence.
"""

from compliance.models.audits import Audit, AuditJudgement
from compliance.models.evidence import Evidence, EvidenceReview, EvidenceVersion
from compliance.models.findings import Finding
from compliance.models.needs import NeedsAnalysis
from compliance.models.organisation import OrganisationProfile
from compliance.models.paths import AdaptivePath, PathAssignment, PathModule, PathVersion
from compliance.models.readiness import IndicatorReview

__all__ = [
    "AdaptivePath",
    "Audit",
    "AuditJudgement",
    "Evidence",
    "EvidenceReview",
    "EvidenceVersion",
    "Finding",
    "IndicatorReview",
    "NeedsAnalysis",
    "OrganisationProfile",
    "PathAssignment",
    "PathModule",
    "PathVersion",
]
