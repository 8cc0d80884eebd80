"""What is missing for a step: accepted and flagged, or refused, by the organisation's profile."""

from datetime import date

import pytest
from django.utils.translation import override

from compliance.models import OrganisationProfile
from improvements.models import ImprovementPlan
from improvements.services import policy
from improvements.states import ActionStatus, PlanStatus, Trigger
from qualiforma.readiness import checks
from tests.admin_client import text_of
from tests.compliance.audit_factories import make_finding
from tests.compliance.test_readiness_checks import scope
from tests.improvements.factories import link, make_action, make_complaint, make_plan
from tests.improvements.pages import LIST, bulk, fields_of, page_of

URL = "/api/v1/improvement-plans"
LATER = date(2027, 3, 1)


@pytest.fixture
def strict(acme):
    OrganisationProfile.objects.create(policy="STRICT")


def going(**action):
    plan = make_plan(status=PlanStatus.IN_PROGRESS, created_at="2026-11-01T08:00Z")
    ImprovementPlan.objects.filter(pk=plan.pk).update(started_at="2026-11-02T08:00Z")
    return plan, make_action(plan, id="act_one", due_date=date(2026, 12, 1), **action)


def start(client):
    plan = make_plan(trigger=Trigger.COMPLAINT)
    return client.patch(f"{URL}/{plan.pk}", {"status": "IN_PROGRESS"})


def start_undated(client):
    plan = make_plan()
    make_action(plan)
    return client.patch(f"{URL}/{plan.pk}", {"status": "IN_PROGRESS"})


def start_after_an_audit(client):
    plan = make_plan(trigger=Trigger.AUDIT)
    make_action(plan, due_date=LATER)
    make_finding(plan=make_plan(trigger=Trigger.AUDIT))  # another plan's
    return client.patch(f"{URL}/{plan.pk}", {"status": "IN_PROGRESS"})


def close(client):
    plan, _action = going(status=ActionStatus.CANCELLED)
    plan.expected_results.create(name="Délai", target=4, direction="DOWN")
    return client.post(f"{URL}/{plan.pk}/close", {"summary": "Fait."})


def give_up(client):
    return client.patch(f"{URL}/{going()[0].pk}", {"status": "ARCHIVED"})


def change(client, **body):
    plan, action = going()
    return client.patch(f"{URL}/{plan.pk}/actions/{action.pk}", body)


STEPS = {
    "start": (start, ["NO_ACTION", "NO_COMPLAINT"]),
    "start undated": (start_undated, ["ACTION_WITHOUT_DUE_DATE"]),
    "start after an audit": (start_after_an_audit, ["NO_FINDING"]),
    "close": (close, ["NO_DONE_ACTION", "NO_OUTCOME", "RESULT_NOT_MEASURED"]),
    "give up": (give_up, ["NO_GIVE_UP_REASON"]),
    "cancel": (lambda client: change(client, status="CANCELLED"), ["NO_CANCEL_REASON"]),
    "move": (lambda client: change(client, dueDate=str(LATER)), ["NO_MOVE_REASON"]),
    "undate": (lambda client: change(client, dueDate=None), ["NO_MOVE_REASON"]),
    "both": (
        lambda client: change(client, dueDate=str(LATER), status="CANCELLED"),
        ["NO_CANCEL_REASON", "NO_MOVE_REASON"],
    ),
}


@pytest.mark.parametrize("name", STEPS)
def test_a_lenient_organisation_takes_the_step(as_alice, acme, name):
    step, _codes = STEPS[name]
    assert step(as_alice).status_code == 200


@pytest.mark.parametrize("name", STEPS)
def test_strict_policy_lists_what_is_missing(as_alice, strict, name):
    step, codes = STEPS[name]
    answer = step(as_alice)
    body = answer.json()
    assert (answer.status_code, body["code"]) == (409, "POLICY")
    assert [one["code"] for one in body["missing"]] == codes
    with override("fr"):
        assert body["detail"] == " ".join(str(policy.LACKS[code].text) for code in codes)


