"""The demo's records, as a visitor meets them."""

import pytest

from actionplans.demo import load
from actionplans.models import Action, ActionPlan, Area
from actionplans.states import State
from qualiforma.accounts.demo import load as load_people
from qualiforma.accounts.models import User
from qualiforma.audit.models import AuditEvent


@pytest.mark.parametrize("slug", ["qualiforma-demo", "votre-tenant"])
def test_eight_plans_and_sixty_actions_in_every_state(acme, slug, as_alice):
    load_people(slug)
    load(slug)
    assert (ActionPlan.objects.count(), Action.objects.count()) == (8, 60)
    assert ActionPlan.objects.filter(created_by=None).count() == 1
    states = [vars(one)["status"] for one in Action.objects.with_status()]
    assert {state: states.count(state) >= 3 for state in State} == dict.fromkeys(State, True)
    top = Area.objects.get(parent=None)
    assert Area.objects.filter(parent__parent=top).count() >= 5
    assert User.objects.filter(role="MANAGER", pk__startswith="usr_lead").count() == 4
    plan = as_alice.get("/api/v1/company/action-plans/507f1f77bcf86cd799439011").json()
    assert 0 < plan["completionPercent"] < 100
    found = as_alice.get("/api/v1/company/actions", {"hierarchyId": top.pk}).json()
    assert found["total"] == 0  # sites and teams are named, not the whole
    entries = AuditEvent.objects.count()
    load(slug)
    assert AuditEvent.objects.count() == entries
