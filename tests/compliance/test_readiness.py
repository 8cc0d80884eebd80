"""GET /qualiopi/readiness: the grid of the day, who sees what, reviews that change nothing."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.db.utils import IntegrityError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from compliance.models import IndicatorReview
from qualiforma import readiness
from qualiforma.accounts.models import User
from qualiforma.accounts.services import create_user
from qualiforma.qualiopi.grids import label
from tests.cast import ALICE, AUDREY, PASSWORD
from tests.compliance.evidence_factories import make_evidence
from tests.compliance.readiness_factories import make_holes
from tests.test_messages import FOLDER

URL = "/api/v1/qualiopi/readiness"
# The certifier's to say, never the software's.
VERDICTS = re.compile(r"\bconformes?\b|conformité atteinte|\bcompliant\b", re.IGNORECASE)


@pytest.mark.parametrize(("day", "last"), [("2026-10-31", 32), ("2026-11-01", 33)])
def test_the_audits_day_chooses_the_indicators(as_alice, acme, day, last):
    body = as_alice.get(f"{URL}?auditDate={day}").json()["data"]
    assert [one["number"] for one in body["indicators"]] == list(range(1, last + 1))
    assert body["auditDate"] == day
    assert body["indicators"][30]["label"] == label(31)


@pytest.mark.parametrize(
    ("query", "field"),
    [("auditDate=demain", "auditDate"), ("auditDate=2026-02-30", "auditDate"), ("x=1", "x")],
)
def test_what_is_refused_is_named(as_alice, query, field):
    answer = as_alice.get(f"{URL}?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


def test_what_there_is_to_show_is_counted(as_alice, acme):
    make_evidence(indicators=[23], document_date="2026-05-04")
    make_evidence(indicators=[23, 24], document_date="2026-03-04")
    rows = {one["number"]: one for one in as_alice.get(URL).json()["data"]["indicators"]}
    assert (rows[23]["state"], rows[23]["evidenceCount"]) == ("DEMONSTRABLE", 2)
    assert (rows[23]["lastDate"], rows[24]["lastDate"]) == ("2026-05-04", "2026-03-04")
    assert rows[25]["state"] == "MISSING"
    assert [gap["code"] for gap in rows[25]["gaps"]] == ["NOTHING_TO_SHOW"]


def test_an_auditor_does_not_learn_of_whom_a_need_was_noted(client_of, acme):
    make_holes()
    found = {}
    for person in (ALICE, AUDREY):
        (row,) = (
            one
            for one in client_of(person).get(URL).json()["data"]["indicators"]
            if one["number"] == 10
        )
        (found[person],) = ([gap["count"], gap["objectIds"]] for gap in row["gaps"])
    assert found == {ALICE: [1, ["nda_needy"]], AUDREY: [1, []]}


def test_a_review_is_kept_and_changes_no_state(as_alice, client_of, acme):
    before = as_alice.get(URL).json()["data"]["indicators"][30]
    for remark in ("Première lecture", "Vu avec l’équipe"):
        answer = as_alice.post(f"{URL}/reviews", {"indicator": 31, "remark": remark})
        assert answer.status_code == 201, answer.content
    after = client_of(AUDREY).get(URL).json()["data"]["indicators"][30]
    assert (after["reviewedBy"], after["remark"]) == (ALICE.id, "Vu avec l’équipe")
    names = ("state", "gaps", "evidenceCount", "recordCount")
    assert [after[name] for name in names] == [before[name] for name in names]
    rows = client_of(AUDREY).get(f"{URL}/reviews?indicator=31").json()["data"]
    assert [one["remark"] for one in rows] == ["Vu avec l’équipe", "Première lecture"]
    with pytest.raises(IntegrityError):
        IndicatorReview.objects.update(remark="Autre")


@pytest.mark.parametrize("body", [{}, {"indicator": 0}, {"indicator": 34}, {"indicator": "31"}])
def test_a_review_of_no_indicator_is_refused(as_alice, acme, body):
    answer = as_alice.post(f"{URL}/reviews", body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "indicator")
    assert not IndicatorReview.objects.exists()


def test_reviews_are_found_by_their_index(acme):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    rows = IndicatorReview.objects.order_by("-reviewed_at", "-id")
    for filtered in (rows, rows.filter(indicator=31)):
        assert "Index" in filtered[:20].explain()


def test_the_number_of_statements_stays_the_same(as_alice, acme, count_queries):
    few = count_queries(lambda: as_alice.get(URL))
    make_holes()
    assert count_queries(lambda: as_alice.get(URL)) == few
    with CaptureQueriesContext(connection) as queries:
        as_alice.get(URL)
    # All checks, the profile, the reviews, and what every call of the API costs.
    assert len(queries) <= 8


def test_no_text_says_that_anything_is_compliant():
    texts = (FOLDER / "django.po").read_text(encoding="utf-8").splitlines()
    assert not [line for line in texts if VERDICTS.search(line)]
    for check in readiness.checks.values():
        assert not VERDICTS.search(str(check.text))


def test_a_check_is_written_once_per_scope_and_reads_each_time(acme):
    asked = []

    def users(_scope):
        asked.append(1)
        return User.objects.filter(name="Absente")

    today = timezone.localdate()
    scope = readiness.Scope(today=today, audit_day=today, since=today)
    missing, there = readiness.absent(1, rows=users), readiness.offending(1, rows=users)
    assert (missing(scope), there(scope)) == ({1: readiness.Found(0)}, {})
    user = create_user(email="a@acme.fr", name="Absente", role="LEARNER", password=PASSWORD)
    assert (missing(scope), there(scope)) == ({}, {1: readiness.Found(1, [user.pk])})
    assert len(asked) == 2
    missing(replace(scope, since=today - timedelta(days=1)))
    assert len(asked) == 3
