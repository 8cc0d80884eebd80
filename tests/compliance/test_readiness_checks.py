"""The checks of readiness: each planted hole is found, none is invented, each can be mended."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qualiforma import readiness
from qualiforma.record_types import record_types
from tests.compliance.evidence_factories import make_evidence
from tests.compliance.readiness_factories import at, make_holes, today
from tests.compliance.readiness_holes import HOLES, upload
from tests.improvements.factories import make_complaint

URL = "/api/v1/qualiopi/readiness"


def scope(**overrides):
    values: dict[str, Any] = {
        "today": today(),
        "audit_day": today() + timedelta(days=30),
        "since": today() - timedelta(days=365),
    }
    return readiness.Scope(**values | overrides)


def found(client):
    """Every gap that the API answers: number and code, to count and ids."""
    answer = client.get(f"{URL}?auditDate={today() + timedelta(days=30)}")
    assert answer.status_code == 200, answer.content
    return {
        (one["number"], gap["code"]): (gap["count"], gap["objectIds"])
        for one in answer.json()["data"]["indicators"]
        for gap in one["gaps"]
    }


@pytest.fixture
def holes(acme):
    make_holes()


def test_the_holes_are_many():
    assert len(HOLES) >= 20
    assert len({hole.indicator for hole in HOLES}) >= 12
    assert max(Counter(map(str, HOLES)).values()) == 1


def test_each_hole_is_found_and_none_is_invented(holes, as_alice):
    gaps = found(as_alice)
    assert sorted(gaps) == sorted((hole.indicator, hole.code) for hole in HOLES)
    for hole in HOLES:
        count, ids = gaps[hole.indicator, hole.code]
        assert count == hole.count, hole
        assert not hole.id or hole.id in ids, hole


def test_each_hole_mended_disappears_and_only_it(holes, as_alice):
    left = found(as_alice)
    for hole in HOLES:
        for answer in hole.mend(as_alice):
            assert answer.status_code in {200, 201}, (str(hole), answer.content)
        now = found(as_alice)
        assert set(left) - set(now) == {(hole.indicator, hole.code)}, hole
        assert set(now) - set(left) == set(), hole
        left = now
    assert left == {}


def test_one_statement_for_all_checks(holes):
    with CaptureQueriesContext(connection) as queries:
        readiness.examine(scope(), range(1, 34))
    assert len(queries) == 1


def test_one_piece_of_evidence_puts_both_its_indicators_at_risk_the_day_after(acme, as_alice):
    evidence = make_evidence(indicators=[4, 8], valid_until=today())

    def states(**overrides):
        found = readiness.examine(scope(**overrides), [4, 8])
        return [(one.state, [gap.check.code for gap in one.gaps]) for one in found.values()]

    tomorrow = today() + timedelta(days=1)
    assert states(audit_day=today()) == [("DEMONSTRABLE", [])] * 2
    expired = [("AT_RISK", ["EVIDENCE_EXPIRED"])] * 2
    assert states(today=tomorrow, audit_day=tomorrow) == expired
    assert states(audit_day=tomorrow) == expired  # it expires before the audit
    until = str(today() + timedelta(days=400))
    for answer in upload(evidence.pk, validUntil=until)(as_alice):
        assert answer.status_code == 201
    assert states(today=tomorrow, audit_day=tomorrow) == [("DEMONSTRABLE", [])] * 2


def test_of_many_records_twenty_are_named(acme):
    for _ in range(25):
        make_evidence(verdict="TO_REPLACE", indicators=[17])
        make_complaint(received_at=at(-60), acknowledged_at=at(-60, 10))
    indicators = readiness.examine(scope(), [17, 31])
    for number, code in ((17, "EVIDENCE_TO_REPLACE"), (31, "COMPLAINT_UNANSWERED")):
        gaps = {gap.check.code: gap.found for gap in indicators[number].gaps}
        assert (gaps[code].count, len(gaps[code].ids)) == (25, 20)


def test_every_check_names_a_type_that_has_a_page():
    for check in readiness.checks.values():
        assert not check.object_type or check.object_type in record_types, check.code
