"""What of the improvement plans has a date that people are reminded of."""

from django.utils.translation import gettext_lazy as _

from improvements.models import Complaint, CorrectiveAction, ImprovementPlan
from improvements.states import OPEN
from qualiforma.followup.reminders import NO_TEXT, SYSTEM_ACTOR, DueSource, register
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
            "chief": SYSTEM_ACTOR,
        },
        page="improvements_improvementplan",
    )
)
register(
    DueSource(
        name="COMPLAINT_ACKNOWLEDGEMENT",
        heading=_("Réclamations dont accuser réception"),
        rows=Complaint.objects.unacknowledged,
        columns={
            "id": "pk",
            "title": "subject",
            "context": NO_TEXT,
            "due": "acknowledge_by",
            "owner": SYSTEM_ACTOR,
            "chief": SYSTEM_ACTOR,
        },
        page="improvements_complaint",
    )
)
register(
    DueSource(
        name="COMPLAINT_ANSWER",
        heading=_("Réclamations à traiter"),
        rows=Complaint.objects.waiting,
        columns={
            "id": "pk",
            "title": "subject",
            "context": NO_TEXT,
            "due": "answer_by",
            "owner": SYSTEM_ACTOR,
            "chief": SYSTEM_ACTOR,
        },
        page="improvements_complaint",
    )
)
