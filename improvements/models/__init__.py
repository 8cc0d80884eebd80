"""Improvement plans, their corrective actions and closing report, and the complaints behind them.

Source: public API, improvement plans; Qualiopi criterion 7.
"""

from improvements.models.complaints import Complaint, ComplaintTheme
from improvements.models.limits import (
    ACTION_DESCRIPTION_MAX,
    ATTACHMENT_KEY_MAX,
    ATTACHMENT_NAME_MAX,
    DESCRIPTION_MAX,
    OUTCOME_MAX,
    OUTCOMES_MAX,
    SEARCHED,
    SEARCHED_COMPLAINTS,
    SUMMARY_MAX,
    THEME_NAME_MAX,
    TITLE_MAX,
)
from improvements.models.plans import (
    ClosingReport,
    CorrectiveAction,
    ImprovementPlan,
    PlanAttachment,
    PlanComplaint,
)

__all__ = [
    "ACTION_DESCRIPTION_MAX",
    "ATTACHMENT_KEY_MAX",
    "ATTACHMENT_NAME_MAX",
    "DESCRIPTION_MAX",
    "OUTCOMES_MAX",
    "OUTCOME_MAX",
    "SEARCHED",
    "SEARCHED_COMPLAINTS",
    "SUMMARY_MAX",
    "THEME_NAME_MAX",
    "TITLE_MAX",
    "ClosingReport",
    "Complaint",
    "ComplaintTheme",
    "CorrectiveAction",
    "ImprovementPlan",
    "PlanAttachment",
    "PlanComplaint",
]
