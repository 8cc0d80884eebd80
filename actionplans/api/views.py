from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import OuterRef
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from actionplans import policies, services
from actionplans.api import docs
from actionplans.api.company import CompanyViewSet, stated
from actionplans.api.filters import ActionFilter, AnyPlansActionFilter
from actionplans.api.serializers import (
    ActionPlanChanges,
    ActionPlanInput,
    ActionPlanOutput,
    CompanyActionChanges,
    CompanyActionInput,
    CompanyActionOutput,
    MoveInput,
)
from actionplans.models import Action, ActionPlan
from actionplans.querysets import ActionQuerySet, PlanQuerySet
from qualiforma.api.derived import list_of
from qualiforma.api.filters import filter_names
from qualiforma.errors import FieldError, InvalidFieldsError, MissingError, NotAllowedError


def with_actions(plans: Iterable[ActionPlan], actions: ActionQuerySet) -> list[ActionPlan]:
    """Give each plan those of the actions that are its own. Cost: one query, none without plans."""
    plans = list(plans)
    own = defaultdict(list)
    if plans:
        rows = actions.filter(plan__in=[plan.pk for plan in plans])
        for action in rows.with_status().with_parts().newest_first():
            own[action.plan_id].append(action)
    for plan in plans:
        plan.shown_actions = own[plan.pk]
    return plans


class ActionPlanViewSet(CompanyViewSet[ActionPlan]):
    etags = True
    queryset = ActionPlan.objects.none()  # for the schema; `plans` decides
    serializer_class = ActionPlanOutput
    by_database = True
    filterset_class = ActionFilter
    permissions = {
        "list": policies.can_use_action_plans,
        "create": policies.can_use_action_plans,
        "retrieve": policies.can_use_action_plans,
        "partial_update": policies.can_use_action_plans,
        "destroy": policies.can_use_action_plans,
        "excel": policies.can_use_action_plans,
    }

    def plans(self) -> PlanQuerySet:
        plans: PlanQuerySet = ActionPlan.objects.visible_to(self.actor)
        return plans

    def one_plan(self, key: str) -> PlanQuerySet:
        return self.plans().filter(pk=key)

    def actions(self) -> ActionQuerySet:
        actions: ActionQuerySet = Action.objects.visible_to(self.actor)
        return actions

    def get_queryset(self) -> PlanQuerySet:
        return self.plans().with_progress().newest_first()

    def filter_queryset(self, queryset: Any) -> Any:
        """Plans with one at least of the actions that are asked for, and these as the database writes them."""
        actions: Any = self.actions()
        chosen: Any = super().filter_queryset(actions)
        if any(self.request.query_params.get(name) for name in filter_names(self)):
            queryset = queryset.having(chosen)
        own = chosen.filter(plan=OuterRef("pk")).with_status().with_parts().newest_first()
        return queryset.annotate(actions_in_sql=list_of(own, CompanyActionOutput))

    def paginate_queryset(self, queryset: Any) -> Any:
        """The page's plans with these actions, for the serializer."""
        actions: Any = self.actions()
        chosen: Any = super().filter_queryset(actions)
        return with_actions(super().paginate_queryset(queryset) or [], chosen)

    def dressed(self, rows: Any) -> Any:
        return rows.with_progress()

    def answer(self, plan: ActionPlan) -> Response:
        """The plan after this call's change. Cost: two queries."""
        rows = ActionPlan.objects.filter(pk=plan.pk).with_progress()
        [whole] = with_actions([rows.get()], self.actions())
        return self.tagged(ActionPlanOutput(whole).data, whole.version)

    @docs.list_plans
    def list(self, request: Request) -> Response:
        return self.paged(ActionPlanOutput)

    @docs.create_plan
    def create(self, request: Request) -> Response:
        draft = services.PlanDraft(**stated(self.validated(ActionPlanInput)))
        return self.answer(services.create_plan(draft=draft, actor=self.actor))

    @docs.get_plan
    def retrieve(self, request: Request, plan_id: str) -> Response:
        return self.answer(self.named_row(self.one_plan, plan_id))

    @docs.update_plan
    def partial_update(self, request: Request, plan_id: str) -> Response:
        plan = self.named_row(self.one_plan, plan_id, policy=policies.can_change_plan)
        changes = stated(self.validated(ActionPlanChanges))
        plan = services.edit_plan(
            plan=plan, changes=changes, actor=self.actor, expected_versions=self.expected_versions
        )
        return self.answer(plan)

    @docs.delete_plan
    def destroy(self, request: Request, plan_id: str) -> Response:
        plan = self.named_row(self.one_plan, plan_id, policy=policies.can_delete_plan)
        services.delete_plan(plan=plan, actor=self.actor, expected_versions=self.expected_versions)
        return Response(status=204)

    @docs.export_plan
    def excel(self, request: Request, plan_id: str) -> Response:
        plan = self.named_row(self.one_plan, plan_id)
        services.request_export(plan=plan, actor=self.actor)
        return Response(status=200)


