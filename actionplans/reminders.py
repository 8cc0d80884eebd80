"""What of the action plans has a date that people are reminded of: each assignee's part."""

from django.utils.translation import gettext_lazy as _

from actionplans.models import Assignment
from qualiforma.followup.reminders import DueSource, register
from qualiforma.followup.work import WorkSource

register(
    DueSource(
        name="ACTION_PLAN_PART",
        heading=_("Actions de plans d’action"),
        rows=Assignment.objects.open,
        columns={
            "id": "action_id",
            "title": "action__title",
            "context": "action__plan__title",
            "due": "action__due_date",
            "owner": "user_id",
            "chief": "action__plan__created_by_id",
        },
        page="actionplans_action",
        work=WorkSource.ACTION_PLAN,
    )
)
