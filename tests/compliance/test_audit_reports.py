"""What audits and findings put into readiness, bundles and the demo."""

import json
import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from compliance.demo import audits as demo
from compliance.demo import evidence as demo_evidence
from compliance.demo import organisation as demo_organisation
from compliance.models import Audit, Finding
from compliance.states import AuditStatus, Judgement
from improvements import demo as demo_plans
from qualiforma.accounts import demo as accounts
from qualiforma.bundle.scope import Wish, settle
from qualiforma.bundle.services import build_bundle
from qualiforma.qualiopi.indicators import MAJOR_ONLY
from qualiforma.training import demo as training
from tests.bundles import Unpacked, pdf_text
from tests.compliance.audit_factories import make_audit, make_finding

READINESS = "/api/v1/qualiopi/readiness"
AT = datetime.fromisoformat("2026-11-30T08:00:00+00:00")


def gaps(client):
    """The gaps of this app's checks: number and code, to count and ids."""
    rows = client.get(READINESS).json()["data"]["indicators"]
    return {
        (one["number"], gap["code"]): (gap["count"], gap["objectIds"])
        for one in rows
        for gap in one["gaps"]
        if gap["code"] in {"FINDING_LATE", "FINDING_PENDING", "AUDIT_NOT_JUDGED"}
    }


def test_findings_are_at_risk_until_they_are_lifted_by_indicator(as_alice):
    today = timezone.localdate()
    late = [make_finding(notified_on=date(2026, 1, 5)) for _ in range(2)]
    pending = make_finding(indicator=2, notified_on=today)
    done = {"status": "LIFTED", "lifted_on": today}
    make_finding(indicator=8, notified_on=date(2026, 1, 5), **done)
    ids = sorted(one.pk for one in late)
    assert gaps(as_alice) == {
        (1, "FINDING_LATE"): (2, ids),
        (2, "FINDING_PENDING"): (1, [pending.pk]),
    }


def test_indicators_of_a_past_audit_that_were_not_judged_are_at_risk(as_alice):
    audit = make_audit(judged={1: Judgement.NOT_JUDGED, 4: Judgement.SATISFACTORY})
    make_audit(audit_date=timezone.localdate() + timedelta(days=3))
    make_audit(judged={2: Judgement.NOT_JUDGED}, status=AuditStatus.CLOSED)  # before this rule
    assert gaps(as_alice) == {(1, "AUDIT_NOT_JUDGED"): (1, [audit.pk])}


def test_a_bundle_has_both_registers(acme, tmp_path):
    audit = make_audit(judged={1: Judgement.MINOR, 4: Judgement.SATISFACTORY})
    make_audit(status=AuditStatus.PLANNED)
    make_finding(id="fnd_shown", audit=audit)
    old = {"status": "LIFTED", "lifted_on": date(2025, 6, 1)}
    make_finding(id="fnd_old", notified_on=date(2025, 1, 5), **old)
    built = build_bundle(
        settle(Wish(since=date(2026, 1, 1), generated_at=AT)), tmp_path / "bundle.zip"
    )
    bundle = Unpacked(built.path)
    rows = bundle.rows("registres/audits.csv")
    assert [(one["Indicateur"], one["Appréciation"]) for one in rows] == [
        ("1", "Non-conformité mineure"),
        ("4", "Satisfaisant"),
    ]
    [finding] = bundle.rows("registres/constats.csv")
    assert (finding["Identifiant"], finding["À corriger avant le"]) == ("fnd_shown", "2026-09-02")
    assert finding["Audit (identifiant)"] == audit.pk
    assert (built.counts["audits"], built.counts["constats"]) == (2, 1)
    [row] = bundle.rows("indicateurs/i01/constats.csv")
    assert row["Identifiant"] == "fnd_shown"
    assert "indicateurs/i02/constats.csv" not in bundle.files
    sheet = pdf_text(bundle.files["indicateurs/i01/fiche.pdf"])
    assert "Mineure, notifié le 02/03/2026, à corriger avant le 02/09/2026" in sheet


@pytest.fixture
def loaded(acme):
    for loader in (accounts, training, demo_evidence, demo_organisation, demo_plans, demo, demo):
        loader.load("qualiforma-demo")


def test_the_demo_has_a_surveillance_audit_with_two_findings_one_late(loaded, as_alice):
    audit = Audit.objects.get(kind="SURVEILLANCE")
    assert audit.status == AuditStatus.CLOSED
    profile = as_alice.get("/api/v1/qualiopi/organisation").json()["data"]
    assert profile["lastAuditOn"] == str(audit.audit_date)
    assert profile["nextAuditKind"] == "RENEWAL"
    assert profile["nextAuditOn"] < profile["certifiedUntil"]
    window = profile["surveillanceWindow"]
    assert window["from"] <= str(audit.audit_date) <= window["to"]
    findings: Any = audit.findings.with_plan().order_by("indicator")
    assert [(one.indicator, one.is_late) for one in findings] == [(2, False), (21, True)]
    assert all(one.live_plan_id for one in findings)
    assert not Finding.objects.exclude(audit=audit).pending().exists()
    changes = as_alice.get(f"/api/v1/audits/{audit.pk}/comparison").json()["data"]["indicators"]
    by_number = {one["indicator"]: one["change"] for one in changes}
    assert (by_number[2], by_number[21], by_number[24]) == ("SAME", "WORSE", "BETTER")


@pytest.mark.parametrize("slug", ["qualiforma-demo", "votre-tenant"])
def test_plans_of_the_demo_grade_findings_as_the_referential_does(slug):
    """Plans name the indicator and the grade of the finding that they answer in their title."""
    plans = json.loads((demo_plans.HERE / f"{slug}.json").read_text(encoding="utf-8"))["plans"]
    title = r"Non-conformité (\w+) – indicateur (\d+) : .+"
    named = [re.fullmatch(title, one["title"]) for one in plans]
    graded = [(one[1], int(one[2])) for one in named if one]
    assert len(graded) == 3
    assert all(grade == "majeure" or number not in MAJOR_ONLY for grade, number in graded)
