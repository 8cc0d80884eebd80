"""Whether closed plans have had their effect: checks, who makes them, what follows, what comes back."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from compliance.models import OrganisationProfile
from improvements.models import EffectivenessCheck, ImprovementPlan
from improvements.states import Effectiveness, PlanStatus, Verdict, effectiveness_of
from qualiforma.accounts.models import User
from tests.admin_client import text_of
from tests.cast import ALICE, BOB, MONA
from tests.improvements.factories import link, make_action, make_complaint, make_plan
from tests.improvements.pages import LIST, page_of
from tests.qualiforma.training.factories import make_course, make_enrollment

URL = "/api/v1/improvement-plans"
FOUND = {"verdict": "EFFECTIVE", "method": "Relevé de 90 jours."}
VAIN = {"verdict": "NOT_EFFECTIVE", "method": "Enquête.", "reason": "Site fermé."}
CLOSED = datetime(2026, 9, 1, 9, tzinfo=UTC)


def day(number):
    return timezone.localdate() + timedelta(days=number)


def fields(answer):
    return [one["field"] for one in answer.json()["errors"]]


@pytest.fixture
def plan(acme):
    """Bob's, closed, with nothing of Alice's in it."""
    return make_plan(
        [{"status": "DONE"}],
        [{"id": "res_one", "target": 4}, {"id": "res_two", "target": 1, "name": "Autre"}],
        owner_id=BOB.id,
        status=PlanStatus.COMPLETED,
        root_cause="Un seul technicien.",
    )


def check(client, plan, **body):
    return client.post(f"{URL}/{plan.pk}/effectiveness", FOUND | body)


# --- The second axis: every square by hand
AXIS = {
    ("DRAFT", False, None): "NOT_DUE",
    ("IN_PROGRESS", False, None): "NOT_DUE",
    ("COMPLETED", True, None): "TO_CHECK",
    ("ARCHIVED", True, None): "TO_CHECK",
    ("ARCHIVED", False, None): "NOT_APPLICABLE",
    ("COMPLETED", True, "EFFECTIVE"): "EFFECTIVE",
    ("COMPLETED", True, "PARTLY"): "PARTLY",
    ("COMPLETED", True, "NOT_EFFECTIVE"): "NOT_EFFECTIVE",
    ("ARCHIVED", True, "EFFECTIVE"): "EFFECTIVE",
    ("ARCHIVED", True, "PARTLY"): "PARTLY",
    ("ARCHIVED", True, "NOT_EFFECTIVE"): "NOT_EFFECTIVE",
}


@pytest.mark.parametrize("square", AXIS, ids=str)
def test_where_a_plan_stands(as_alice, acme, square):
    status, is_closed, verdict = square
    found = effectiveness_of(PlanStatus(status), is_closed=is_closed, verdict=verdict)
    assert found == AXIS[square]
    if is_closed:
        plan = make_plan(status=PlanStatus.COMPLETED, owner_id=BOB.id)
        if verdict:
            reason = {} if verdict == "EFFECTIVE" else {"reason": "Assez."}
            assert check(as_alice, plan, verdict=verdict, **reason).status_code == 201
        if status == "ARCHIVED":
            as_alice.patch(f"{URL}/{plan.pk}", {"status": "ARCHIVED"})
    else:
        plan = make_plan(status=status)
    for state in Effectiveness.values:
        listed = as_alice.get(f"{URL}?effectiveness={state}").json()["data"]
        assert [one["id"] for one in listed] == ([plan.pk] if state == AXIS[square] else [])
    assert as_alice.get(f"{URL}/{plan.pk}").json()["data"]["effectiveness"] == AXIS[square]


@pytest.mark.parametrize("status", ["DRAFT", "IN_PROGRESS", "COMPLETED", "ARCHIVED", "CLOSED"])
@pytest.mark.parametrize("verdict", Verdict.values)
def test_which_plans_can_be_checked(as_alice, acme, status, verdict):
    """ARCHIVED alone was given up; CLOSED stands for archived after completion."""
    state = "COMPLETED" if status == "CLOSED" else status
    plan = make_plan(status=state, owner_id=BOB.id)
    if status == "CLOSED":
        as_alice.patch(f"{URL}/{plan.pk}", {"status": "ARCHIVED"})
    reason = {} if verdict == "EFFECTIVE" else {"reason": "Assez."}
    answer = check(as_alice, plan, verdict=verdict, **reason)
    if status in {"COMPLETED", "CLOSED"}:
        assert answer.status_code == 201, answer.content
    else:
        assert (answer.status_code, answer.json()["code"]) == (409, "PLAN_NOT_CLOSED")
        assert not EffectivenessCheck.objects.exists()


# --- When
def test_closing_sets_when_the_effect_is_to_be_checked(as_alice, acme):
    OrganisationProfile.objects.create(effectiveness_days=30)
    for given, due in (({}, day(30)), ({"effectivenessDueDate": str(day(5))}, day(5))):
        plan = make_plan(status=PlanStatus.IN_PROGRESS)
        body = as_alice.post(f"{URL}/{plan.pk}/close", {"summary": "Fait."} | given).json()["data"]
        assert body["effectivenessDueDate"] == str(due)
        assert body["effectiveness"] == "TO_CHECK"
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    past = {"summary": "Fait.", "effectivenessDueDate": str(day(-1))}
    answer = as_alice.post(f"{URL}/{plan.pk}/close", past)
    assert (answer.status_code, fields(answer)) == (400, ["effectivenessDueDate"])


def test_overdue_checks_are_filtered_and_counted(as_alice, acme):
    def closed(due):
        plan = make_plan(status=PlanStatus.IN_PROGRESS, owner_id=BOB.id)
        plan.effectiveness_due_date = due
        plan.closed_at, plan.closed_by_id, plan.status = timezone.now(), BOB.id, "COMPLETED"
        plan.save()
        return plan

    late, _today, seen = closed(day(-1)), closed(day(0)), closed(day(-9))
    check(as_alice, seen)
    found = as_alice.get(f"{URL}?checkOverdue=true").json()["data"]
    assert [one["id"] for one in found] == [late.pk]
    assert as_alice.get(f"{URL}?checkOverdue=false").json()["meta"]["total"] == 2
    assert as_alice.get(f"{URL}/stats").json()["data"]["checksOverdue"] == 1


# --- What is kept
def test_a_check_is_kept_with_its_measures(as_alice, plan):
    before = as_alice.get(f"{URL}/{plan.pk}")
    measures = [{"resultId": "res_one", "measuredValue": 3.5, "measuredOn": str(day(0))}]
    answer = check(as_alice, plan, measures=measures, comment="Net.")
    assert answer.status_code == 201, answer.content
    body = answer.json()["data"]
    assert body["measures"] == [measures[0] | {"name": "Délai", "met": True}]
    assert (body["verifiedBy"], body["verifierIsDoer"]) == (ALICE.id, False)
    after = as_alice.get(f"{URL}/{plan.pk}")
    assert after.json()["data"]["effectivenessChecks"] == [body]
    assert after.json()["data"]["expectedResults"] == before.json()["data"]["expectedResults"]
    assert (
        int(after["ETag"].strip('"'))
        == int(before["ETag"].strip('"')) + 1
        == int(answer["ETag"].strip('"'))
    )
    stale = as_alice.post(f"{URL}/{plan.pk}/effectiveness", FOUND, HTTP_IF_MATCH=before["ETag"])
    assert stale.status_code == 412


@pytest.mark.parametrize(
    "write",
    [
        lambda: EffectivenessCheck.objects.update(comment="Autre"),
        lambda: EffectivenessCheck.objects.all().delete(),
    ],
)
def test_checks_never_change(as_alice, plan, write):
    check(as_alice, plan)
    with pytest.raises(IntegrityError), transaction.atomic():
        write()


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no method": ({"method": " "}, "method"),
    "no verdict": ({"verdict": "GOOD"}, "verdict"),
    "tomorrow": ({"verifiedOn": str(day(1))}, "verifiedOn"),
    "before closing": ({"verifiedOn": str(day(-2))}, "verifiedOn"),
    "unknown result": (
        {"measures": [{"resultId": "res_x", "measuredValue": 1}]},
        "measures[0].resultId",
    ),
    "measured twice": (
        {"measures": [{"resultId": "res_one", "measuredValue": 1}] * 2},
        "measures[1].resultId",
    ),
    "a sequel to what worked": ({"successor": True}, "successor"),
    "a reason for what worked": ({"reason": "?"}, "reason"),
    "neither": ({"verdict": "PARTLY"}, "reason"),
    "both": ({"verdict": "PARTLY", "successor": True, "reason": "?"}, "reason"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_names_the_field(as_alice, plan, name):
    body, field = REFUSED[name]
    answer = check(as_alice, plan, **body)
    assert (answer.status_code, fields(answer)) == (400, [field]), answer.content
    assert not EffectivenessCheck.objects.exists()
    assert ImprovementPlan.objects.count() == 1


# --- Who
def doer(client, policy, *, owner=ALICE.id, actions=()):
    OrganisationProfile.objects.create(verifier_policy=policy)
    return check(client, make_plan(actions, status=PlanStatus.COMPLETED, owner_id=owner))


def second_admin():
    User.objects.filter(pk=MONA.id).update(role="ADMIN")


@pytest.mark.parametrize(("policy", "flag"), [("OFF", False), ("RECORD", True), ("ENFORCE", True)])
def test_with_one_administrator_the_doer_may_check(as_alice, acme, policy, flag):
    answer = doer(as_alice, policy)
    assert (answer.status_code, answer.json()["data"]["verifierIsDoer"]) == (201, flag)


@pytest.mark.parametrize("by", ["owner", "action"])
def test_with_two_an_enforcing_organisation_refuses_the_doer(as_alice, acme, by):
    second_admin()
    if by == "owner":
        answer = doer(as_alice, "ENFORCE")
    else:
        done = [{"status": "DONE", "owner_id": ALICE.id}]
        answer = doer(as_alice, "ENFORCE", owner=BOB.id, actions=done)
    assert (answer.status_code, answer.json()["code"]) == (409, "VERIFIER_IS_DOER")
    assert not EffectivenessCheck.objects.exists()


def test_who_had_an_action_that_was_not_done_is_no_doer(as_alice, acme):
    second_admin()
    cancelled = [{"status": "CANCELLED", "owner_id": ALICE.id}]
    answer = doer(as_alice, "ENFORCE", owner=BOB.id, actions=cancelled)
    assert (answer.status_code, answer.json()["data"]["verifierIsDoer"]) == (201, False)


# --- What follows
def test_a_successor_takes_over_what_is_unfinished(as_alice, acme):
    complaint = make_complaint()
    plan = make_plan(
        [{"status": "DONE"}], [{"id": "res_one"}, {"id": "res_two"}], root_cause="Usure."
    )
    link(plan, complaint)
    as_alice.patch(f"{URL}/{plan.pk}", {"status": "IN_PROGRESS"})
    as_alice.post(f"{URL}/{plan.pk}/close", {"summary": "Fait."})
    measures = [
        {"resultId": "res_one", "measuredValue": 3},
        {"resultId": "res_two", "measuredValue": 7},
    ]
    answer = check(as_alice, plan, verdict="PARTLY", successor=True, measures=measures)
    assert answer.status_code == 201, answer.content
    new = as_alice.get(f"{URL}/{answer.json()['data']['successorId']}").json()["data"]
    assert (new["status"], new["followsPlanId"], new["rootCause"]) == ("DRAFT", plan.pk, "Usure.")
    assert new["linkedComplaintIds"] == [complaint.pk]
    [left] = new["expectedResults"]
    assert (left["baseline"], left["target"], left["measuredValue"]) == (7, 4, None)
    plan.refresh_from_db()
    assert new["title"].startswith(f"Suite de {plan.reference}")


# --- What comes back
def closed_about(enrollment, **more):
    plan = make_plan(trigger="COMPLAINT", owner_id=BOB.id)
    link(plan, make_complaint(received_at=CLOSED - timedelta(days=30), enrollment=enrollment))
    values = {"status": "COMPLETED", "closed_at": CLOSED, "closed_by_id": ALICE.id} | more
    ImprovementPlan.objects.filter(pk=plan.pk).update(**values)
    return plan


@pytest.mark.parametrize(
    ("days", "same", "recurs"),
    [
        *((30, True, True), (180, True, True), (181, True, False)),
        *((0, True, False), (-1, True, False), (30, False, False)),
    ],
)
def test_a_complaint_alike_after_the_closing_is_a_recurrence(as_alice, acme, days, same, recurs):
    course = make_course()
    plan = closed_about(make_enrollment(course=course))
    other = make_enrollment(user_id=MONA.id, course=course if same else make_course(id="crs_other"))
    make_complaint(received_at=CLOSED + timedelta(days=days), enrollment=other)
    [listed] = as_alice.get(URL).json()["data"]
    assert listed["recurrence"] is recurs
    assert listed["status"] == "COMPLETED"
    stats = as_alice.get(f"{URL}/stats").json()["data"]
    assert stats["recurrenceRate"] == (1 if recurs else 0)
    found = as_alice.get(f"{URL}?recurrence=true").json()["data"]
    assert [one["id"] for one in found] == ([plan.pk] if recurs else [])


def test_how_long_a_plan_is_watched_counts_at_the_next_call(as_alice, acme):
    enrollment = make_enrollment()
    plan = closed_about(enrollment)
    make_complaint(received_at=CLOSED + timedelta(days=30), enrollment=enrollment)
    for days in (29, 30):
        OrganisationProfile.objects.update_or_create(defaults={"recurrence_days": days})
        [listed] = as_alice.get(URL).json()["data"]
        assert listed["recurrence"] is (days == 30)
        assert as_alice.get(f"{URL}/{plan.pk}").json()["data"]["recurrence"] is (days == 30)
        stats = as_alice.get(f"{URL}/stats").json()["data"]
        assert stats["recurrenceRate"] == (days == 30)


def test_the_figures_of_effects(as_alice, acme):
    for verdict in ("EFFECTIVE", "EFFECTIVE", "PARTLY"):
        reason = {} if verdict == "EFFECTIVE" else {"reason": "Assez."}
        plan = make_plan(
            status=PlanStatus.COMPLETED,
            owner_id=BOB.id,
            target_date=date(2026, 8, 31),
            closed_at=CLOSED,
        )
        check(as_alice, plan, verdict=verdict, **reason)
    going = make_plan(status=PlanStatus.IN_PROGRESS)
    action = make_action(going, due_date=day(0))
    for number in (3, 2, 5):
        body = {"dueDate": str(day(number))}
        as_alice.patch(f"{URL}/{going.pk}/actions/{action.pk}", body)
    stats = as_alice.get(f"{URL}/stats").json()["data"]
    assert stats["effectivenessRate"] == 0.67
    assert (stats["averageDaysLate"], stats["postponements"]) == (1.0, 2)
    assert (stats["checksOverdue"], stats["recurrenceRate"]) == (0, 0)


@pytest.mark.parametrize("path", ["", "?effectiveness=EFFECTIVE", "?recurrence=true", "/stats"])
def test_more_plans_cost_no_more_queries(as_alice, acme, path):
    def queries():
        with CaptureQueriesContext(connection) as caught:
            assert as_alice.get(f"{URL}{path}").status_code == 200
        return len(caught)

    def some(number):
        for _ in range(number):
            check(as_alice, make_plan(status=PlanStatus.COMPLETED, owner_id=BOB.id))

    some(1)
    before = queries()
    some(5)
    assert queries() == before


# --- Back-office
def test_the_page_asks_and_keeps(admin_client, plan):
    page = page_of(plan)
    assert "À vérifier" in text_of(admin_client.get(page))
    form = f"{page.removesuffix('change/')}effectiveness/"
    assert "Délai : valeur mesurée" in text_of(admin_client.get(form))
    body = {
        "verdict": "PARTLY",
        "method": "Enquête.",
        "verified_on": str(day(0)),
        "measure_res_one": "3,5",
    }
    refused = admin_client.send(form, body)
    assert refused.status_code == 400
    assert "Demandez un plan suivant, ou expliquez pourquoi il n’en faut pas." in text_of(refused)
    answer = admin_client.send(form, body | {"successor": "on"}, follow=True)
    new = ImprovementPlan.objects.get(follows_plan=plan)
    assert f"Suite de {plan.reference}" in text_of(answer)
    shown = text_of(admin_client.get(page))
    for part in ("Partiellement efficace", "Délai : 3.5 – Atteint", new.reference):
        assert part in shown, part
    assert [one.name for one in new.expected_results.all()] == ["Autre"]
    found = text_of(admin_client.get(f"{LIST}?effect=PARTLY"))
    assert (plan.reference in found, f"{new.reference} –" in found) == (True, False)
    assert admin_client.get(f"{LIST}{new.pk}/effectiveness/").status_code == 404
