"""GET /qualiopi/indicators, and what the organisation's profile changes in its readiness."""

from datetime import timedelta

import pytest
from django.utils import timezone

from compliance.models import OrganisationProfile
from improvements.models import Complaint
from qualiforma.qualiopi.grids import G2026
from tests.cast import Client
from tests.compliance.evidence_factories import make_evidence
from tests.compliance.readiness_factories import at
from tests.improvements.factories import make_complaint

URL = "/api/v1/qualiopi/indicators"
READINESS = "/api/v1/qualiopi/readiness"
PROFILE = "/api/v1/qualiopi/organisation"
# Without certification, alternance, periods at work: decision 0017.
ORDINARY_LACKS = [3, 7, 13, 14, 15, 16, 20, 28, 29, 33]


def make_profile(**values):
    return OrganisationProfile.objects.create(**{"categories": ["AF"], "version": 1} | values)


def day(number):
    return timezone.localdate() + timedelta(days=number)


def read(client, url=URL):
    answer = client.get(url)
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]


def found(client, number, query=""):
    (row,) = (
        one for one in read(client, READINESS + query)["indicators"] if one["number"] == number
    )
    return row


def codes(client, number, query=""):
    return {gap["code"] for gap in found(client, number, query)["gaps"]}


def test_an_ordinary_organisation_has_23_indicators(as_alice):
    make_profile()
    rows = read(as_alice)
    assert [one["number"] for one in rows] == list(range(1, 34))
    assert sum(one["applicable"] for one in rows) == 23
    assert [one["number"] for one in rows if not one["applicable"]] == ORDINARY_LACKS


def test_a_row_says_what_the_indicator_is_to_the_organisation(as_alice):
    make_profile(new_entrant=["AF"])
    rows = {one["number"]: one for one in read(as_alice)}
    assert rows[13] == {
        "number": 13,
        "criterion": 3,
        "label": str(G2026.by_number[13].label),
        "grade": "MINOR_OR_MAJOR",
        "applicable": False,
        "reason": "Vous ne proposez aucune formation en alternance.",
        "newEntrant": False,
        "surveillance": False,
    }
    assert (rows[32]["grade"], rows[32]["reason"], rows[32]["newEntrant"]) == ("MAJOR", None, True)
    # Of a new entrant the surveillance audit sees everything that applies.
    assert all(one["surveillance"] == one["applicable"] for one in rows.values())


def test_reasons_are_in_the_readers_language(as_alice):
    make_profile(categories=["BC"])
    rows = {one["number"]: one for one in read(Client("acme", as_alice.token, language="en"))}
    assert rows[33]["reason"] == "None of your categories of services is concerned."
    assert rows[33]["label"] == G2026.by_number[33].label.en


@pytest.mark.parametrize(
    ("query", "last"), [("?auditDate=2026-10-31", 32), ("?auditDate=2026-11-01", 33)]
)
def test_the_audits_day_chooses_the_grid(as_alice, acme, query, last):
    rows = read(as_alice, URL + query)
    assert [one["number"] for one in rows] == list(range(1, last + 1))
    assert all(one["applicable"] for one in rows)  # nothing has been answered yet


@pytest.mark.parametrize(
    ("query", "field"), [("auditDate=demain", "auditDate"), ("indicator=3", "indicator")]
)
def test_what_is_refused_is_named(as_alice, query, field):
    answer = as_alice.get(f"{URL}?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


def test_an_indicator_that_does_not_apply_has_no_gap_but_a_reason(as_alice):
    before = found(as_alice, 13)
    assert (before["state"], before["reason"]) == ("MISSING", None)
    make_profile()
    after = found(as_alice, 13)
    assert (after["state"], after["gaps"]) == ("NOT_APPLICABLE", [])
    assert after["reason"] == "Vous ne proposez aucune formation en alternance."
    assert found(as_alice, 23)["state"] == "MISSING"


def test_delays_are_those_that_were_announced(as_alice, acme):
    make_evidence(indicators=[31])
    make_complaint(received_at=at(-24), acknowledged_at=at(-15))
    assert codes(as_alice, 31) == {"COMPLAINT_UNANSWERED"}
    make_complaint(received_at=at(-12))
    assert codes(as_alice, 31) == {"COMPLAINT_UNANSWERED", "COMPLAINT_NOT_ACKNOWLEDGED"}
    make_profile(acknowledge_days=20, answer_days=30)
    assert len(codes(as_alice, 31)) == 2, "what was announced to them stands"
    Complaint.objects.all().delete()
    body = {"subject": "Froid", "channel": "FORM", "complainantRole": "LEARNER"}
    as_alice.post("/api/v1/complaints", body | {"receivedAt": f"{at(-24):%Y-%m-%dT%H:%M:%SZ}"})
    assert codes(as_alice, 31) == set()


def test_the_planned_audit_is_the_one_that_is_prepared(as_alice, acme):
    make_evidence(indicators=[23], valid_until=day(20))
    assert codes(as_alice, 23) == set()
    make_profile(next_audit_kind="SURVEILLANCE", next_audit_on=day(30))
    assert read(as_alice, READINESS)["auditDate"] == str(day(30))
    assert codes(as_alice, 23) == {"EVIDENCE_EXPIRED"}
    assert codes(as_alice, 23, f"?auditDate={day(10)}") == set()


def test_an_audit_that_has_passed_is_prepared_no_more(as_alice, acme):
    make_profile(next_audit_kind="SURVEILLANCE", next_audit_on=day(-1))
    assert read(as_alice, READINESS)["auditDate"] == str(day(0))


@pytest.mark.parametrize(("last", "since"), [(-700, -699), (-40, -39), (0, 0), (None, -365)])
def test_the_period_begins_after_the_last_audit(as_alice, acme, last, since):
    make_profile(last_audit_on=None if last is None else day(last))
    assert read(as_alice, READINESS)["from"] == str(day(since))


def test_what_the_profile_changes_is_changed_through_the_api(as_alice, acme):
    assert found(as_alice, 14)["state"] == "MISSING"
    as_alice.patch(PROFILE, {"categories": ["AF"]})
    assert found(as_alice, 14)["state"] == "NOT_APPLICABLE"
    as_alice.patch(PROFILE, {"categories": ["AF", "CFA"]})
    assert sum(one["applicable"] for one in read(as_alice)) == 33