def test_a_strict_organisation_takes_what_is_whole(as_alice, strict):
    plan = make_plan(trigger=Trigger.COMPLAINT)
    link(plan, make_complaint())
    action = make_action(plan, due_date=date(2026, 12, 1))
    one, two = f"{URL}/{plan.pk}", f"{URL}/{plan.pk}/actions/{action.pk}"
    assert as_alice.patch(two, {"dueDate": "2026-12-02"}).status_code == 200  # not started yet
    assert as_alice.patch(one, {"status": "IN_PROGRESS"}).status_code == 200
    moved = {"dueDate": str(LATER), "reason": "Salle indisponible."}
    assert as_alice.patch(two, moved).status_code == 200
    assert as_alice.patch(two, {"status": "DONE"}).status_code == 200
    report = {"summary": "Fait.", "outcomes": ["4,8 / 5"]}
    assert as_alice.post(f"{one}/close", report).status_code == 200


def test_a_plan_after_an_audit_answers_a_finding_or_follows_one_that_does(as_alice, strict):
    finding = make_finding()
    url = f"/api/v1/findings/{finding.pk}/plan"
    opened = as_alice.post(url, {}).json()["data"]["planId"]
    follower = make_plan(trigger=Trigger.AUDIT, follows_plan_id=opened)
    for plan in (ImprovementPlan.objects.get(pk=opened), follower):
        make_action(plan, due_date=LATER)
        body = {"status": "IN_PROGRESS"}
        assert as_alice.patch(f"{URL}/{plan.pk}", body).status_code == 200
    assert not checks["PLAN_STARTED_INCOMPLETE"].find(scope())


# --- The same words by the button and for many at once
NO_ACTION, NO_REASON = str(policy.NO_ACTION.text), str(policy.NO_GIVE_UP_REASON.text)


def test_the_buttons_and_lists_refuse_in_the_same_words(admin_client, strict):
    draft, (under_way, action) = make_plan(), going()
    answer = admin_client.send(f"{LIST}{draft.pk}/move/start/", {})
    assert (answer.status_code, NO_ACTION in text_of(answer)) == (409, True)
    assert NO_ACTION in text_of(bulk(admin_client, "start_each", [draft]))
    answer = admin_client.send(f"{LIST}{under_way.pk}/move/give-up/", {"reason": ""})
    assert (answer.status_code, NO_REASON in text_of(answer)) == (409, True)
    assert NO_REASON in text_of(
        bulk(admin_client, "give_up_each", [under_way], confirmed="1", reason="")
    )
    body = fields_of(under_way) | {"actions-0-status": "CANCELLED"}
    assert str(policy.NO_CANCEL_REASON.text) in text_of(admin_client.send(page_of(under_way), body))
    many = {"action": "cancel_each", "_selected_action": [action.pk], "confirmed": "1"}
    page = admin_client.send("/admin/improvements/correctiveaction/", many, follow=True)
    assert str(policy.NO_CANCEL_REASON.text) in text_of(page)


def test_a_lenient_organisation_is_warned_on_its_pages(admin_client, acme):
    draft, (under_way, _action) = make_plan(), going()
    page = admin_client.send(f"{LIST}{draft.pk}/move/start/", {}, follow=True)
    assert f"Non renseigné : {NO_ACTION}" in text_of(page)
    assert str(policy.NO_DONE_ACTION.text) in text_of(
        admin_client.get(f"{LIST}{under_way.pk}/move/close/")
    )
    body = fields_of(under_way) | {"actions-0-status": "CANCELLED"}
    page = admin_client.send(page_of(under_way), body, follow=True)
    assert f"Non renseigné : {policy.NO_CANCEL_REASON.text}" in text_of(page)


# --- What was let pass is found later
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("start", "PLAN_STARTED_INCOMPLETE"),
        ("start undated", "PLAN_STARTED_INCOMPLETE"),
        ("start after an audit", "PLAN_STARTED_INCOMPLETE"),
        ("close", "PLAN_RESULT_NOT_MEASURED"),
        ("give up", "REASON_NOT_GIVEN"),
        ("cancel", "REASON_NOT_GIVEN"),
        ("move", "REASON_NOT_GIVEN"),
    ],
)
def test_readiness_finds_what_was_not_given(as_alice, acme, name, code):
    assert not checks[code].find(scope())
    STEPS[name][0](as_alice)
    assert checks[code].find(scope())[32].count == 1
    assert not checks[code].find(scope()).get(31)


def test_the_report_says_what_was_not_given(as_alice, acme):
    close(as_alice)
    plan = ImprovementPlan.objects.get()
    snapshot = plan.closing_report.snapshot
    assert snapshot is not None
    assert snapshot["notGiven"] == STEPS["close"][1]
