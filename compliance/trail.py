"""How this feature stands in the audit trail: its models, and what its actions are called."""

from compliance.models import NeedsAnalysis
from qualiforma.audit import register

register(
    NeedsAnalysis,
    "needs_analysis",
    sensitive=["accessibility_needs"],
    skipped=["version"],
)
