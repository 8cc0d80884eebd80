"""Needs analyses and adaptive paths. Source: public API, compliance; Qualiopi criteria 2 and 3."""

from compliance.models.needs import NeedsAnalysis

__all__ = ["NeedsAnalysis"]
