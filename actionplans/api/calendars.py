"""The calendar of one action plan, for who may see the plan."""

from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from actionplans import policies
from actionplans.api.docs import PLAN_ID
from actionplans.models import ActionPlan
from qualiforma.api.auth import BearerAuthentication, SessionIdAuthentication
from qualiforma.calendars.api import FeedViewSet, get_calendar, make_calendar, revoke_calendar
from qualiforma.calendars.models import PlanType
from qualiforma.calendars.services import Subject

OF_PLAN = ("ActionPlanCalendar", "le calendrier d’un plan d’action")
TAGS = ["Calendars"]


class PlanCalendarViewSet(FeedViewSet):
    authentication_classes = (SessionIdAuthentication, BearerAuthentication)
    bare = True
    permissions = dict.fromkeys(("retrieve", "create", "destroy"), policies.can_use_action_plans)

    def subject(self, plan_id: str) -> Subject:
        plan = get_object_or_404(ActionPlan.objects.visible_to(self.actor), pk=plan_id)
        self.check_parameters()
        return Subject(PlanType.ACTION_PLAN.value, plan.pk)

    @get_calendar(*OF_PLAN, parameters=[PLAN_ID], tags=TAGS)
    def retrieve(self, request: Request, plan_id: str) -> Response:
        return self.state_of(self.subject(plan_id))

    @make_calendar(*OF_PLAN, parameters=[PLAN_ID], tags=TAGS)
    def create(self, request: Request, plan_id: str) -> Response:
        return self.made(self.subject(plan_id))

    @revoke_calendar(*OF_PLAN, parameters=[PLAN_ID], tags=TAGS)
    def destroy(self, request: Request, plan_id: str) -> Response:
        return self.revoked(self.subject(plan_id))
