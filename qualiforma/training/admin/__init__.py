"""Pages of training records under `/admin/`."""

from qualiforma.training.admin import (
    attendance_sheet,
    catalogue,
    enrollments,
    evidence,
    onboarding,
    questionnaires,
    search_kinds,
    sessions,
)

__all__ = [
    "attendance_sheet",
    "catalogue",
    "enrollments",
    "evidence",
    "onboarding",
    "questionnaires",
    "search_kinds",
    "sessions",
]
