"""Improvement plans, their corrective actions and closing report, and the complaints behind them."""

from improvements.models.complaint_files import ComplaintAttachment
from improvements.models.complaints import (
    EMAIL_MAX,
    SEARCHED_COMPLAINTS,
    THEME_NAME_MAX,
    Complaint,
    ComplaintTheme,
)
from improvements.models.effects import EffectivenessCheck
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
from improvements.models.risks import (
    DECISIONS_MAX,
    PARTICIPANTS_MAX,
    RISK_TEXT_MAX,
    RISK_TITLE_MAX,
    SEARCHED_RISKS,
    Risk,
    RiskReview,
)

__all__ = [
    "ACTION_DESCRIPTION_MAX",
    "ATTACHMENT_KEY_MAX",
    "ATTACHMENT_NAME_MAX",
    "DECISIONS_MAX",
    "DESCRIPTION_MAX",
    "EMAIL_MAX",
    "OUTCOMES_MAX",
    "OUTCOME_MAX",
    "PARTICIPANTS_MAX",
    "RESULTS_MAX",
    "RESULT_NAME_MAX",
    "RISK_TEXT_MAX",
    "RISK_TITLE_MAX",
    "ROOT_CAUSE_MAX",
    "SEARCHED",
    "SEARCHED_COMPLAINTS",
    "SEARCHED_RISKS",
    "SUMMARY_MAX",
    "THEME_NAME_MAX",
    "TITLE_MAX",
    "UNIT_MAX",
    "VALUE_MAX",
    "ClosingReport",
    "Complaint",
    "ComplaintAttachment",
    "ComplaintTheme",
    "CorrectiveAction",
    "DueDateMove",
    "EffectivenessCheck",
    "ExpectedResult",
    "ImprovementPlan",
    "PlanAttachment",
    "PlanComplaint",
    "PlanYear",
    "Risk",
    "RiskReview",
    "is_met",
]
