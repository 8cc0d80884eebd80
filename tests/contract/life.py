"""The whole life of a plan, by the generated client alone: `python life.py <address> …`."""

import datetime as dt
import sys
from typing import Protocol, TypeVar

from qualiforma_client import AuthenticatedClient, Client
from qualiforma_client.api.auth import get_me, login
from qualiforma_client.api.improvements import (
    add_corrective_action,
    close_improvement_plan,
    create_improvement_plan,
    delete_improvement_plan,
    get_improvement_plan,
    get_improvement_plan_stats,
    list_improvement_plans,
    update_corrective_action,
    update_improvement_plan,
)
from qualiforma_client.api.tenants import get_current_tenant
from qualiforma_client.models import (
    ActionChanges,
    ActionInput,
    ActionStatus,
    ClosingReportOutput,
    ClosureInput,
    LoginInput,
    PlanChanges,
    PlanInput,
    PlanListItemPage,
    PlanStatus,
    Problem,
    Role,
    Trigger,
)
from qualiforma_client.types import UNSET

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Envelope(Protocol[T_co]):
    @property
    def data(self) -> T_co: ...


def data(answer: Envelope[T] | Problem | None) -> T:
    assert answer is not None
    assert not isinstance(answer, Problem), answer
    return answer.data


def main(address: str, tenant: str, email: str, password: str) -> None:
    headers = {"X-Tenant-ID": tenant}
    anybody = Client(base_url=address, headers=headers)
    session = data(login.sync(client=anybody, body=LoginInput(email=email, password=password)))
    api = AuthenticatedClient(base_url=address, headers=headers, token=session.access_token)
    me = data(get_me.sync(client=api))
    assert me.role is Role.ADMIN
    assert data(get_current_tenant.sync(client=api)).slug == tenant

    plan_id = begin(api, me.id)
    end(api, plan_id)
    survey(api, plan_id)
    throw_away(api, me.id)


def begin(api: AuthenticatedClient, owner: str) -> str:
    """Create a plan with two actions, start it, add a third."""
    body = PlanInput(
        title="Raccourcir les délais de réponse",
        trigger=Trigger.FEEDBACK,
        target_date=dt.date(2026, 12, 31),
        owner=owner,
        actions=[
            ActionInput(description="Mesurer les délais", due_date=dt.date(2026, 10, 1)),
            ActionInput(description="Revoir l’accueil"),
        ],
    )
    plan = data(create_improvement_plan.sync(client=api, body=body))
    assert plan.status is PlanStatus.DRAFT
    assert plan.started_at is None
    changes = PlanChanges(status=PlanStatus.IN_PROGRESS)
    started = data(update_improvement_plan.sync(plan.id, client=api, body=changes))
    assert isinstance(started.started_at, dt.datetime)
    action = ActionInput(description="Former l’équipe", owner=owner)
    added = data(add_corrective_action.sync(plan.id, client=api, body=action))
    assert added.status is ActionStatus.TODO
    assert added.completed_at is UNSET
    return plan.id


def end(api: AuthenticatedClient, plan_id: str) -> None:
    """Close in vain, finish the actions, close, archive."""
    closure = ClosureInput(summary="Délai moyen passé de 12 h à 3 h 20.", outcomes=["- 42 %"])
    early = close_improvement_plan.sync(plan_id, client=api, body=closure)
    assert isinstance(early, Problem)
    assert early.code == "OPEN_ACTIONS"

    actions = data(get_improvement_plan.sync(plan_id, client=api)).actions
    assert early["openActions"] == [action.id for action in actions]
    for action in actions:
        changes = ActionChanges(status=ActionStatus.DONE)
        done = data(update_corrective_action.sync(plan_id, action.id, client=api, body=changes))
        assert isinstance(done.completed_at, dt.datetime)

    closed = data(close_improvement_plan.sync(plan_id, client=api, body=closure))
    assert closed.status is PlanStatus.COMPLETED
    assert isinstance(closed.closure_report, ClosingReportOutput)
    assert closed.closure_report.outcomes == closure.outcomes
    archive = PlanChanges(status=PlanStatus.ARCHIVED)
    archived = data(update_improvement_plan.sync(plan_id, client=api, body=archive))
    assert archived.closed_at == closed.closed_at


def survey(api: AuthenticatedClient, plan_id: str) -> None:
    """Find the plan in the statistics and in the list."""
    since = dt.date(2026, 1, 1)
    stats = data(get_improvement_plan_stats.sync(client=api, from_=since))
    assert stats.by_trigger.feedback >= 1
    assert stats.completion_rate <= 1
    page = list_improvement_plans.sync(
        client=api, status=PlanStatus.ARCHIVED, trigger=Trigger.FEEDBACK, per_page=5
    )
    assert isinstance(page, PlanListItemPage)
    assert plan_id in [one.id for one in page.data]
    assert page.meta.per_page == 5


def throw_away(api: AuthenticatedClient, owner: str) -> None:
    """Create a draft and delete it."""
    body = PlanInput(
        title="Brouillon", trigger=Trigger.AUDIT, target_date=dt.date(2026, 12, 31), owner=owner
    )
    draft = data(create_improvement_plan.sync(client=api, body=body))
    assert delete_improvement_plan.sync_detailed(draft.id, client=api).status_code == 204
    gone = get_improvement_plan.sync(draft.id, client=api)
    assert isinstance(gone, Problem)
    assert gone.code == "NOT_FOUND"


if __name__ == "__main__":
    main(*sys.argv[1:])
    sys.stdout.write("lived\n")
