"""Every write to improvement plans.

Each service names its action, which locks the tenant's trail; then it locks the plan before its
children, so that closing and changing wait for one another.
`seen` holds the versions the caller accepts to change (If-Match); None means whatever it is.
Source: public API, improvement plans; api-improvements.
"""

from improvements.services.actions import add_action, change_action
from improvements.services.attachments import add_attachment, remove_attachment
from improvements.services.complaints import change_complaint, receive_complaint
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
    revise_plan,
)

__all__ = [
    "ActionDraft",
    "CheckDraft",
    "Closure",
    "ComplaintDraft",
    "Measure",
    "PlanDraft",
    "ResultDraft",
    "add_action",
    "add_attachment",
    "change_action",
    "change_complaint",
    "change_plan_status",
    "check_effectiveness",
    "close_plan",
    "create_plan",
    "default_indicators",
    "delete_plan",
    "edit_plan",
    "receive_complaint",
    "remove_attachment",
    "revise_plan",
]
