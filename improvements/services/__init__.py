"""Services: every write to improvement plans.

Each service names its action, which locks the tenant's trail; then it locks the plan before its
children, so that closing and changing wait for one another.
`seen` holds the versions the caller accepts to change (If-Match); None means whatever it is.
Source: public API, improvement plans; api-improvements.
"""

from improvements.services.actions import add_action, change_action
from improvements.services.attachments import (
    add_attachment,
    add_complaint_attachment,
    mark_attachment,
    remove_attachment,
    remove_complaint_attachment,
)
from improvements.services.complaints import (
    acknowledge_complaint,
    change_complaint,
    receive_complaint,
)
from improvements.services.effects import check_effectiveness
from improvements.services.inputs import (
    ActionDraft,
    CheckDraft,
    Closure,
    ComplaintDraft,
    Measure,
    PlanDraft,
    ResultDraft,
)
from improvements.services.plans import (
    change_plan_status,
    close_plan,
    create_plan,
    default_indicators,
    delete_plan,
    edit_plan,
    indicators_of,
    revise_plan,
)
from improvements.services.public_complaints import (
    PublicComplaint,
    acknowledge_by_mail,
    receive_public_complaint,
)
from improvements.services.risks import RiskDraft, add_risk, change_risk, review_risks
from improvements.services.themes import add_theme, change_theme, delete_theme
from improvements.services.undo import just_changed, restore_plan, undo_action, undo_start

__all__ = [
    "ActionDraft",
    "CheckDraft",
    "Closure",
    "ComplaintDraft",
    "Measure",
    "PlanDraft",
    "PublicComplaint",
    "ResultDraft",
    "RiskDraft",
    "acknowledge_by_mail",
    "acknowledge_complaint",
    "add_action",
    "add_attachment",
    "add_complaint_attachment",
    "add_risk",
    "add_theme",
    "change_action",
    "change_complaint",
    "change_plan_status",
    "change_risk",
    "change_theme",
    "check_effectiveness",
    "close_plan",
    "create_plan",
    "default_indicators",
    "delete_plan",
    "delete_theme",
    "edit_plan",
    "indicators_of",
    "just_changed",
    "mark_attachment",
    "receive_complaint",
    "receive_public_complaint",
    "remove_attachment",
    "remove_complaint_attachment",
    "restore_plan",
    "review_risks",
    "revise_plan",
    "undo_action",
    "undo_start",
]
