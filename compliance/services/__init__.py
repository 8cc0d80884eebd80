"""Every write to compliance records."""

from compliance.services.needs import (
    NeedsDraft,
    change_analysis,
    complete_analysis,
    create_analysis,
)

__all__ = [
    "NeedsDraft",
    "change_analysis",
    "complete_analysis",
    "create_analysis",
]
