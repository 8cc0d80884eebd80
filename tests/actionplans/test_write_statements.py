"""What a move of an assignee's part asks the database."""

from actionplans.api.serializers import CompanyActionOutput
from actionplans.models import Action
from actionplans.states import State
from tests.actionplans.factories import make_action, make_plan
from tests.cast import ALICE, MONA
from tests.improvements.test_write_statements import statements_of


def test_a_move_of_a_part(acme, as_alice):
    action = make_action(make_plan(), {ALICE.id: State.PENDING, MONA.id: State.PENDING})
    states = iter(["IN_PROGRESS", "COMPLETED"])
    url = f"/api/v1/company/actions/{action.pk}/status"
    found = statements_of(
        lambda: as_alice.patch(url, {"status": next(states), "assigneeId": MONA.id})
    )
    # The schema with the user, the action; the trail's lock, those of plan and action with the part,
    # three changes, the answer.
    assert len(found) == 6
    assert found[3].index("actionplans_actionplan") < found[3].index("actionplans_assignment")
    assert found[4].count("UPDATE") == 3


def test_it_is_answered_as_its_serializer_writes_it(acme, as_alice):
    action = make_action(make_plan(), {ALICE.id: State.PENDING, MONA.id: State.PENDING})
    url = f"/api/v1/company/actions/{action.pk}/status"
    answer = as_alice.patch(url, {"status": "COMPLETED", "assigneeId": MONA.id})
    whole = Action.objects.with_status().with_parts().get(pk=action.pk)
    assert answer.json() == CompanyActionOutput(whole).data
    assert list(answer.json()) == list(CompanyActionOutput(whole).data)
    assert answer["ETag"] == f'"{whole.version}"'
