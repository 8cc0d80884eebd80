"""DELETE /improvement-plans/:id."""

from improvements.models import ImprovementPlan
from tests.cast import ALICE
from tests.improvements.factories import make_action, make_plan

URL = "/api/v1/improvement-plans"


def test_a_draft_is_gone_everywhere_but_kept(as_alice):
    plan = make_plan()
    action = make_action(plan)
    answer = as_alice.delete(f"{URL}/{plan.pk}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert as_alice.get(f"{URL}/{plan.pk}").status_code == 404
    assert as_alice.delete(f"{URL}/{plan.pk}").status_code == 404
    assert as_alice.patch(f"{URL}/{plan.pk}", {"title": "x"}).status_code == 404
    assert as_alice.post(f"{URL}/{plan.pk}/actions", {"description": "x"}).status_code == 404
    body = {"status": "DONE"}
    assert as_alice.patch(f"{URL}/{plan.pk}/actions/{action.pk}", body).status_code == 404
    assert as_alice.get(f"{URL}/stats").json()["data"]["totalPlans"] == 0
    kept = ImprovementPlan.objects.get(pk=plan.pk)
    assert kept.deleted_by_id == ALICE.id
    assert kept.deleted_at is not None
