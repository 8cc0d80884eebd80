"""POST /improvement-plans."""

import pytest

from improvements.models import CorrectiveAction, ImprovementPlan, PlanComplaint
from qualiforma.accounts.models import User
from qualiforma.tenants.context import tenant_context
from tests.cast import ALICE, MONA, TWIN
from tests.improvements.factories import make_complaint, plan_body

URL = "/api/v1/improvement-plans"


def nothing_written():
    models = (ImprovementPlan, CorrectiveAction, PlanComplaint)
    return not any(model.objects.exists() for model in models)


def test_the_documented_body(as_alice):
    complaint = make_complaint(id="cmp_a1b2c3")
    body = plan_body(
        title="Améliorer la prise en charge du support N1",
        description="Réduction du temps de réponse moyen à moins de 4 h ouvrées.",
        trigger="COMPLAINT",
        linkedComplaintIds=[complaint.pk],
        actions=[
            {"description": "Un dashboard", "owner": MONA.id, "dueDate": "2026-05-15"},
            {"description": "Former l’équipe N1"},
        ],
    )
    answer = as_alice.post(URL, body)
    assert answer.status_code == 201
    data = answer.json()["data"]
    assert data["id"].startswith("imp_")
    assert (data["status"], data["actionsCount"]) == ("DRAFT", 2)
    assert [action["owner"] for action in data["actions"]] == [MONA.id, ALICE.id]
    assert [action["dueDate"] for action in data["actions"]] == ["2026-05-15", None]
    assert {action["status"] for action in data["actions"]} == {"TODO"}
    assert data["linkedComplaints"][0]["id"] == "cmp_a1b2c3"
    assert as_alice.get(f"{URL}/{data['id']}").json()["data"] == data


@pytest.mark.parametrize(
    ("trigger", "indicators"),
    [("COMPLAINT", [31, 32]), ("AUDIT", [32]), ("FEEDBACK", [32]), ("PROACTIVE", [32])],
)
def test_default_indicators(as_alice, trigger, indicators):
    answer = as_alice.post(URL, plan_body(trigger=trigger))
    assert answer.json()["data"]["indicators"] == indicators


def test_past_target_dates_are_accepted(as_alice):
    assert as_alice.post(URL, plan_body(targetDate="2019-01-31")).status_code == 201


def test_an_empty_description_is_null(as_alice):
    for empty in ("", None):
        data = as_alice.post(URL, plan_body(description=empty)).json()["data"]
        assert data["description"] is None


LONG = "x" * 2001
BAD = [
    ({"title": ""}, "title"),
    ({"title": "   "}, "title"),
    ({"title": "x" * 201}, "title"),
    ({"title": 5}, "title"),
    ({"title": None}, "title"),
    ({"title": "a\x00b"}, "title"),
    ({"description": "x" * 5001}, "description"),
    ({"trigger": "complaint"}, "trigger"),
    ({"trigger": 1}, "trigger"),
    ({"targetDate": "2026-02-30"}, "targetDate"),
    ({"targetDate": "30/09/2026"}, "targetDate"),
    ({"targetDate": "20260930"}, "targetDate"),
    ({"targetDate": "2026-09-30T00:00:00Z"}, "targetDate"),
    ({"targetDate": 20260930}, "targetDate"),
    ({"owner": "usr_unknown"}, "owner"),
    ({"owner": "imp_8f3b21"}, "owner"),
    ({"owner": ["usr_alice"]}, "owner"),
    ({"owner": TWIN.email}, "owner"),
    ({"linkedComplaintIds": "cmp_a"}, "linkedComplaintIds"),
    ({"linkedComplaintIds": ["cmp_none"]}, "linkedComplaintIds[0]"),
    ({"linkedComplaintIds": ["imp_none"]}, "linkedComplaintIds[0]"),
    ({"linkedComplaintIds": ["cmp_a", "cmp_a"]}, "linkedComplaintIds"),
    ({"linkedComplaintIds": [f"cmp_{n}" for n in range(51)]}, "linkedComplaintIds"),
    ({"indicators": [0]}, "indicators[0]"),
    ({"indicators": [34]}, "indicators[0]"),
    ({"indicators": ["31"]}, "indicators[0]"),
    ({"indicators": [31.0]}, "indicators[0]"),
    ({"indicators": [True]}, "indicators[0]"),
    ({"indicators": [32, 32]}, "indicators"),
    ({"indicators": None}, "indicators"),
    ({"actions": {}}, "actions"),
    ({"actions": ["x"]}, "actions[0]"),
    ({"actions": [{"description": "a"}] * 201}, "actions"),
    ({"actions": [{"description": "a"}, {"description": LONG}]}, "actions[1].description"),
    ({"actions": [{"description": "a"}, {}]}, "actions[1].description"),
    ({"actions": [{"description": "a", "duedate": "2026-01-01"}]}, "actions[0].duedate"),
    ({"actions": [{"description": "a", "dueDate": "2026-02-30"}]}, "actions[0].dueDate"),
    ({"actions": [{"description": "a", "owner": "usr_none"}]}, "actions[0].owner"),
    ({"targetdate": "2026-01-01"}, "targetdate"),
    ({"id": "imp_mine"}, "id"),
    ({"status": "COMPLETED"}, "status"),
]


@pytest.mark.parametrize(("change", "field"), BAD, ids=str)
def test_a_bad_value_is_named_and_nothing_is_written(as_alice, change, field):
    answer = as_alice.post(URL, plan_body(**change))
    assert answer.status_code == 400, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert nothing_written()


@pytest.mark.parametrize("missing", ["title", "trigger", "targetDate", "owner"])
def test_a_missing_field_is_named(as_alice, missing):
    body = plan_body()
    del body[missing]
    [error] = as_alice.post(URL, body).json()["errors"]
    assert (error["field"], error["code"]) == (missing, "required")


def test_a_bad_third_action_leaves_nothing(as_alice):
    actions = [{"description": "Un"}, {"description": "Deux"}]
    actions.append({"description": "Trois", "owner": "usr_none"})
    answer = as_alice.post(URL, plan_body(actions=actions))
    assert [error["field"] for error in answer.json()["errors"]] == ["actions[2].owner"]
    assert nothing_written()


def test_each_unknown_complaint_is_named(as_alice):
    known = make_complaint()
    ids = ["cmp_x", known.pk, "cmp_y"]
    answer = as_alice.post(URL, plan_body(linkedComplaintIds=ids))
    fields = [error["field"] for error in answer.json()["errors"]]
    assert fields == ["linkedComplaintIds[0]", "linkedComplaintIds[2]"]


def test_ids_of_the_other_tenant_are_unknown(as_alice, globex):
    with tenant_context(globex):
        theirs = make_complaint()
    answer = as_alice.post(URL, plan_body(linkedComplaintIds=[theirs.pk], owner="usr_charlie"))
    fields = {error["field"] for error in answer.json()["errors"]}
    assert fields == {"owner", "linkedComplaintIds[0]"}
    assert nothing_written()


def test_an_inactive_owner_is_refused(as_alice):
    User.objects.filter(pk=MONA.id).update(is_active=False)
    [error] = as_alice.post(URL, plan_body(owner=MONA.id)).json()["errors"]
    assert (error["field"], error["code"]) == ("owner", "unknown")