class ActionViewSet(CompanyViewSet[Action]):
    etags = True
    queryset = Action.objects.none()  # for the schema; `actions` decides
    serializer_class = CompanyActionOutput
    by_database = True
    filterset_class = AnyPlansActionFilter
    permissions = {
        "list": policies.can_use_action_plans,
        "create": policies.can_use_action_plans,
        "retrieve": policies.can_use_action_plans,
        "partial_update": policies.can_use_action_plans,
        "destroy": policies.can_use_action_plans,
        "move": policies.can_use_action_plans,
    }
    refusals = {"move": docs.MOVE_REFUSALS}

    def one_action(self, key: str) -> ActionQuerySet:
        actions: ActionQuerySet = Action.objects.visible_to(self.actor)
        return actions.filter(pk=key).select_related("plan")

    def get_queryset(self) -> ActionQuerySet:
        actions: ActionQuerySet = Action.objects.visible_to(self.actor)
        return actions.with_status().with_parts().newest_first()

    def dressed(self, rows: Any) -> Any:
        return rows.with_status().with_parts()

    def answer(self, action: Action) -> Response:
        """The action after this call's change. Cost: one query."""
        written = self.written_one(CompanyActionOutput, self.whole, action.pk)
        if written is None:
            raise MissingError
        return written

    def whole(self) -> ActionQuerySet:
        """Actions with all that an answer shows; who calls has found theirs."""
        actions: ActionQuerySet = Action.objects.with_status().with_parts()
        return actions

    @docs.list_actions
    def list(self, request: Request) -> Response:
        return self.paged(CompanyActionOutput)

    @docs.create_action
    def create(self, request: Request) -> Response:
        fields = drafted(stated(self.validated(CompanyActionInput)))
        plan = self.plan_named(fields.pop("plan_id"))
        draft = services.ActionDraft(**fields)
        return self.answer(services.add_action(plan=plan, draft=draft, actor=self.actor))

    def plan_named(self, plan_id: str) -> ActionPlan:
        """Errors: 400 for a plan that the caller does not see, 403 for one that is not theirs."""
        plan = ActionPlan.objects.visible_to(self.actor).filter(pk=plan_id).first()
        if plan is None:
            detail = _("Aucun plan d’action n’a cet identifiant.")
            raise InvalidFieldsError([FieldError("plan_id", "unknown", detail)])
        if not policies.can_change_plan(self.actor, plan):
            raise NotAllowedError
        return plan

    @docs.get_action
    def retrieve(self, request: Request, action_id: str) -> Response:
        return self.answer(self.named_row(self.one_action, action_id))

    @docs.update_action
    def partial_update(self, request: Request, action_id: str) -> Response:
        action = self.named_row(self.one_action, action_id, policy=policies.can_change_action)
        changes = drafted(stated(self.validated(CompanyActionChanges)))
        if changes.pop("clear_due_date", False):
            changes["due_date"] = None
        action = services.edit_action(
            action=action,
            changes=changes,
            actor=self.actor,
            expected_versions=self.expected_versions,
        )
        return self.answer(action)

    @docs.delete_action
    def destroy(self, request: Request, action_id: str) -> Response:
        action = self.named_row(self.one_action, action_id, policy=policies.can_change_action)
        services.delete_action(
            action=action, actor=self.actor, expected_versions=self.expected_versions
        )
        return Response(status=204)

    @docs.move_assignee
    def move(self, request: Request, action_id: str) -> Response:
        action = self.named_row(self.one_action, action_id, policy=policies.can_work_on)
        asked = stated(self.validated(MoveInput))
        user_id = asked.get("assignee_id", self.actor.id)
        if not policies.can_move(self.actor, action, user_id):
            raise NotAllowedError
        action = services.move_assignee(
            action=action,
            user_id=user_id,
            target=asked["status"],
            actor=self.actor,
            expected_versions=self.expected_versions,
        )
        return self.answer(action)


def drafted(fields: dict[str, Any]) -> dict[str, Any]:
    """Make the focus items what services take."""
    if "focus_items" in fields:
        fields["focus_items"] = [services.Focus(**stated(one)) for one in fields["focus_items"]]
    return fields
