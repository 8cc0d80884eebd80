"""What an integrator does, by OpenAPI Generator's `python` client alone.

Call: `python flow.py ADDRESS TENANT EMAIL PASSWORD PDF`; beside it stands `openapi_client`.
"""

import datetime as dt
import inspect
import itertools
import sys
from pathlib import Path

import openapi_client as api
from openapi_client.exceptions import ApiException

START = api.PlanChanges(status=api.PlanStatus.IN_PROGRESS)
DONE = api.ActionChanges(status=api.ActionStatus.DONE)


def refused(status, code, call, *args, **kwargs):
    """Make a call that must be refused."""
    try:
        call(*args, **kwargs)
    except ApiException as error:
        answered = (error.status, error.data.code)
    else:
        answered = None
    assert answered == (status, code)


def main(address, tenant, email, password, pdf):
    settings = api.Configuration(host=address, api_key={"tenantHeader": tenant})
    client = api.ApiClient(settings)
    login = api.LoginInput(email=email, password=password)
    settings.access_token = api.AuthApi(client).login(login).data.access_token
    me = api.AuthApi(client).get_me().data
    assert me.role is api.Role.ADMIN
    plans = api.ImprovementsApi(client)
    keep_plan(plans, me.id, Path(pdf))
    page_and_delete(plans, me.id)
    company_actions(client, settings, email, password)
    read_everything(client)


def keep_plan(plans, owner, pdf):
    """Create a plan, start it, upload a file, close it too early, then as it must be."""
    body = api.PlanInput(
        title="Raccourcir les délais",
        trigger=api.Trigger.FEEDBACK,
        target_date=dt.date(2026, 12, 31),
        owner=owner,
        actions=[api.ActionInput(description="Écouter", due_date=dt.date(2026, 10, 1))],
    )
    plan = plans.create_improvement_plan(body).data
    assert plan.started_at is None
    plans.update_improvement_plan(plan.id, plan_changes=START)
    file = plans.add_attachment(plan.id, ("compte-rendu.pdf", pdf.read_bytes())).data
    assert (file.name, file.size) == ("compte-rendu.pdf", pdf.stat().st_size)
    closure = api.ClosureInput(summary="Délai réduit.", outcomes=["- 42 %"])
    refused(409, "OPEN_ACTIONS", plans.close_improvement_plan, plan.id, closure)

    plans.update_corrective_action(plan.id, plan.actions[0].id, action_changes=DONE)
    closed = plans.close_improvement_plan(plan.id, closure).data
    assert closed.status is api.PlanStatus.COMPLETED
    assert closed.closure_report.outcomes == ["- 42 %"]


def page_and_delete(plans, owner):
    """Create drafts, turn the pages of the list, delete the drafts."""
    body = api.PlanInput(
        title="Brouillon",
        trigger=api.Trigger.AUDIT,
        target_date=dt.date(2026, 12, 31),
        owner=owner,
    )
    drafts = {plans.create_improvement_plan(body).data.id for _ in range(3)}
    found = set()
    for page in itertools.count(1):
        answer = plans.list_improvement_plans(status=api.PlanStatus.DRAFT, page=page, per_page=2)
        found |= {one.id for one in answer.data}
        if not answer.data:
            break
    assert drafts <= found
    assert len(found) == answer.meta.total
    for draft in drafts:
        plans.delete_improvement_plan(draft)
        refused(404, "NOT_FOUND", plans.get_improvement_plan, draft)


def company_actions(client, settings, email, password):
    """Open a company session; work with its `SessionId` alone."""
    action_plans = api.ActionPlansApi(client)
    session = action_plans.open_company_session(
        api.CredentialsInput(email=email, password=password)
    )
    only = api.ApiClient(api.Configuration(host=settings.host))
    only.configuration.api_key["sessionId"] = session.session_id
    theirs = api.ActionPlansApi(only)
    plan = theirs.create_action_plan(api.ActionPlanInput(title="Équipe"))
    made = theirs.create_action(
        api.CompanyActionInput(plan_id=plan.id, title="Accueil", due_date=dt.date(2099, 6, 30))
    )
    assert made.due_date == dt.date(2099, 6, 30)
    theirs.delete_action_plan(plan.id)


def read_everything(client):
    """Make each call that only reads and needs no id, one family after the other."""
    count = 0
    families = [one for name, one in vars(api).items() if name.endswith("Api")]
    for family in families:
        for name, call in inspect.getmembers(family(client), inspect.ismethod):
            needed = [
                one
                for one in inspect.signature(call).parameters.values()
                if one.default is one.empty
            ]
            if name.startswith(("list_", "get_")) and "with" not in name and not needed:
                call()
                count += 1
    assert count > 30, count


if __name__ == "__main__":
    main(*sys.argv[1:])
    sys.stdout.write("done\n")
