"""Improvement plans, their corrective actions and closing report, and the complaints behind them."""

from improvements.models.complaints import (
    SEARCHED_COMPLAINTS,
    THEME_NAME_MAX,
    Complaint,
    ComplaintTheme,
)
from improvements.models.plans import (
    ACTION_DESCRIPTION_MAX,
    DESCRIPTION_MAX,
    ROOT_CAUSE_MAX,
    SEARCHED,
    TITLE_MAX,
    CorrectiveAction,
    ImprovementPlan,
    PlanComplaint,
    PlanYear,
)
from improvements.models.reports import (
    ATTACHMENT_KEY_MAX,
    ATTACHMENT_NAME_MAX,
    OUTCOME_MAX,
    OUTCOMES_MAX,
    SUMMARY_MAX,
    ClosingReport,
    PlanAttachment,
)
from improvements.models.results import (
    RESULT_NAME_MAX,
    RESULTS_MAX,
    UNIT_MAX,
    VALUE_MAX,
    DueDateMove,
    ExpectedResult,
    is_met,
)

__all__ = [
    "ACTION_DESCRIPTION_MAX",
    "ATTACHMENT_KEY_MAX",
    "ATTACHMENT_NAME_MAX",
    "DESCRIPTION_MAX",
    "OUTCOMES_MAX",
    "OUTCOME_MAX",
    "RESULTS_MAX",
    "RESULT_NAME_MAX",
    "ROOT_CAUSE_MAX",
    "SEARCHED",
    "SEARCHED_COMPLAINTS",
    "SUMMARY_MAX",
    "THEME_NAME_MAX",
    "TITLE_MAX",
    "UNIT_MAX",
    "VALUE_MAX",
    "ClosingReport",
    "Complaint",
    "ComplaintTheme",
    "CorrectiveAction",
    "DueDateMove",
    "ExpectedResult",
    "ImprovementPlan",
    "PlanAttachment",
    "PlanComplaint",
    "PlanYear",
    "is_met",
]
