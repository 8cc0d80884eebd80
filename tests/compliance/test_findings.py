"""Findings: their legal clocks, how they are lifted, the plans that answer them, five minor ones."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from compliance.models import Finding
from compliance.states import AuditStatus, FindingStatus, Judgement, check_finding_move
from improvements.models import ImprovementPlan
from qualiforma.audit.models import AuditEvent
from qualiforma.errors import IllegalTransitionError
from qualiforma.qualiopi.cycle import correction_due, verification_due
from qualiforma.qualiopi.states import FindingSeverity
from tests.cast import ALICE, MONA
from tests.compliance.audit_factories import FINDINGS, finding_body, make_audit, make_finding
from tests.improvements.factories import make_plan

OPEN, CORRECTED, LIFTED = FindingStatus
MINOR, MAJOR = FindingSeverity
PLANS = "/api/v1/improvement-plans"
TODAY = date(2026, 9, 1)


@pytest.fixture
def today(monkeypatch):
    """The first of September 2026 in Paris."""
    monkeypatch.setattr(timezone, "localdate", lambda *_args: TODAY)


def fields_of(answer):
    return [error["field"] for error in answer.json()["errors"]]


def post(client, finding, action, body=None, **headers):
    return client.post(f"{FINDINGS}/{finding.pk}/{action}", body or {}, **headers)


@pytest.mark.parametrize(
    ("current", "target", "is_legal"),
    [
        (OPEN, OPEN, False),
        (OPEN, CORRECTED, True),
        (OPEN, LIFTED, True),
        (CORRECTED, OPEN, True),
        (CORRECTED, CORRECTED, False),
        (CORRECTED, LIFTED, True),
        (LIFTED, OPEN, False),
        (LIFTED, CORRECTED, False),
        (LIFTED, LIFTED, False),
    ],
)
def test_moves_of_a_finding(current, target, is_legal):
    if is_legal:
        check_finding_move(current, target)
        return
    with pytest.raises(IllegalTransitionError):
        check_finding_move(current, target)


@pytest.mark.parametrize(
    ("severity", "notified", "due", "verified"),
    [
        (MINOR, date(2026, 8, 31), date(2027, 2, 28), None),
        (MAJOR, date(2026, 11, 30), date(2027, 2, 28), date(2027, 3, 28)),
        (MINOR, date(2027, 8, 31), date(2028, 2, 29), None),
        (MINOR, date(2026, 2, 28), date(2026, 8, 28), None),
        (MAJOR, date(2026, 1, 31), date(2026, 4, 30), date(2026, 5, 30)),
        (MAJOR, date(2026, 3, 2), date(2026, 6, 2), date(2026, 7, 2)),
    ],
)
def test_legal_clocks(severity, notified, due, verified):
    assert correction_due(severity, notified) == due
    assert verification_due(severity, notified) == verified


def test_a_finding_is_entered_with_its_clocks(as_alice, today):
    body = finding_body(severity="MAJOR", notifiedOn="2026-11-30", indicator=32)
    answer = as_alice.post(FINDINGS, body)
    assert answer.status_code == 201, answer.content
    row = answer.json()["data"]
    assert row | body == row
    assert (row["dueDate"], row["verificationDueDate"]) == ("2027-02-28", "2027-03-28")
    assert (row["deadline"], row["daysLeft"], row["late"]) == ("2027-02-28", 180, False)
    assert (row["status"], row["planId"], row["warnings"]) == ("OPEN", None, [])
    assert answer["ETag"] == '"1"'
    assert as_alice.get(f"{FINDINGS}/{row['id']}").json()["data"] == row
    assert AuditEvent.objects.latest("seq").action == "compliance.finding.entered"


def test_a_minor_notified_on_31_august_is_due_on_28_february(as_alice):
    row = as_alice.post(FINDINGS, finding_body(notifiedOn="2026-08-31")).json()["data"]
    assert (row["dueDate"], row["verificationDueDate"]) == ("2027-02-28", None)


def test_clocks_follow_a_change(as_alice):
    finding = make_finding(notified_on=date(2026, 3, 31))
    body = {"severity": "MAJOR", "notifiedOn": "2025-11-30"}
    row = as_alice.patch(f"{FINDINGS}/{finding.pk}", body).json()["data"]
    assert (row["dueDate"], row["verificationDueDate"]) == ("2026-02-28", "2026-03-28")


@pytest.mark.parametrize(
    ("overrides", "field"),
    [
        ({"indicator": 32}, "severity"),
        ({"indicator": 33, "notifiedOn": "2026-10-31"}, "indicator"),
        ({"indicator": 34}, "indicator"),
        ({"text": " "}, "text"),
        ({"auditId": "aud_none"}, "auditId"),
        ({"planId": "imp_none"}, "planId"),
        ({"notifiedOn": "2026-02-30"}, "notifiedOn"),
    ],
)
def test_findings_that_are_refused(as_alice, overrides, field):
    answer = as_alice.post(FINDINGS, finding_body(**overrides))
    assert (answer.status_code, fields_of(answer)) == (400, [field])
    assert not Finding.objects.exists()


def test_a_finding_of_the_calendars_last_day_is_due_that_day(as_alice):
    answer = as_alice.post(FINDINGS, finding_body(notifiedOn="9999-12-31"))
    assert answer.status_code == 201, answer.content
    assert answer.json()["data"]["dueDate"] == "9999-12-31"


def test_the_database_refuses_a_minor_of_a_major_only_indicator(acme):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_finding(indicator=32)


def test_a_finding_of_an_audit_fits_it(as_alice):
    audit = make_audit(judged={1: Judgement.MINOR, 32: Judgement.MAJOR})
    planned = make_audit(status=AuditStatus.PLANNED)
    body = finding_body(auditId=audit.pk)
    assert as_alice.post(FINDINGS, body).json()["data"]["auditId"] == audit.pk
    outside = as_alice.post(FINDINGS, body | {"indicator": 2})
    assert (outside.status_code, fields_of(outside)) == (400, ["indicator"])
    early = as_alice.post(FINDINGS, body | {"notifiedOn": "2026-03-01"})
    assert (early.status_code, fields_of(early)) == (400, ["notifiedOn"])
    refused = as_alice.post(FINDINGS, body | {"auditId": planned.pk})
    assert (refused.status_code, refused.json()["code"]) == (409, "AUDIT_NOT_STARTED")


def test_what_a_closed_audit_found_stays(as_alice):
    audit = make_audit(judged={1: Judgement.MINOR}, status=AuditStatus.CLOSED)
    finding = make_finding(audit=audit)
    for change in ({"severity": "MAJOR"}, {"text": "Autre"}, {"indicator": 2}):
        refused = as_alice.patch(f"{FINDINGS}/{finding.pk}", change)
        assert (refused.status_code, refused.json()["code"]) == (409, "FINDING_AUDITED")
    moved = as_alice.patch(f"{FINDINGS}/{finding.pk}", {"notifiedOn": "2026-03-09"})
    assert moved.json()["data"]["dueDate"] == "2026-09-09"


def test_a_major_is_corrected_then_verified_then_lifted(as_alice, today):
    finding = make_finding(severity="MAJOR", notified_on=date(2026, 6, 15))
    row = post(as_alice, finding, "correct", {"correctedOn": "2026-08-20"}).json()["data"]
    assert (row["status"], row["deadline"], row["daysLeft"]) == ("CORRECTED", "2026-10-15", 44)
    row = post(as_alice, finding, "reopen").json()["data"]
    assert (row["status"], row["deadline"], row["correctedOn"]) == ("OPEN", "2026-09-15", None)
    post(as_alice, finding, "correct", {"correctedOn": "2026-08-21"})
    row = post(as_alice, finding, "lift", {"liftedOn": "2026-09-01"}).json()["data"]
    assert (row["status"], row["deadline"], row["daysLeft"]) == ("LIFTED", None, None)
    assert (row["correctedOn"], row["liftedOn"]) == ("2026-08-21", "2026-09-01")


def test_a_corrected_minor_waits_for_the_next_audit(as_alice, today):
    finding = make_finding(notified_on=date(2026, 1, 5))
    assert as_alice.get(f"{FINDINGS}/{finding.pk}").json()["data"]["late"]
    row = post(as_alice, finding, "correct", {"correctedOn": "2026-07-01"}).json()["data"]
    assert (row["late"], row["deadline"]) == (False, None)


@pytest.mark.parametrize("day", ["2026-09-02", "2026-03-01", "not a day"])
def test_days_that_a_correction_cannot_have(as_alice, today, day):
    finding = make_finding()
    for action, field in (("correct", "correctedOn"), ("lift", "liftedOn")):
        refused = post(as_alice, finding, action, {field: day})
        assert (refused.status_code, fields_of(refused)) == (400, [field])


def test_a_lifted_finding_never_changes(as_alice):
    finding = make_finding(status="LIFTED", lifted_on=date(2026, 5, 4))
    whole = as_alice.get(f"{FINDINGS}/{finding.pk}").content
    calls = [
        as_alice.patch(f"{FINDINGS}/{finding.pk}", {"text": "Autre"}),
        post(as_alice, finding, "correct", {"correctedOn": "2026-05-04"}),
        post(as_alice, finding, "lift", {"liftedOn": "2026-05-04"}),
        post(as_alice, finding, "reopen"),
        post(as_alice, finding, "plan"),
    ]
    assert {one.status_code for one in calls} == {409}
    assert as_alice.get(f"{FINDINGS}/{finding.pk}").content == whole


@pytest.mark.parametrize(
    "statement", ["UPDATE compliance_finding SET text = 'x'", "DELETE FROM compliance_finding"]
)
def test_the_database_keeps_a_lifted_finding(acme, statement):
    make_finding(status="LIFTED", lifted_on=date(2026, 5, 4))
    with (
        pytest.raises(IntegrityError, match="is kept as it is"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_a_plan_is_opened_from_a_finding(as_alice):
    finding = make_finding(severity="MAJOR", indicator=32, notified_on=date(2025, 11, 30))
    answer = post(as_alice, finding, "plan", {"owner": MONA.id})
    assert answer.status_code == 201, answer.content
    plan_id = answer.json()["data"]["planId"]
    plan = as_alice.get(f"{PLANS}/{plan_id}").json()["data"]
    assert (plan["trigger"], plan["targetDate"]) == ("AUDIT", "2026-02-28")
    assert (plan["status"], plan["indicators"]) == ("DRAFT", [32])
    assert plan["description"] == finding.text
    actions = AuditEvent.objects.order_by("-seq").values_list("action", flat=True)[:2]
    assert set(actions) == {"compliance.finding.planned", "improvements.plan.created"}
    again = post(as_alice, finding, "plan")
    assert (again.status_code, again.json()["planId"]) == (409, plan_id)


def test_a_plan_of_one_s_own_is_the_default_and_an_unknown_owner_leaves_nothing(as_alice):
    finding = make_finding()
    refused = post(as_alice, finding, "plan", {"owner": "usr_nobody"})
    assert (refused.status_code, fields_of(refused)) == (400, ["owner"])
    assert not ImprovementPlan.objects.exists()
    post(as_alice, finding, "plan", {"title": "Publier les tarifs"})
    plan = ImprovementPlan.objects.get()
    assert (plan.title, plan.owner_id) == ("Publier les tarifs", ALICE.id)


def test_another_plan_is_opened_once_the_first_draft_is_deleted(as_alice):
    finding = make_finding(plan=make_plan(status="DRAFT"))
    as_alice.delete(f"{PLANS}/{finding.plan_id}")
    assert as_alice.get(f"{FINDINGS}/{finding.pk}").json()["data"]["planId"] is None
    assert post(as_alice, finding, "plan").status_code == 201


def test_five_pending_minors_warn(as_alice):
    for indicator in (1, 2, 8, 9):
        row = as_alice.post(FINDINGS, finding_body(indicator=indicator)).json()["data"]
        assert row["warnings"] == []
    make_finding(severity="MAJOR")
    make_finding(status="LIFTED", lifted_on=date(2026, 5, 4))
    make_finding(audit=make_audit(kind="INTERNAL"))  # binds nobody
    fifth = as_alice.post(FINDINGS, finding_body(indicator=12)).json()["data"]
    assert [one["code"] for one in fifth["warnings"]] == ["MINORS_COUNT_AS_MAJOR"]
    assert "5 non-conformités mineures" in fifth["warnings"][0]["detail"]
    summary = as_alice.get(f"{FINDINGS}/summary").json()["data"]
    assert (summary["open"], summary["minorsPending"]) == (7, 5)
    assert summary["warnings"] == fifth["warnings"]
    # One that is corrected is still pending, one that is lifted is not.
    last = Finding.objects.get(pk=fifth["id"])
    post(as_alice, last, "correct", {"correctedOn": "2026-05-04"})
    assert as_alice.get(f"{FINDINGS}/summary").json()["data"]["minorsPending"] == 5
    lifted = post(as_alice, last, "lift", {"liftedOn": "2026-05-04"}).json()["data"]
    assert lifted["warnings"] == []


def test_stale_and_repeated_calls(as_alice):
    finding = make_finding()
    stale = as_alice.patch(f"{FINDINGS}/{finding.pk}", {"text": "Autre"}, HTTP_IF_MATCH='"9"')
    assert stale.status_code == 412
    keyed = {"HTTP_IDEMPOTENCY_KEY": "once"}
    bodies = [post(as_alice, finding, "plan", **keyed).content for _ in range(2)]
    assert bodies[0] == bodies[1]
    assert ImprovementPlan.objects.count() == 1


def test_the_list_is_filtered_and_ordered(as_alice, today):
    audit = make_audit(audit_date=date(2026, 1, 5))
    make_finding(id="fnd_late", notified_on=date(2026, 1, 5), audit=audit)
    make_finding(id="fnd_fine", notified_on=date(2026, 7, 1), severity="MAJOR", indicator=4)
    done = {"status": "LIFTED", "lifted_on": date(2026, 6, 1)}
    make_finding(id="fnd_done", notified_on=date(2026, 3, 2), **done)

    def ids(**query):
        return [
            one["id"].removeprefix("fnd_") for one in as_alice.get(FINDINGS, query).json()["data"]
        ]

    assert ids() == ["fine", "done", "late"]
    assert ids(ordering="dueDate") == ["late", "done", "fine"]
    assert ids(open="true") == ["fine", "late"]
    assert ids(open="false") == ids(status="LIFTED") == ["done"]
    assert ids(late="true") == ids(audit=audit.pk) == ["late"]
    assert ids(late="false") == ["fine", "done"]
    assert ids(severity="MAJOR") == ids(indicator=4) == ["fine"]
    assert ids(dueFrom="2026-07-06", dueTo="2026-09-02") == ["done"]
    assert ids(dueFrom="2026-07-05", dueTo="2026-07-05") == ["late"]
    assert as_alice.get(FINDINGS, {"late": "yes"}).status_code == 400


def test_the_list_costs_the_same_however_long_it_is(as_alice, count_queries):
    make_finding(plan=make_plan(), audit=make_audit())
    one = count_queries(lambda: as_alice.get(FINDINGS))
    for _ in range(5):
        make_finding(plan=make_plan(), audit=make_audit())
    assert count_queries(lambda: as_alice.get(FINDINGS)) == one
