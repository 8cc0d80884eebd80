"""Services: every write to action plans.

Each service names its action, which locks the tenant's trail; then it locks the plan, then the
action. `seen` holds the versions the caller accepts to change (If-Match); None means whatever it
is. Source: public API, action plans; api-action-plans.
"""

from actionplans.services.actions import (
    add_action,
    delete_action,
    edit_action,
    move_assignee,
)
from actionplans.services.areas import (
    PlaceInUseError,
    add_area,
    add_group,
    delete_area,
    delete_group,
    edit_area,
    edit_group,
)
from actionplans.services.exports import (
    EXPORTS,
    fail_export,
    fetch_export,
    make_export,
    open_link,
    purge_exports,
    request_export,
    resend_export,
)
from actionplans.services.inputs import ActionDraft, Focus, PlanDraft
from actionplans.services.notes import add_note, delete_note, edit_note
from actionplans.services.plans import create_plan, delete_plan, edit_plan

__all__ = [
    "EXPORTS",
    "ActionDraft",
    "Focus",
    "PlaceInUseError",
    "PlanDraft",
    "add_action",
    "add_area",
    "add_group",
    "add_note",
    "create_plan",
    "delete_action",
    "delete_area",
    "delete_group",
    "delete_note",
    "delete_plan",
    "edit_action",
    "edit_area",
    "edit_group",
    "edit_note",
    "edit_plan",
    "fail_export",
    "fetch_export",
    "make_export",
    "move_assignee",
    "open_link",
    "purge_exports",
    "request_export",
    "resend_export",
]
