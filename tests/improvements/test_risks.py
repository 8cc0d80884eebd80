"""The register of risks: levels, states, reviews, and its pages."""

import re
from datetime import timedelta
from functools import partial

import pytest
from django.contrib.admin.utils import quote
from django.db import IntegrityError, InternalError, transaction
from django.utils import timezone

from improvements.models import Risk, RiskReview
from improvements.states import RISK_MOVES, RiskStatus
from qualiforma.tenants.context import tenant_context
from tests.admin_client import text_of
from tests.cast import ALICE, BOB, TWIN
from tests.improvements.factories import make_plan, make_review, make_risk

URL = "/api/v1/risks"
REVIEWS = "/api/v1/risk-reviews"
LIST = "/admin/improvements/risk/"
BODY = {
    "title": "Panne de la plateforme",
    "likelihood": 2,
    "severity": 3,
    "treatment": "TRANSFER",
    "owner": ALICE.id,
}
TODAY = timezone.localdate


def refused(answer, status=400):
    assert answer.status_code == status, answer.content
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]


def test_a_risk_from_its_entry_to_its_end(as_alice):
    made = as_alice.post(URL, BODY)
    risk = made.json()["data"]
    assert (made.status_code, made["ETag"]) == (201, '"1"')
    assert (risk["level"], risk["status"], risk["indicators"]) == (6, "OPEN", [32])
    assert risk["reviewedOn"] == str(TODAY())
    assert risk["nextReviewOn"][:4] == str(TODAY().year + 1)
    url = f"{URL}/{risk['id']}"
    changed = as_alice.patch(url, {"severity": 4, "status": "CONTROLLED"})
    assert (changed.json()["data"]["level"], changed["ETag"]) == (8, '"2"')
    assert as_alice.patch(url, {"severity": 1}, HTTP_IF_MATCH='"1"').status_code == 412
    assert as_alice.patch(url, {"status": "CLOSED"}).json()["data"]["status"] == "CLOSED"
    assert as_alice.patch(url, {"status": "OPEN"}).json()["data"]["status"] == "OPEN"


# By hand: what may follow what.
SQUARE = {
    ("OPEN", "OPEN"): True,
    ("OPEN", "CONTROLLED"): True,
    ("OPEN", "CLOSED"): True,
    ("CONTROLLED", "OPEN"): True,
    ("CONTROLLED", "CONTROLLED"): True,
    ("CONTROLLED", "CLOSED"): True,
    ("CLOSED", "OPEN"): True,
    ("CLOSED", "CONTROLLED"): False,
    ("CLOSED", "CLOSED"): True,
}


@pytest.mark.parametrize(("move", "is_legal"), SQUARE.items(), ids=str)
def test_moves(as_alice, move, is_legal):
    current, target = move
    risk = make_risk(status=current)
    answer = as_alice.patch(f"{URL}/{risk.pk}", {"status": target})
    risk.refresh_from_db()
    if is_legal:
        assert (answer.status_code, risk.status) == (200, target)
        return
    assert answer.json()["code"] == "ILLEGAL_TRANSITION"
    assert answer.json()["allowed"] == sorted(RISK_MOVES[RiskStatus(current)])
    assert (risk.status, risk.version) == (current, 1)


YEAR = str(TODAY() + timedelta(days=400))
WRONG = [
    ({"likelihood": 5}, [("likelihood", "max_value")]),
    ({"severity": 0}, [("severity", "min_value")]),
    ({"severity": "3"}, [("severity", "invalid")]),
    ({"treatment": "IGNORE"}, [("treatment", "invalid_choice")]),
    ({"level": 16}, [("level", "unknown")]),
    ({"title": " "}, [("title", "blank")]),
    ({"owner": "usr_none"}, [("owner", "unknown")]),
    ({"planId": "imp_none"}, [("planId", "unknown")]),
    ({"indicators": [34]}, [("indicators[0]", "max_value")]),
    ({"nextReviewOn": YEAR}, [("nextReviewOn", "too_late")]),
    ({"nextReviewOn": str(TODAY())}, [("nextReviewOn", "too_early")]),
]


@pytest.mark.parametrize(("changes", "expected"), WRONG, ids=str)
def test_what_is_refused_is_named_and_changes_nothing(as_alice, changes, expected):
    risk = make_risk()
    before = Risk.objects.values().get()
    assert refused(as_alice.post(URL, BODY | changes)) == expected
    assert refused(as_alice.patch(f"{URL}/{risk.pk}", changes)) == expected
    assert Risk.objects.values().get() == before


