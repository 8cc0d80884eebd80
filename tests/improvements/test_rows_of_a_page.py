"""What a plan's page reads in one trip is that of its plan and organisation, as it is at that moment."""

from improvements.models import CorrectiveAction
from qualiforma.tenants.context import tenant_context
from tests.admin_client import entered
from tests.cast import ALICE, CHARLIE
from tests.improvements.factories import make_action, make_plan
from tests.improvements.pages import page_of

OURS, THEIRS = "Revoir notre accueil", "Refaire leur livret"


def shown(client, plan):
    answer = client.get(page_of(plan))
    assert answer.status_code == 200
    text = answer.content.decode()
    return OURS in text, THEIRS in text


def test_rows_are_those_of_the_organisation_by_turns(acme, globex):
    ours = make_plan(id="imp_twin")
    make_action(ours, description=OURS)
    with tenant_context(globex):
        theirs = make_plan(id="imp_twin", owner_id=CHARLIE.id)
        make_action(theirs, description=THEIRS)
    alice, charlie = entered(ALICE), entered(CHARLIE)
    for _ in range(2):
        assert shown(alice, ours) == (True, False)
        assert shown(charlie, theirs) == (False, True)


def test_rows_are_those_of_the_plan_as_they_are_now(admin_client):
    plan, other = make_plan(), make_plan()
    action = make_action(plan, description=OURS)
    assert shown(admin_client, plan) == (True, False)
    assert shown(admin_client, other) == (False, False)
    CorrectiveAction.objects.filter(pk=action.pk).update(description=THEIRS)
    assert shown(admin_client, plan)[1]  # what it was is in the history


def test_a_closed_plan_shows_its_followers_alone(admin_client):
    closed = make_plan(status="COMPLETED", actions=[{"status": "DONE"}])
    other = make_plan(status="COMPLETED", actions=[{"status": "DONE"}])
    make_plan(title=OURS, follows_plan=closed)
    assert shown(admin_client, closed) == (True, False)
    assert shown(admin_client, other) == (False, False)
