"""Needs analyses, adaptive paths and the evidence register.

Source: public API, compliance; Qualiopi criteria 2 and 3; evidence.
"""

from compliance.models.evidence import Evidence, EvidenceReview, EvidenceVersion
from compliance.models.needs import NeedsAnalysis
from compliance.models.organisation import OrganisationProfile
from compliance.models.paths import AdaptivePath, PathAssignment, PathModule, PathVersion
from compliance.models.readiness import IndicatorReview

__all__ = [
    "AdaptivePath",
    "Evidence",
    "EvidenceReview",
    "EvidenceVersion",
    "IndicatorReview",
    "NeedsAnalysis",
    "OrganisationProfile",
    "PathAssignment",
    "PathModule",
    "PathVersion",
]