def test_the_database_computes_the_level_and_holds_it(acme):
    risk = make_risk(likelihood=4, severity=4)
    assert risk.level == 16
    for wrong in ({"likelihood": 5}, {"severity": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Risk.objects.filter(pk=risk.pk).update(**wrong)


def test_retried_with_its_key_it_is_one_risk(as_alice):
    ids = {
        as_alice.post(URL, BODY, HTTP_IDEMPOTENCY_KEY="k1").json()["data"]["id"] for _ in range(2)
    }
    assert len(ids) == Risk.objects.count() == 1


def test_who_sees_what(as_alice, as_bob, as_audrey, globex):
    make_risk()
    own = make_risk(owner_id=BOB.id)
    assert as_audrey.get(URL).json()["meta"]["total"] == 2
    assert [row["id"] for row in as_bob.get(URL).json()["data"]] == [own.pk]
    with tenant_context(globex):
        foreign = make_risk(owner_id=TWIN.id)
    assert as_alice.get(f"{URL}/{foreign.pk}").status_code == 404
    assert refused(as_alice.post(REVIEWS, review_body(riskIds=[foreign.pk]))) == [
        ("riskIds[0]", "unknown")
    ]


FILTERS = [
    ("status=CLOSED", {"close"}),
    ("treatment=AVOID", {"close"}),
    ("owner=usr_bob", {"tardive"}),
    ("reviewOverdue=true", {"tardive"}),
    ("reviewOverdue=false", {"close", "liée"}),
    ("levelFrom=10", {"liée"}),
    ("indicator=17", {"liée"}),
    ("planId=imp_risk", {"liée"}),
    ("q=TARDIVE", {"tardive"}),
]


@pytest.mark.parametrize(("query", "expected"), FILTERS)
def test_filters(as_alice, query, expected):
    past = {"reviewed_on": "2025-01-01", "next_review_on": "2025-12-31"}
    make_risk(title="tardive", owner_id=BOB.id, **past)
    make_risk(title="close", status="CLOSED", treatment="AVOID", **past)
    plan = make_plan(id="imp_risk")
    make_risk(title="liée", likelihood=4, severity=4, indicators=[17], plan=plan)
    rows = as_alice.get(f"{URL}?{query}").json()["data"]
    assert {row["title"] for row in rows} == expected


def test_orders_and_cost(as_alice, count_queries):
    for level in (2, 4, 1):
        make_risk(likelihood=level, severity=1)
    rows = as_alice.get(f"{URL}?ordering=-level").json()["data"]
    assert [row["level"] for row in rows] == [4, 2, 1]
    few = count_queries(lambda: as_alice.get(URL))
    for _ in range(20):
        make_risk(plan=make_plan())
    assert count_queries(lambda: as_alice.get(URL)) == few


# --- Reviews
def review_body(**changed):
    day = TODAY() - timedelta(days=10)
    body = {"reviewedOn": str(day), "participants": "Alice, Tom", "decisions": "Recruter."}
    return body | changed


def test_a_review_keeps_the_risks_and_dates_them(as_alice):
    old = {"reviewed_on": "2025-01-01", "next_review_on": "2025-12-31"}
    risk, closed = make_risk(**old), make_risk(status="CLOSED", **old)
    newer = make_risk(reviewed_on=TODAY())
    made = as_alice.post(REVIEWS, review_body())
    assert made.status_code == 201, made.content
    review = made.json()["data"]
    assert {one["riskId"] for one in review["assessments"]} == {risk.pk, newer.pk}
    as_alice.patch(f"{URL}/{risk.pk}", {"likelihood": 1})
    kept = as_alice.get(f"{REVIEWS}/{review['id']}").json()["data"]
    assert kept == review, "as they stood then"
    for one in (risk, closed, newer):
        one.refresh_from_db()
    assert risk.reviewed_on == TODAY() - timedelta(days=10)
    assert (closed.version, newer.reviewed_on) == (1, TODAY())


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"reviewedOn": "2999-01-01"}, [("reviewedOn", "future")]),
        ({"reviewedOn": "9999-12-31"}, [("reviewedOn", "future")]),
        ({"nextReviewOn": YEAR}, [("nextReviewOn", "too_late")]),
        ({"participants": ""}, [("participants", "blank")]),
        ({"riskIds": ["rsk_none"]}, [("riskIds[0]", "unknown")]),
        ({"riskIds": []}, [("riskIds", "empty")]),
    ],
)
def test_a_review_is_refused_whole(as_alice, changed, expected):
    make_risk()
    assert refused(as_alice.post(REVIEWS, review_body(**changed))) == expected
    assert not RiskReview.objects.exists()


