"""What of the improvement plans has a date that people are reminded of."""

from django.utils.translation import gettext_lazy as _

from improvements.models import CorrectiveAction, ImprovementPlan
from improvements.states import OPEN
from qualiforma.followup.reminders import NO_TEXT, NOBODY, DueSource, register
from qualiforma.followup.work import WorkSource

register(
    DueSource(
        name="CORRECTIVE_ACTION",
        heading=_("Actions correctives"),
        rows=CorrectiveAction.objects.open,
        columns={
            "id": "pk",
            "title": "description",
            "context": "plan__title",
            "due": "due_date",
            "owner": "owner_id",
            "chief": "plan__owner_id",
        },
        page="improvements_correctiveaction",
        work=WorkSource.IMPROVEMENT_PLAN,
    )
)
register(
    DueSource(
        name="PLAN_TARGET",
        heading=_("Échéances de plans d’amélioration"),
        rows=lambda: ImprovementPlan.objects.alive().filter(status__in=OPEN),
        columns={
            "id": "pk",
            "title": "title",
            "context": NO_TEXT,
            "due": "target_date",
            "owner": "owner_id",
            "chief": NOBODY,
        },
        page="improvements_improvementplan",
    )
)
