from typing import Any

from django.db.models import F, QuerySet
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from improvements import policies, services
from improvements.api import docs
from improvements.api.effects import CheckInput, CheckOutput
from improvements.api.filters import PlanFilter
from improvements.api.serializers import (
    ActionChanges,
    ActionInput,
    ActionOutput,
    ClosureInput,
    PlanChanges,
    PlanDetail,
    PlanInput,
    PlanListItem,
    StatsOutput,
    stats_bounds,
)
from improvements.models import CorrectiveAction, ImprovementPlan
from improvements.querysets import PlanQuerySet
from improvements.services.shared import version_of
from improvements.stats import plan_stats
from qualiforma.accounts.policies import anybody
from qualiforma.api.found import FoundViewSet
from qualiforma.audit.models import AuditEvent
from qualiforma.endpoints.audit.serializers import HistoryOutput
from qualiforma.errors import MissingError, NotAllowedError


def with_drafts(fields: dict[str, Any]) -> dict[str, Any]:
    """Return a plan's fields as services take them."""
    if "cause_method" in fields:
        fields["cause_method"] = fields["cause_method"] or ""
    if "expected_results" in fields:
        rows = fields["expected_results"]
        fields["expected_results"] = [services.ResultDraft(**one) for one in rows]
    return fields


class PlanViewSet(FoundViewSet[ImprovementPlan]):
    lookup_url_kwarg = "plan_id"
    etags = True
    queryset = ImprovementPlan.objects.none()  # for the schema; `get_queryset` decides
    serializer_class = PlanListItem
    by_database = True
    filterset_class = PlanFilter
    query_params = {"stats": ("from", "to")}
    permissions = {
        "list": policies.can_read_register,
        "stats": policies.can_read_register,
        "retrieve": anybody,
        "create": policies.can_manage_plans,
        "partial_update": policies.can_manage_plans,
        "destroy": policies.can_manage_plans,
        "close": policies.can_manage_plans,
        "check": policies.can_manage_plans,
    }
    refusals = docs.PLAN_REFUSALS

    def get_queryset(self) -> PlanQuerySet:
        """Plans as a list shows them, else bare: what a write changes is locked by its service."""
        plans: PlanQuerySet = ImprovementPlan.objects.visible_to(self.actor)
        return self.with_figures(plans).newest_first() if self.action == "list" else plans

    def with_figures(self, plans: PlanQuerySet) -> PlanQuerySet:
        return plans.with_effect().with_progress()

    def whole(self, plans: PlanQuerySet) -> PlanQuerySet:
        """Plans with all that their detail shows. Cost: eight queries."""
        return plans.select_related("closing_report").prefetch_related(
            "actions__due_date_moves",
            "complaint_links__complaint",
            "expected_results",
            "effectiveness_checks",
        )

    def answer(self, plan: ImprovementPlan, status: int = 200) -> Response:
        """The plan after this call's change. Cost: that of `whole`."""
        return self.represented(plan.pk, status)

    def represented(self, key: str, status: int = 200) -> Response:
        """The plan as the database writes it, else by its serializer. Errors: 404."""
        written = self.written_one(PlanDetail, self.visible, key, status)
        if written is not None:
            return written
        whole: ImprovementPlan = get_object_or_404(self.whole(self.visible()), pk=key)
        return self.tagged(PlanDetail(whole).data, version_of(whole), status)

    def visible(self) -> PlanQuerySet:
        """Plans that the caller sees, with their figures."""
        plans: PlanQuerySet = ImprovementPlan.objects.visible_to(self.actor)
        return self.with_figures(plans)

    @docs.list_plans
    def list(self, request: Request) -> Response:
        return self.paged(PlanListItem)

    @docs.get_plan
    def retrieve(self, request: Request, plan_id: str) -> Response:
        answer = self.represented(plan_id)
        self.check_parameters()
        return answer

    @docs.create_plan
    def create(self, request: Request) -> Response:
        fields = with_drafts(self.validated(PlanInput))
        actions = [services.ActionDraft(**one) for one in fields.pop("actions", [])]
        draft = services.PlanDraft(**fields, actions=actions)
        plan = services.create_plan(draft=draft, actor=self.actor)
        return self.answer(plan, status=201)

    @docs.update_plan
    def partial_update(self, request: Request, plan_id: str) -> Response:
        plan = self.get_object()
        changes = with_drafts(self.validated(PlanChanges))
        target, reason = changes.pop("status", None), changes.pop("reason", "")
        plan = services.revise_plan(
            plan=plan,
            changes=changes,
            target=target,
            reason=reason,
            actor=self.actor,
            expected_versions=self.expected_versions,
        )
        return self.answer(plan)

    @docs.delete_plan
    def destroy(self, request: Request, plan_id: str) -> Response:
        services.delete_plan(
            plan=self.get_object(), actor=self.actor, expected_versions=self.expected_versions
        )
        return Response(status=204)

    @docs.close_plan
    def close(self, request: Request, plan_id: str) -> Response:
        plan = self.get_object()
        closure = services.Closure(**self.validated(ClosureInput))
        plan = services.close_plan(
            plan=plan, closure=closure, actor=self.actor, expected_versions=self.expected_versions
        )
        return self.answer(plan)

    @docs.check_effectiveness
    def check(self, request: Request, plan_id: str) -> Response:
        plan, fields = self.get_object(), self.validated(CheckInput)
        measures = [services.Measure(**one) for one in fields.pop("measures", [])]
        check = services.check_effectiveness(
            plan=plan,
            draft=services.CheckDraft(**fields, measures=measures),
            actor=self.actor,
            expected_versions=self.expected_versions,
        )
        return self.tagged(CheckOutput(check).data, version_of(plan), status=201)

    @docs.get_stats
    def stats(self, request: Request) -> Response:
        figures = plan_stats(self.actor, **stats_bounds(request))
        return Response(StatsOutput(figures).data)


