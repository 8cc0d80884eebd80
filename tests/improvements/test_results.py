"""Causes and expected results of a plan, kinds of actions, and due dates that are moved."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from improvements.models import DueDateMove, ExpectedResult, ImprovementPlan
from improvements.reports import report_of
from improvements.states import PlanStatus
from tests.admin_client import text_of
from tests.cast import ALICE
from tests.improvements.factories import make_action, make_plan, plan_body
from tests.improvements.pages import fields_of, page_of

URL = "/api/v1/improvement-plans"
RESULT = {"name": "Délai de réponse", "unit": "h", "baseline": 12, "target": 4, "direction": "DOWN"}
MEASURED = {"measuredValue": 3.25, "measuredOn": "2026-09-25"}


def fields(answer):
    return [one["field"] for one in answer.json()["errors"]]


def results_of(client, plan_id):
    return client.get(f"{URL}/{plan_id}").json()["data"]["expectedResults"]


@pytest.fixture
def plan(acme):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    plan.expected_results.create(name="Délai", target=4, direction="DOWN", id="res_one")
    return plan


def test_a_plan_is_created_with_its_cause_results_and_kinds(as_alice):
    body = plan_body(
        rootCause="Un seul technicien.",
        causeMethod="FIVE_WHYS",
        expectedResults=[RESULT | MEASURED, {"name": "Notes", "target": 4.5, "direction": "UP"}],
        actions=[{"description": "Former", "kind": "PREVENTIVE", "dueDate": "2026-12-01"}],
    )
    answer = as_alice.post(URL, body)
    assert answer.status_code == 201, answer.content
    found = answer.json()["data"]
    assert (found["rootCause"], found["causeMethod"]) == ("Un seul technicien.", "FIVE_WHYS")
    first, second = found["expectedResults"]
    assert first.items() >= (RESULT | MEASURED | {"met": True, "targetChanges": []}).items()
    assert (second["met"], second["measuredValue"], second["unit"]) == (None, None, None)
    [action] = found["actions"]
    assert (action["kind"], action["firstDueDate"], action["dueDateMoves"]) == (
        *("PREVENTIVE", "2026-12-01"),
        [],
    )


@pytest.mark.parametrize(
    ("direction", "value", "met"),
    [
        *(("UP", 3.99, False), ("UP", 4, True), ("UP", 5, True)),
        *(("DOWN", 3, True), ("DOWN", 4, True), ("DOWN", 4.01, False)),
        *(("EQUAL", 3.99, False), ("EQUAL", 4, True), ("EQUAL", 4.01, False)),
    ],
)
def test_met_is_computed(as_alice, direction, value, met):
    one = RESULT | {"direction": direction, "measuredValue": value}
    body = as_alice.post(URL, plan_body(expectedResults=[one])).json()["data"]
    [found] = body["expectedResults"]
    assert (found["met"], found["measuredOn"]) == (met, str(timezone.localdate()))


REFUSED = {
    "eleven": ([RESULT] * 11, "expectedResults"),
    "no target": ([{"name": "x", "direction": "UP"}], "expectedResults[0].target"),
    "blank": ([RESULT | {"name": " "}], "expectedResults[0].name"),
    "sideways": ([RESULT | {"direction": "SIDE"}], "expectedResults[0].direction"),
    "a text": ([RESULT | {"target": "4"}], "expectedResults[0].target"),
    "too fine": ([RESULT | {"target": 4.001}], "expectedResults[0].target"),
    "too large": ([RESULT | {"target": 1e10}], "expectedResults[0].target"),
    "day alone": ([RESULT | {"measuredOn": "2026-09-25"}], "expectedResults[0].measuredOn"),
    "met given": ([RESULT | {"met": True}], "expectedResults[0].met"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_names_the_field_and_stores_nothing(as_alice, name):
    results, field = REFUSED[name]
    answer = as_alice.post(URL, plan_body(expectedResults=results))
    assert (answer.status_code, fields(answer)) == (400, [field]), answer.content
    assert not ImprovementPlan.objects.exists()


def test_results_are_changed_by_id_added_and_removed(as_alice, plan):
    plan.expected_results.create(name="Autre", target=1, direction="UP", id="res_two")
    kept = {"id": "res_one", "name": "Délai", "target": 4, "direction": "DOWN", "measuredValue": 3}
    answer = as_alice.patch(f"{URL}/{plan.pk}", {"expectedResults": [RESULT, kept]})
    assert answer.status_code == 200, answer.content
    new, old = answer.json()["data"]["expectedResults"]
    assert (new["name"], old["id"], old["met"]) == ("Délai de réponse", "res_one", True)
    assert not ExpectedResult.objects.filter(pk="res_two").exists()
    again = [{name: one[name] for name in ("id", *RESULT, *MEASURED)} for one in (new, old)]
    repeated = as_alice.patch(f"{URL}/{plan.pk}", {"expectedResults": again})
    assert repeated["ETag"] == answer["ETag"]


def test_another_plan_s_result_is_unknown(as_alice, plan):
    other = make_plan()
    body = {"expectedResults": [RESULT | {"id": "res_one"}]}
    answer = as_alice.patch(f"{URL}/{other.pk}", body)
    assert (answer.status_code, fields(answer)) == (400, ["expectedResults[0].id"])


def test_a_target_of_a_started_plan_changes_with_a_reason_that_the_report_shows(as_alice, plan):
    change = {"id": "res_one", "name": "Délai", "target": 6, "direction": "DOWN"}
    answer = as_alice.patch(f"{URL}/{plan.pk}", {"expectedResults": [change]})
    assert (answer.status_code, fields(answer)) == (400, ["expectedResults[0].targetReason"])
    change |= {"targetReason": "Équipe réduite.", "measuredValue": 5}
    answer = as_alice.patch(f"{URL}/{plan.pk}", {"expectedResults": [change]})
    [moved] = answer.json()["data"]["expectedResults"][0]["targetChanges"]
    assert (moved["from"], moved["to"], moved["reason"]) == ("4", "6", "Équipe réduite.")
    as_alice.post(f"{URL}/{plan.pk}/close", {"summary": "Fait."})
    whole = ImprovementPlan.objects.select_related("closing_report").get(pk=plan.pk)
    [row] = report_of(whole)["frozen"]["results"]
    assert (row["met"], row["changes"]) == ("Atteint", "4 devient 6 : Équipe réduite.")


def test_a_draft_s_target_needs_none(as_alice):
    body = as_alice.post(URL, plan_body(expectedResults=[RESULT])).json()["data"]
    change = RESULT | {"id": body["expectedResults"][0]["id"], "target": 6}
    assert as_alice.patch(f"{URL}/{body['id']}", {"expectedResults": [change]}).status_code == 200


@pytest.mark.parametrize(
    "write",
    [
        lambda plan: plan.expected_results.update(name="Autre"),
        lambda plan: plan.expected_results.all().delete(),
        lambda plan: plan.expected_results.create(name="Encore", target=1, direction="UP"),
        lambda plan: DueDateMove.objects.create(
            plan=plan, action=plan.actions.get(), from_date="2026-01-01", moved_by_id=ALICE.id
        ),
    ],
)
def test_results_and_dates_are_frozen_with_their_plan(as_alice, plan, write):
    make_action(plan, status="DONE")
    as_alice.post(f"{URL}/{plan.pk}/close", {"summary": "Fait."})
    with pytest.raises(IntegrityError), transaction.atomic():
        write(plan)
    answer = as_alice.patch(f"{URL}/{plan.pk}", {"expectedResults": []})
    assert (answer.status_code, answer.json()["code"]) == (409, "PLAN_FROZEN")


# --- Due dates
def day(number):
    return str(timezone.localdate() + timedelta(days=number))


def test_moves_keep_the_first_date_and_each_reason(as_alice, plan):
    action = make_action(plan)
    url = f"{URL}/{plan.pk}/actions/{action.pk}"
    as_alice.patch(url, {"dueDate": day(1)})
    as_alice.patch(url, {"dueDate": day(5), "reason": "Salle prise."})
    as_alice.patch(url, {"dueDate": day(5), "reason": "Salle prise."})
    found = as_alice.patch(url, {"dueDate": None}).json()["data"]
    assert (found["dueDate"], found["firstDueDate"]) == (None, day(1))
    moves = [(one["fromDate"], one["toDate"], one["reason"]) for one in found["dueDateMoves"]]
    assert moves == [(day(1), day(5), "Salle prise."), (day(5), None, None)]
    with pytest.raises(IntegrityError), transaction.atomic():
        DueDateMove.objects.update(reason="Autre")


def test_a_reason_of_nothing_is_refused(as_alice, plan):
    action = make_action(plan)
    answer = as_alice.patch(f"{URL}/{plan.pk}/actions/{action.pk}", {"reason": "Pourquoi pas."})
    assert (answer.status_code, fields(answer)) == (400, ["reason"])


def test_a_cancelled_action_keeps_its_reason_until_it_is_taken_up_again(as_alice, plan):
    action = make_action(plan)
    url = f"{URL}/{plan.pk}/actions/{action.pk}"
    assert "reason" not in as_alice.patch(url, {"status": "CANCELLED"}).json()["data"]
    assert as_alice.patch(url, {"reason": "Sans objet."}).json()["data"]["reason"] == "Sans objet."
    assert "reason" not in as_alice.patch(url, {"status": "TODO"}).json()["data"]


def test_two_hundred_postponements_are_all_there_and_cost_no_more(as_alice, plan):
    def queries():
        with CaptureQueriesContext(connection) as caught:
            body = as_alice.get(f"{URL}/{plan.pk}").json()["data"]
        return len(caught), body["actions"][0]["dueDateMoves"]

    action = make_action(plan, due_date=timezone.localdate())
    url = f"{URL}/{plan.pk}/actions/{action.pk}"
    as_alice.patch(url, {"dueDate": day(1), "reason": "Report 1."})
    before, _moves = queries()
    for number in range(2, 201):
        as_alice.patch(url, {"dueDate": day(number), "reason": f"Report {number}."})
    after, moves = queries()
    assert after == before
    assert [one["reason"] for one in moves] == [f"Report {rank}." for rank in range(1, 201)]
    assert moves[0]["fromDate"] == day(0)


# --- Back-office
def test_the_page_shows_and_keeps_results(admin_client, plan):
    body = fields_of(plan) | {"expected_results-0-measured_value": "3,5", "root_cause": "Usure."}
    body["expected_results-0-measured_on"] = "2026-09-25"
    answer = admin_client.send(page_of(plan), body)
    assert answer.status_code == 302, text_of(answer)
    plan.refresh_from_db()
    assert (plan.root_cause, plan.expected_results.get().met) == ("Usure.", True)
    assert "Atteint" in text_of(admin_client.get(page_of(plan)))
    body = fields_of(plan) | {"expected_results-0-target": "2"}
    refused = admin_client.send(page_of(plan), body)
    assert "Le plan a démarré : indiquez pourquoi la valeur visée change." in text_of(refused)
    assert plan.expected_results.get().target == 4
