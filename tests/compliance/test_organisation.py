"""GET, PATCH /qualiopi/organisation: what the organisation says of itself."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from compliance.demo import organisation as demo
from compliance.models import OrganisationProfile
from qualiforma.audit.models import AuditEvent
from qualiforma.qualiopi.rules import Rules, rules_in_force
from qualiforma.qualiopi.states import Policy, VerifierPolicy
from qualiforma.tenants.context import tenant_context
from tests.qualiforma.audit.entries import clear

URL = "/api/v1/qualiopi/organisation"
EMPTY: dict[str, Any] = {
    "categories": [],
    "conditions": [],
    "newEntrant": [],
    "activityNumber": None,
    "address": None,
    "representative": None,
    "certifier": None,
    "certificateNumber": None,
    "firstCertifiedOn": None,
    "certifiedUntil": None,
    "lastAuditOn": None,
    "nextAuditKind": None,
    "nextAuditOn": None,
    "acknowledgeDays": 2,
    "answerDays": 10,
    "policy": "LENIENT",
    "verifierPolicy": "RECORD",
    "effectivenessDays": 90,
    "recurrenceDays": 180,
    "publicComplaints": False,
    "surveillanceWindow": None,
    "daysToAudit": None,
}
GIVEN = {
    "categories": ["AF", "BC"],
    "conditions": ["CERTIFYING", "OVER_TWO_DAYS"],
    "newEntrant": ["BC"],
    "activityNumber": "11751234567",
    "address": "12 rue de Siam\n29200 Brest",
    "representative": "Anne Le Goff, directrice",
    "certifier": "Certif Conseil",
    "certificateNumber": "2025-0412",
    "firstCertifiedOn": "2025-10-06",
    "certifiedUntil": "2028-10-05",
    "lastAuditOn": "2025-09-10",
    "nextAuditKind": "SURVEILLANCE",
    "nextAuditOn": "2100-03-09",
    "acknowledgeDays": 3,
    "answerDays": 15,
    "policy": "STRICT",
    "verifierPolicy": "ENFORCE",
    "effectivenessDays": 60,
    "recurrenceDays": 365,
    "publicComplaints": True,
}


def fields_of(answer):
    return [error["field"] for error in answer.json()["errors"]]


def days(number):
    return str(timezone.localdate() + timedelta(days=number))


def test_unset_profile_has_defaults_and_no_row(as_audrey):
    answer = as_audrey.get(URL)
    assert (answer.json()["data"], answer["ETag"]) == (EMPTY, '"0"')
    assert not OrganisationProfile.objects.exists()


def test_what_was_given_is_kept(as_alice, globex):
    answer = as_alice.patch(URL, GIVEN, HTTP_IF_MATCH='"0"')
    assert answer.status_code == 200, answer.content
    body = answer.json()["data"]
    assert body | GIVEN == body
    assert body["surveillanceWindow"] == {"from": "2026-12-06", "to": "2027-08-06"}
    assert answer["ETag"] == '"1"'
    assert as_alice.get(URL).json()["data"] == body
    with tenant_context(globex):
        assert not OrganisationProfile.objects.exists()


def test_days_to_the_audit_are_counted_until_it_has_passed(as_alice):
    body = {"nextAuditKind": "INITIAL", "nextAuditOn": days(15)}
    assert as_alice.patch(URL, body).json()["data"]["daysToAudit"] == 15
    passed = {"nextAuditOn": days(-1)}
    assert as_alice.patch(URL, passed).json()["data"]["daysToAudit"] is None


def test_values_are_kept_in_one_form_and_no_change_is_no_version(as_alice):
    body = {"activityNumber": "11 75 12345 67", "categories": ["CFA", "AF"]}
    first = as_alice.patch(URL, body)
    assert first.json()["data"]["activityNumber"] == "11751234567"
    assert first.json()["data"]["categories"] == ["AF", "CFA"]
    assert as_alice.patch(URL, body)["ETag"] == first["ETag"] == '"1"'
    cleared = as_alice.patch(URL, {"activityNumber": None, "nextAuditKind": None})
    assert cleared.json()["data"]["activityNumber"] is None


REFUSED = {
    "unknown category": ({"categories": ["AFX"]}, "categories[0]"),
    "category twice": ({"categories": ["AF", "AF"]}, "categories"),
    "unknown condition": ({"conditions": ["NIGHT"]}, "conditions[0]"),
    "category as text": ({"categories": "AF"}, "categories"),
    "new entrant elsewhere": ({"categories": ["AF"], "newEntrant": ["BC"]}, "newEntrant"),
    "short number": ({"activityNumber": "1175123456"}, "activityNumber"),
    "number with letters": ({"activityNumber": "1175123456A"}, "activityNumber"),
    "end first": (
        {"firstCertifiedOn": "2025-10-06", "certifiedUntil": "2025-10-06"},
        "certifiedUntil",
    ),
    "certified tomorrow": ({"firstCertifiedOn": days(2)}, "firstCertifiedOn"),
    "before Qualiopi": ({"firstCertifiedOn": "2019-06-05"}, "firstCertifiedOn"),
    "audited tomorrow": ({"lastAuditOn": days(2)}, "lastAuditOn"),
    "audit without day": ({"nextAuditKind": "INITIAL"}, "nextAuditOn"),
    "audit without kind": ({"nextAuditOn": "2027-03-09"}, "nextAuditKind"),
    "unknown audit": ({"nextAuditKind": "SURPRISE"}, "nextAuditKind"),
    "next before last": (
        {"nextAuditKind": "INITIAL", "nextAuditOn": "2026-03-09", "lastAuditOn": "2026-03-09"},
        "nextAuditOn",
    ),
    "answer first": ({"acknowledgeDays": 11}, "answerDays"),
    "no delay": ({"answerDays": 0}, "answerDays"),
    "long delay": ({"answerDays": 61}, "answerDays"),
    "delay as text": ({"answerDays": "10"}, "answerDays"),
    "unknown policy": ({"policy": "HARSH"}, "policy"),
    "no policy": ({"policy": None}, "policy"),
    "unknown verifier": ({"verifierPolicy": "ANY"}, "verifierPolicy"),
    "no check": ({"effectivenessDays": 0}, "effectivenessDays"),
    "late check": ({"effectivenessDays": 731}, "effectivenessDays"),
    "no watch": ({"recurrenceDays": 0}, "recurrenceDays"),
    "what is computed": ({"daysToAudit": 3}, "daysToAudit"),
    "impossible day": ({"certifiedUntil": "2027-02-30"}, "certifiedUntil"),
}


@pytest.mark.parametrize(("given", "field"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_names_the_field_and_stores_nothing(as_alice, given, field):
    answer = as_alice.patch(URL, given)
    assert (answer.status_code, fields_of(answer)) == (400, [field]), answer.content
    assert not OrganisationProfile.objects.exists()


def test_a_change_of_what_has_changed_meanwhile_is_refused(as_alice):
    as_alice.patch(URL, {"certifier": "Certif Conseil"}, HTTP_IF_MATCH='"0"')
    answer = as_alice.patch(URL, {"certifier": "Autre"}, HTTP_IF_MATCH='"0"')
    assert (answer.status_code, answer.json()["code"]) == (412, "STALE")
    assert OrganisationProfile.objects.get().certifier == "Certif Conseil"


def test_the_rules_of_plans_are_each_organisation_s_own(as_alice, acme, globex):
    assert rules_in_force() == Rules()
    as_alice.patch(URL, GIVEN)
    strict = Rules(
        Policy.STRICT,
        VerifierPolicy.ENFORCE,
        effectiveness_days=60,
        recurrence_days=365,
        acknowledge_days=3,
        answer_days=15,
        public_complaints=True,
    )
    assert rules_in_force() == strict
    with tenant_context(globex):
        assert rules_in_force() == Rules()


def test_the_trail_says_who_changed_what(as_alice):
    as_alice.patch(URL, {"answerDays": 15})
    entry = AuditEvent.objects.filter(object_type="organisation").latest("seq")
    assert entry.action == "compliance.organisation.changed"
    assert {"before.answer_days": 10, "after.answer_days": 15}.items() <= clear(entry).items()


def test_the_database_keeps_one_row(as_alice):
    as_alice.patch(URL, {"answerDays": 15})
    with pytest.raises(IntegrityError), transaction.atomic():
        OrganisationProfile.objects.create(id="org_other")


@pytest.mark.parametrize(
    ("slug", "number", "kind"),
    [("qualiforma-demo", 26, "RENEWAL"), ("votre-tenant", 23, "SURVEILLANCE")],
)
def test_the_demo_has_a_profile_with_an_audit_to_come(as_alice, slug, number, kind):
    demo.load(slug)
    demo.load(slug)
    body = as_alice.get(URL).json()["data"]
    assert body["nextAuditKind"] == kind
    window = body["surveillanceWindow"]
    surveilled_on = body["nextAuditOn" if kind == "SURVEILLANCE" else "lastAuditOn"]
    assert window["from"] <= surveilled_on <= window["to"]
    assert (
        0
        < body["daysToAudit"]
        == (date.fromisoformat(body["nextAuditOn"]) - timezone.localdate()).days
    )
    # What the demo says would be taken from people, too.
    read_only = {"surveillanceWindow", "daysToAudit"}
    given = {name: value for name, value in body.items() if name not in read_only}
    assert as_alice.patch(URL, given).status_code == 200
    rows = as_alice.get("/api/v1/qualiopi/indicators").json()["data"]
    assert sum(one["applicable"] for one in rows) == number
