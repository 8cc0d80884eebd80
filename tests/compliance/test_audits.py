"""Audits: their scope, what is judged, when they close, and that closed ones never change."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from compliance.models import Audit, AuditJudgement
from compliance.services import default_scope
from compliance.states import (
    AuditKind,
    AuditStatus,
    Judgement,
    JudgementChange,
    check_audit_move,
    compare_judgements,
)
from qualiforma.audit.models import AuditEvent
from qualiforma.errors import IllegalTransitionError
from qualiforma.qualiopi.indicators import MAJOR_ONLY
from tests.compliance.audit_factories import URL, audit_body, make_audit, moved
from tests.compliance.evidence_factories import make_evidence

PLANNED, UNDER_WAY, CLOSED = AuditStatus
NOT_JUDGED, FINE, MINOR, MAJOR, NOT_APPLICABLE = Judgement
PROFILE = "/api/v1/qualiopi/organisation"
# What applies to an organisation of training actions alone, in the grid of 2026.
ORDINARY = [1, 2, 4, 5, 6, 8, 9, 10, 11, 12, *range(17, 20), *range(21, 28), 30, 31, 32]


def fields_of(answer):
    return [error["field"] for error in answer.json()["errors"]]


def judge(client, audit, *items, **headers):
    return client.patch(f"{URL}/{audit.pk}/judgements", {"judgements": list(items)}, **headers)


@pytest.mark.parametrize(
    ("current", "target", "is_legal"),
    [
        (PLANNED, PLANNED, False),
        (PLANNED, UNDER_WAY, True),
        (PLANNED, CLOSED, False),
        (UNDER_WAY, PLANNED, False),
        (UNDER_WAY, UNDER_WAY, False),
        (UNDER_WAY, CLOSED, True),
        (CLOSED, PLANNED, False),
        (CLOSED, UNDER_WAY, False),
        (CLOSED, CLOSED, False),
    ],
)
def test_moves_of_an_audit(current, target, is_legal):
    if is_legal:
        check_audit_move(current, target)
        return
    with pytest.raises(IllegalTransitionError):
        check_audit_move(current, target)


@pytest.mark.parametrize(
    ("before", "row"),
    [
        (None, "-----"),
        (NOT_JUDGED, "-----"),
        (FINE, "-=ww-"),
        (MINOR, "-b=w-"),
        (MAJOR, "-bb=-"),
        (NOT_APPLICABLE, "-----"),
    ],
)
def test_changes_of_a_judgement(before, row):
    words = {
        "-": JudgementChange.NOT_COMPARABLE,
        "=": JudgementChange.SAME,
        "w": JudgementChange.WORSE,
        "b": JudgementChange.BETTER,
    }
    assert [compare_judgements(before, after) for after in Judgement] == [words[one] for one in row]
    assert compare_judgements(before, None) == JudgementChange.NOT_COMPARABLE


def test_an_audit_is_kept_as_it_was_given(as_alice):
    body = audit_body(scope=[32, 4])
    answer = as_alice.post(URL, body)
    assert answer.status_code == 201, answer.content
    row = answer.json()["data"]
    assert row | body | {"scope": [4, 32]} == row
    assert (row["status"], row["grid"], row["judgedCount"]) == ("PLANNED", "2026", 0)
    assert [one["judgement"] for one in row["judgements"]] == ["NOT_JUDGED"] * 2
    assert answer["ETag"] == '"1"'
    assert as_alice.get(f"{URL}/{row['id']}").json()["data"] == row


def test_the_grid_follows_the_day_of_the_audit(as_alice):
    before = as_alice.post(URL, audit_body(auditDate="2026-10-31", scope=[12])).json()["data"]
    after = as_alice.post(URL, audit_body(auditDate="2026-11-01", scope=[12])).json()["data"]
    assert (before["grid"], after["grid"]) == ("V9", "2026")
    refused = as_alice.post(URL, audit_body(auditDate="2026-10-31", scope=[33]))
    assert (refused.status_code, fields_of(refused)) == (400, ["scope"])


def test_by_default_an_audit_sees_what_applies(as_alice):
    as_alice.patch(PROFILE, {"categories": ["AF"]})
    for kind in ("INTERNAL", "INITIAL", "RENEWAL"):
        row = as_alice.post(URL, audit_body(kind=kind)).json()["data"]
        assert row["scope"] == ORDINARY


def test_a_surveillance_audit_sees_the_least_list(as_alice):
    as_alice.patch(PROFILE, {"categories": ["AF"]})
    row = as_alice.post(URL, audit_body(kind="SURVEILLANCE")).json()["data"]
    assert row["scope"] == [1, 4, 5, 6, 10, 11, 17, 19, 21, 22, 26, 27, 31, 32]
    assert set(row["scope"]) == set(ORDINARY) & (MAJOR_ONLY | {1, 17, 19})
    as_alice.patch(PROFILE, {"conditions": ["CERTIFYING"]})
    assert 3 in default_scope(kind=AuditKind.SURVEILLANCE, audit_date=date(2026, 12, 14))


def test_a_surveillance_audit_of_a_new_entrant_sees_everything(as_alice):
    as_alice.patch(PROFILE, {"categories": ["AF"], "newEntrant": ["AF"]})
    row = as_alice.post(URL, audit_body(kind="SURVEILLANCE")).json()["data"]
    assert row["scope"] == ORDINARY


def test_a_surveillance_audit_sees_again_what_was_wrong_or_left_out_at_the_initial_one(as_alice):
    as_alice.patch(PROFILE, {"categories": ["AF"]})
    judged = dict.fromkeys(ORDINARY, FINE) | {2: MINOR, 9: MAJOR}
    del judged[24]  # a shortened initial audit
    opening = make_audit(kind="INITIAL", judged=judged, status=CLOSED)
    make_audit(kind="INTERNAL", judged={30: MAJOR}, audit_date=date(2026, 6, 1), status=CLOSED)
    least = {1, 4, 5, 6, 10, 11, 17, 19, 21, 22, 26, 27, 31, 32}
    day = date(2026, 12, 14)
    found = default_scope(kind=AuditKind.SURVEILLANCE, audit_date=day)
    assert found == sorted(least | {2, 9, 24})
    # Nothing of an audit that came later.
    found = default_scope(kind=AuditKind.SURVEILLANCE, audit_date=opening.audit_date)
    assert found == sorted(least)


def test_indicators_are_judged_with_their_evidence(as_alice):
    audit, evidence = make_audit(), make_evidence()
    said = {
        "indicator": 32,
        "judgement": "MAJOR",
        "comment": "Aucun effet mesuré.",
        "evidenceIds": [evidence.pk],
    }
    answer = judge(as_alice, audit, said, HTTP_IF_MATCH='"1"')
    assert answer.status_code == 200, answer.content
    row = answer.json()["data"]
    assert row["judgements"][1] | said == row["judgements"][1]
    assert (row["judgedCount"], row["majorCount"], answer["ETag"]) == (1, 1, '"2"')
    event = AuditEvent.objects.filter(object_type="audit_judgement").latest("seq")
    assert (event.action, event.root_id) == ("compliance.audit.judged", audit.pk)
    # What a call does not name stays; the same again is no change.
    again = judge(as_alice, audit, {"indicator": 32, "judgement": "MAJOR"})
    assert again["ETag"] == '"2"'
    assert again.json()["data"]["judgements"][1]["comment"] == "Aucun effet mesuré."


@pytest.mark.parametrize("number", sorted(MAJOR_ONLY))
def test_a_minor_is_refused_where_the_referential_grades_major_only(as_alice, number):
    audit = make_audit(judged={1: NOT_JUDGED, number: NOT_JUDGED})
    items = [
        {"indicator": 1, "judgement": "MINOR"},
        {"indicator": number, "judgement": "MINOR"},
    ]
    answer = judge(as_alice, audit, *items)
    assert (answer.status_code, fields_of(answer)) == (400, ["judgements[1].judgement"])
    # Nothing is half-written, and the database says the same.
    assert not audit.judgements.exclude(judgement=NOT_JUDGED).exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        audit.judgements.filter(indicator=number).update(judgement=MINOR)


@pytest.mark.parametrize(
    ("items", "field"),
    [
        ([{"indicator": 2, "judgement": "MAJOR"}], "judgements[0].indicator"),
        ([{"indicator": 1}, {"indicator": 1}], "judgements[1].indicator"),
        ([{"indicator": 34}], "judgements[0].indicator"),
        ([{"indicator": 1, "judgement": "BAD"}], "judgements[0].judgement"),
        ([{"indicator": 1, "evidenceIds": ["evd_none"]}], "judgements[0].evidenceIds[0]"),
        ([], "judgements"),
    ],
)
def test_judgements_that_are_refused(as_alice, items, field):
    answer = judge(as_alice, make_audit(), *items)
    assert (answer.status_code, fields_of(answer)) == (400, [field])


def test_withdrawn_evidence_is_not_named_anew(as_alice):
    audit = make_audit()
    evidence = make_evidence()
    judge(as_alice, audit, {"indicator": 1, "evidenceIds": [evidence.pk]})
    as_alice.post(f"/api/v1/evidence/{evidence.pk}/withdraw", {"reason": "Remplacée."})
    kept = judge(as_alice, audit, {"indicator": 1, "evidenceIds": [evidence.pk], "comment": "Vu"})
    assert kept.status_code == 200
    assert (
        judge(as_alice, audit, {"indicator": 32, "evidenceIds": [evidence.pk]}).status_code == 400
    )


def test_nothing_is_judged_before_the_start(as_alice):
    audit = make_audit(status=PLANNED)
    refused = judge(as_alice, audit, {"indicator": 1, "judgement": "MAJOR"})
    assert (refused.status_code, refused.json()["code"]) == (409, "AUDIT_NOT_STARTED")
    started = as_alice.post(f"{URL}/{audit.pk}/start", {})
    assert started.json()["data"]["status"] == "IN_PROGRESS"
    assert judge(as_alice, audit, {"indicator": 1, "judgement": "MAJOR"}).status_code == 200
    assert as_alice.post(f"{URL}/{audit.pk}/start", {}).json()["code"] == "ILLEGAL_TRANSITION"


def test_closing_names_the_indicators_that_are_not_judged(as_alice):
    audit = make_audit(judged={1: NOT_JUDGED, 4: FINE, 32: NOT_JUDGED})
    refused = as_alice.post(f"{URL}/{audit.pk}/close", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "INDICATORS_NOT_JUDGED")
    assert refused.json()["indicators"] == [1, 32]
    assert "1, 32" in refused.json()["detail"]
    judge(as_alice, audit, *({"indicator": one, "judgement": "MAJOR"} for one in (1, 32)))
    closed = as_alice.post(f"{URL}/{audit.pk}/close", {})
    assert closed.status_code == 200, closed.content
    assert closed.json()["data"]["status"] == "CLOSED"
    assert closed.json()["data"]["closedBy"] == "usr_alice"


def test_a_closed_audit_is_frozen(as_alice):
    audit = make_audit(judged={1: FINE}, status=CLOSED)
    whole = as_alice.get(f"{URL}/{audit.pk}").content
    calls = [
        as_alice.patch(f"{URL}/{audit.pk}", {"auditor": "Autre"}),
        as_alice.patch(f"{URL}/{audit.pk}", {"scope": [1, 2]}),
        judge(as_alice, audit, {"indicator": 1, "judgement": "MAJOR"}),
        as_alice.post(f"{URL}/{audit.pk}/start", {}),
        as_alice.post(f"{URL}/{audit.pk}/close", {}),
        as_alice.delete(f"{URL}/{audit.pk}"),
    ]
    assert {one.status_code for one in calls} == {409}
    assert as_alice.get(f"{URL}/{audit.pk}").content == whole


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE compliance_audit SET auditor = 'x'",
        "DELETE FROM compliance_audit",
        "UPDATE compliance_auditjudgement SET judgement = 'MAJOR'",
        "DELETE FROM compliance_auditjudgement",
        "INSERT INTO compliance_auditjudgement VALUES ('jdg_x', 2, 'MAJOR', '', '{}', 'aud_done')",
    ],
)
def test_the_database_keeps_a_closed_audit_as_it_is(acme, statement):
    make_audit(id="aud_done", judged={1: FINE}, status=CLOSED)
    with (
        pytest.raises(IntegrityError, match="Audit aud_done is frozen"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_an_indicator_that_was_judged_stays_in_the_scope(as_alice):
    audit = make_audit(judged={1: FINE, 4: NOT_JUDGED, 32: MAJOR})
    refused = as_alice.patch(f"{URL}/{audit.pk}", {"scope": [4, 5]})
    assert (refused.status_code, refused.json()["code"]) == (409, "SCOPE_JUDGED")
    assert refused.json()["indicators"] == [1, 32]
    changed = as_alice.patch(f"{URL}/{audit.pk}", {"scope": [32, 1, 17]})
    assert changed.json()["data"]["scope"] == [1, 17, 32]
    assert [one["judgement"] for one in changed.json()["data"]["judgements"]] == [
        "SATISFACTORY",
        "NOT_JUDGED",
        "MAJOR",
    ]


def test_only_an_audit_that_has_not_begun_is_deleted(as_alice):
    begun, planned = make_audit(), make_audit(status=PLANNED)
    refused = as_alice.delete(f"{URL}/{begun.pk}")
    assert (refused.status_code, refused.json()["code"]) == (409, "AUDIT_BEGUN")
    assert as_alice.delete(f"{URL}/{planned.pk}").status_code == 204
    assert as_alice.get(f"{URL}/{planned.pk}").status_code == 404
    assert set(AuditJudgement.objects.values_list("audit", flat=True)) == {begun.pk}


def test_an_audit_is_compared_with_the_one_before(as_alice):
    first = make_audit(judged={1: MINOR, 4: FINE}, status=CLOSED, audit_date=date(2025, 3, 1))
    make_audit(judged={1: FINE}, audit_date=date(2026, 1, 1))  # not closed
    last = make_audit(judged={1: FINE, 4: MAJOR, 32: FINE}, audit_date=date(2026, 3, 1))
    body = as_alice.get(f"{URL}/{last.pk}/comparison").json()["data"]
    assert (body["previousId"], body["previousDate"]) == (first.pk, "2025-03-01")
    assert [(one["indicator"], one["change"]) for one in body["indicators"]] == [
        (1, "BETTER"),
        (4, "WORSE"),
        (32, "NOT_COMPARABLE"),
    ]
    alone = as_alice.get(f"{URL}/{first.pk}/comparison").json()["data"]
    assert (alone["previousId"], alone["indicators"][0]["before"]) == (None, None)


def test_an_audit_is_compared_with_the_one_that_is_named(as_alice):
    oldest = make_audit(judged={1: MAJOR}, status=CLOSED, audit_date=date(2024, 3, 1))
    make_audit(judged={1: MINOR}, status=CLOSED, audit_date=date(2025, 3, 1))
    last = make_audit(judged={1: MAJOR})
    page = f"{URL}/{last.pk}/comparison"
    body = as_alice.get(page, {"with": oldest.pk}).json()["data"]
    assert (body["previousId"], body["indicators"][0]["change"]) == (oldest.pk, "SAME")
    for wrong in (last.pk, "aud_none"):
        refused = as_alice.get(page, {"with": wrong})
        assert (refused.status_code, fields_of(refused)) == (400, ["with"])


def test_stale_and_repeated_calls(as_alice):
    audit = make_audit()
    stale = judge(as_alice, audit, {"indicator": 1, "judgement": "MAJOR"}, HTTP_IF_MATCH='"9"')
    assert stale.status_code == 412
    keyed = {"HTTP_IDEMPOTENCY_KEY": "once"}
    bodies = [as_alice.post(URL, audit_body(), **keyed).content for _ in range(2)]
    assert bodies[0] == bodies[1]
    assert Audit.objects.count() == 2


def test_the_list_is_filtered_and_ordered(as_alice):
    for rank, (kind, status) in enumerate([("INTERNAL", CLOSED), ("INITIAL", UNDER_WAY)]):
        day = date(2026, 3, 1 + rank)
        make_audit(id=f"aud_{rank}", kind=kind, judged={1: FINE}, status=status, audit_date=day)

    def ids(**query):
        return [one["id"] for one in as_alice.get(URL, query).json()["data"]]

    assert ids() == ["aud_1", "aud_0"]
    assert ids(ordering="auditDate") == ["aud_0", "aud_1"]
    assert ids(kind="INITIAL") == ids(auditDateFrom="2026-03-02") == ["aud_1"]
    assert ids(status="CLOSED") == ids(auditDateTo="2026-03-01") == ["aud_0"]
    assert as_alice.get(URL, {"kind": "EXTERNAL"}).status_code == 400


def test_the_list_costs_the_same_however_long_it_is(as_alice, count_queries):
    make_audit()
    one = count_queries(lambda: as_alice.get(URL))
    for _ in range(5):
        moved(make_audit(judged={1: FINE}), CLOSED)
    assert count_queries(lambda: as_alice.get(URL)) == one
