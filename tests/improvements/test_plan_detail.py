"""GET /improvement-plans/:id."""

from improvements.states import PlanStatus
from tests.cast import MONA, TOM
from tests.improvements.factories import link, make_action, make_complaint, make_plan

URL = "/api/v1/improvement-plans"


def test_the_documented_keys_come_first(as_alice):
    plan = make_plan()
    make_action(plan, status="DONE")
    make_action(plan)
    data = as_alice.get(f"{URL}/{plan.pk}").json()["data"]
    assert list(data)[:9] == [
        "id",
        "title",
        "description",
        "trigger",
        "status",
        "owner",
        "targetDate",
        "linkedComplaintIds",
        "actions",
    ]
    assert list(data["actions"][0])[:6] == [
        *("id", "description", "status", "owner", "dueDate", "completedAt")
    ]
    assert "completedAt" not in data["actions"][1]
    assert not {"closedAt", "closedBy", "closureReport", "archiveReason"} & set(data)


def test_a_closed_plan_has_its_report(as_alice):
    plan = make_plan(status=PlanStatus.COMPLETED)
    data = as_alice.get(f"{URL}/{plan.pk}").json()["data"]
    assert data["closedBy"] == "usr_alice"
    assert data["closureReport"] == {
        "summary": "Accueil revu.",
        "outcomes": ["4,8 / 5"],
        "attachmentS3Key": None,
        "attachmentUrl": None,
    }


def test_complaints_stand_in_the_order_given(as_alice):
    plan = make_plan()
    second, first = make_complaint(), make_complaint()
    link(plan, second, position=1)
    link(plan, first, position=0)
    data = as_alice.get(f"{URL}/{plan.pk}").json()["data"]
    assert data["linkedComplaintIds"] == [first.pk, second.pk]
    assert [one["id"] for one in data["linkedComplaints"]] == [first.pk, second.pk]


def test_owners_see_their_plans(as_mona, as_tom):
    plan = make_plan(owner_id=MONA.id)
    make_action(plan, owner_id=TOM.id)
    assert as_mona.get(f"{URL}/{plan.pk}").status_code == 200
    assert as_tom.get(f"{URL}/{plan.pk}").status_code == 200


def test_unknown_parameters_are_refused(as_alice):
    plan = make_plan()
    assert as_alice.get(f"{URL}/{plan.pk}?expand=1").status_code == 400


def test_odd_ids_are_not_found(as_alice):
    for odd in ("imp_", "%00", "imp_x%00", "..", "imp_%F0%9F%98%80", "a" * 81, "imp 1"):
        assert as_alice.get(f"{URL}/{odd}").status_code == 404, odd


def test_query_count_does_not_grow(as_alice, count_queries):
    def plan_with(number):
        plan = make_plan()
        for position in range(number):
            make_action(plan)
            link(plan, make_complaint(), position)
        return plan

    few, many = plan_with(2), plan_with(20)
    assert count_queries(lambda: as_alice.get(f"{URL}/{few.pk}")) == count_queries(
        lambda: as_alice.get(f"{URL}/{many.pk}")
    )