class ActionViewSet(FoundViewSet[CorrectiveAction]):
    etags = True
    queryset = CorrectiveAction.objects.none()  # for the schema; actions are found by their plan
    serializer_class = ActionOutput
    permissions = {
        "create": policies.can_manage_plans,
        "partial_update": policies.can_work_on_actions,
    }
    refusals = docs.ACTION_REFUSALS

    def get_plan(self) -> ImprovementPlan:
        plans = ImprovementPlan.objects.visible_to(self.actor)
        return self.found(lambda key: plans.filter(pk=key), self.kwargs["plan_id"])

    def get_action(self) -> CorrectiveAction:
        """The action with its plan. Cost: one query."""
        return self.found(self.actions, self.kwargs["action_id"], self.kwargs["plan_id"])

    def actions(self, key: str, plan: str) -> QuerySet[CorrectiveAction]:
        plans = ImprovementPlan.objects.visible_to(self.actor).filter(pk=plan)
        actions = CorrectiveAction.objects.filter(pk=key, plan__in=plans)
        return actions.select_related("plan")

    def answer(self, action: CorrectiveAction, status: int = 200) -> Response:
        """The action after this call's change. Cost: one query."""
        written = self.written_one(ActionOutput, self.versioned, action.pk, status)
        if written is None:
            raise MissingError
        return written

    def versioned(self) -> QuerySet[CorrectiveAction]:
        return CorrectiveAction.objects.annotate(version=F("plan__version"))

    @docs.add_action
    def create(self, request: Request, plan_id: str) -> Response:
        plan = self.get_plan()
        self.check_parameters()
        draft = services.ActionDraft(**self.validated(ActionInput))
        action = services.add_action(
            plan=plan, draft=draft, actor=self.actor, expected_versions=self.expected_versions
        )
        return self.answer(action, status=201)

    @docs.update_action
    def partial_update(self, request: Request, plan_id: str, action_id: str) -> Response:
        action = self.get_action()
        if not policies.can_change_action(self.actor, action, fields=()):
            raise NotAllowedError
        self.check_parameters()
        if not policies.can_change_action(self.actor, action, self.named(ActionChanges)):
            raise NotAllowedError(allowed_fields=sorted(policies.OWNERS_ACTION_FIELDS))
        changes = self.validated(ActionChanges)
        action = services.change_action(
            action=action,
            changes=changes,
            actor=self.actor,
            expected_versions=self.expected_versions,
        )
        return self.answer(action)


class HistoryViewSet(FoundViewSet[AuditEvent]):
    queryset = AuditEvent.objects.none()  # for the schema; entries are found by their plan
    serializer_class = HistoryOutput
    permissions = {"list": anybody}

    def get_queryset(self) -> QuerySet[AuditEvent]:
        return AuditEvent.objects.filter(root_id=self.kwargs["plan_id"]).order_by("-seq")

    @docs.plan_history
    def list(self, request: Request, plan_id: str) -> Response:
        plans = ImprovementPlan.objects.visible_to(self.actor)
        self.found(lambda key: plans.filter(pk=key), plan_id)
        self.check_parameters()
        return self.paged(HistoryOutput)