def test_a_review_never_changes(acme):
    review = make_review()
    for write in (
        lambda: RiskReview.objects.filter(pk=review.pk).update(decisions="x"),
        lambda: RiskReview.objects.filter(pk=review.pk).delete(),
    ):
        with pytest.raises((InternalError, IntegrityError)), transaction.atomic():
            write()


# --- Under /admin/
def test_a_risk_is_entered_and_changed_under_admin(admin_client):
    body = {
        "title": "Panne",
        "description": "",
        "measures": "",
        "plan": "",
        "indicators": "32",
        "likelihood": "2",
        "severity": "4",
        "treatment": "REDUCE",
        "owner": ALICE.id,
        "next_review_on": "",
    }
    answer = admin_client.send(f"{LIST}add/", body)
    assert answer.status_code == 302, text_of(answer)
    risk = Risk.objects.get()
    assert risk.level == 8
    page = f"{LIST}{quote(risk.pk)}/change/"
    shown = {
        "status": "CONTROLLED",
        "next_review_on": str(risk.next_review_on),
        "expected_version": "1",
    }
    assert admin_client.send(page, body | shown).status_code == 302
    risk.refresh_from_db()
    assert risk.status == "CONTROLLED"


def test_the_matrix_counts_and_lists(admin_client):
    make_risk(title="Une", likelihood=2, severity=3)
    make_risk(title="Deux", likelihood=2, severity=3)
    make_risk(title="Close", likelihood=2, severity=3, status="CLOSED")
    page = admin_client.get(f"{LIST}matrix/")
    text = text_of(page)
    assert "2 risques" in text
    assert "Close" not in text
    link = "likelihood__exact=2&amp;severity__exact=3"
    assert link in page.content.decode()
    assert "Une" in text_of(admin_client.get(f"{LIST}?{link.replace('&amp;', '&')}"))


def test_the_list_shows_a_level_as_its_number(admin_client):
    make_risk(likelihood=3, severity=3)
    page = admin_client.get(LIST).content.decode()
    assert not re.search(r">\s*(?:danger|warning|success)\s*<", page)


@pytest.mark.parametrize("typed", ["40", "0", "18, x", "18,,x"])
def test_indicators_are_refused_in_words_that_people_use(admin_client, typed):
    text = text_of(admin_client.send(f"{LIST}add/", {"title": "Panne", "indicators": typed}))
    assert "Indiquez des numéros de 1 à 33, séparés par des virgules." in text
    assert "tableau" not in text


def test_the_pages_cost_the_same_for_many(admin_client, count_queries):
    make_risk()
    for path in (LIST, f"{LIST}matrix/"):
        admin_client.get(path)
    pages = [partial(admin_client.get, path) for path in (LIST, f"{LIST}matrix/")]
    few = [count_queries(page) for page in pages]
    for _ in range(15):
        make_risk(plan=make_plan())
    assert [count_queries(page) for page in pages] == few


def test_a_review_is_entered_under_admin_and_only_read_afterwards(admin_client):
    risk = make_risk()
    url = "/admin/improvements/riskreview/"
    body = {"reviewed_on": str(TODAY()), "participants": "Alice", "decisions": "Suivre."}
    answer = admin_client.send(f"{url}add/", body)
    assert answer.status_code == 302, text_of(answer)
    review = RiskReview.objects.get()
    page = f"{url}{quote(review.pk)}/change/"
    assert risk.title in text_of(admin_client.get(page))
    assert admin_client.send(page, body | {"decisions": "Autre"}).status_code == 403


@pytest.mark.parametrize("path", ["add/", "rsk_5Fread/change/"])
def test_an_auditor_reads_risks_and_changes_nothing(auditor_client, path):
    make_risk(id="rsk_read", title="Lue")
    assert "Lue" in text_of(auditor_client.get(LIST))
    assert "Lue" in text_of(auditor_client.get(f"{LIST}matrix/"))
    assert auditor_client.send(f"{LIST}{path}", {"title": "x"}).status_code == 403
    assert Risk.objects.get().title == "Lue"
