"""What of the improvement plans has a date that people are reminded of."""

from improvements.models import Complaint, CorrectiveAction, ImprovementPlan, Risk
from improvements.states import OPEN, Effectiveness
from qualiforma.followup.reminders import DueKind, DueSource, register
from qualiforma.followup.work import WorkSource

PLAN = "improvements_improvementplan"
COMPLAINT = "improvements_complaint"

register(
    DueSource(
        DueKind.CORRECTIVE_ACTION,
        CorrectiveAction.objects.open,
        {
            "title": "description",
            "context": "plan__title",
            "due": "due_date",
            "owner": "owner_id",
            "chief": "plan__owner_id",
        },
        "improvements_correctiveaction",
        work=WorkSource.IMPROVEMENT_PLAN,
    )
)
register(
    DueSource(
        DueKind.PLAN_TARGET,
        lambda: ImprovementPlan.objects.alive().filter(status__in=OPEN),
        {"title": "title", "due": "target_date", "owner": "owner_id"},
        PLAN,
    )
)
# The ADMINs': the person who owns the plan had better not judge its effect.
register(
    DueSource(
        DueKind.EFFECTIVENESS_CHECK,
        lambda: ImprovementPlan.objects.alive().in_effect(Effectiveness.TO_CHECK),
        {"title": "title", "context": "reference", "due": "effectiveness_due_date"},
        PLAN,
    )
)
register(
    DueSource(
        DueKind.COMPLAINT_ACKNOWLEDGEMENT,
        Complaint.objects.unacknowledged,
        {"title": "subject", "due": "acknowledge_by"},
        COMPLAINT,
    )
)
register(
    DueSource(
        DueKind.COMPLAINT_ANSWER,
        Complaint.objects.waiting,
        {"title": "subject", "due": "answer_by"},
        COMPLAINT,
    )
)
register(
    DueSource(
        DueKind.RISK_REVIEW,
        Risk.objects.watched,
        {"title": "title", "due": "next_review_on", "owner": "owner_id"},
        "improvements_risk",
    )
)
