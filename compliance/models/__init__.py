"""Needs analyses and adaptive paths. Source: public API, compliance; Qualiopi criteria 2 and 3."""

from compliance.models.needs import NeedsAnalysis
from compliance.models.paths import AdaptivePath, PathAssignment, PathModule, PathVersion

__all__ = ["AdaptivePath", "NeedsAnalysis", "PathAssignment", "PathModule", "PathVersion"]
