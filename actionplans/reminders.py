"""What of the action plans has a date that people are reminded of: each assignee's part."""

from actionplans.models import Assignment
from qualiforma.followup.reminders import DueKind, DueSource, register
from qualiforma.followup.work import WorkSource

register(
    DueSource(
        DueKind.ACTION_PLAN_PART,
        Assignment.objects.open,
        {
            "id": "action_id",
            "title": "action__title",
            "context": "action__plan__title",
            "due": "action__due_date",
            "owner": "user_id",
            "chief": "action__plan__created_by_id",
        },
        "actionplans_action",
        work=WorkSource.ACTION_PLAN,
    )
)
