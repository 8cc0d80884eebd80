"""The register's pages under `/admin/`."""

from improvements.admin import (
    action_list,
    complaints,
    onboarding,
    plans,
    risks,
    search_kinds,
    themes,
    todo,
)

__all__ = [
    "action_list",
    "complaints",
    "onboarding",
    "plans",
    "risks",
    "search_kinds",
    "themes",
    "todo",
]
