"""The calendar of one improvement plan, for who may see the plan."""

from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from improvements.api.docs import PLAN_ID
from improvements.models import ImprovementPlan
from qualiforma.calendars.api import FeedViewSet, get_calendar, make_calendar, revoke_calendar
from qualiforma.calendars.models import PlanType
from qualiforma.calendars.services import Subject

OF_PLAN = ("ImprovementPlanCalendar", "le calendrier d’un plan d’amélioration")
TAGS = ["Calendars"]


class PlanCalendarViewSet(FeedViewSet):
    def subject(self, plan_id: str) -> Subject:
        plan = get_object_or_404(ImprovementPlan.objects.visible_to(self.actor), pk=plan_id)
        self.check_parameters()
        return Subject(PlanType.IMPROVEMENT_PLAN.value, plan.pk)

    @get_calendar(*OF_PLAN, parameters=[PLAN_ID], tags=TAGS)
    def retrieve(self, request: Request, plan_id: str) -> Response:
        return self.state_of(self.subject(plan_id))

    @make_calendar(*OF_PLAN, parameters=[PLAN_ID], tags=TAGS)
    def create(self, request: Request, plan_id: str) -> Response:
        return self.made(self.subject(plan_id))

    @revoke_calendar(*OF_PLAN, parameters=[PLAN_ID], tags=TAGS)
    def destroy(self, request: Request, plan_id: str) -> Response:
        return self.revoked(self.subject(plan_id))
