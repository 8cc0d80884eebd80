"""GET /improvement-plans."""

from datetime import timedelta

import pytest
from django.utils import timezone

from improvements.states import PlanStatus, Trigger
from tests.cast import BOB
from tests.improvements.factories import link, make_action, make_complaint, make_plan

URL = "/api/v1/improvement-plans"


def test_list_items_have_exactly_the_documented_keys(as_alice):
    plan = make_plan(trigger=Trigger.COMPLAINT)
    make_action(plan, status="DONE")
    make_action(plan)
    complaint = make_complaint()
    link(plan, complaint)
    body = as_alice.get(URL).json()
    assert list(body) == ["data", "meta"]
    assert body["meta"] == {"total": 1, "page": 1, "perPage": 20}
    assert list(body["data"][0]) == [
        "id",
        "title",
        "trigger",
        "status",
        "owner",
        "targetDate",
        "linkedComplaintIds",
        "actionsCount",
        "actionsCompleted",
        "createdAt",
        # Ours, behind the documented ones.
        "reference",
    ]
    row = body["data"][0]
    assert row["linkedComplaintIds"] == [complaint.pk]
    assert (row["actionsCount"], row["actionsCompleted"]) == (2, 1)
    assert row["createdAt"] == plan.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_filters_by_status_and_trigger(as_alice):
    wanted = make_plan(status=PlanStatus.IN_PROGRESS, trigger=Trigger.COMPLAINT)
    make_plan(status=PlanStatus.IN_PROGRESS, trigger=Trigger.AUDIT)
    make_plan(status=PlanStatus.DRAFT, trigger=Trigger.COMPLAINT)
    body = as_alice.get(URL, {"status": "IN_PROGRESS", "trigger": "COMPLAINT"}).json()
    assert [row["id"] for row in body["data"]] == [wanted.pk]
    assert body["meta"]["total"] == 1


def test_pages_are_newest_first_and_do_not_overlap(as_alice):
    instant = make_plan().created_at
    ids = {make_plan(created_at=instant).pk for _ in range(6)}
    first = as_alice.get(URL, {"perPage": 4}).json()
    second = as_alice.get(URL, {"perPage": 4, "page": 2}).json()
    rows = [row["id"] for row in first["data"] + second["data"]]
    assert len(rows) == len(set(rows)) == 7
    assert ids < set(rows)
    assert second["meta"] == {"total": 7, "page": 2, "perPage": 4}


@pytest.mark.parametrize("page", ["2", "999999999999999999"])
def test_a_page_past_the_end_is_empty(as_alice, page):
    make_plan()
    answer = as_alice.get(URL, {"page": page})
    assert answer.status_code == 200
    assert answer.json()["data"] == []
    assert answer.json()["meta"]["total"] == 1


def test_per_page_above_100_counts_as_100(as_alice):
    assert as_alice.get(URL, {"perPage": 5000}).json()["meta"]["perPage"] == 100


def test_empty_values_count_as_not_set(as_alice):
    make_plan()
    answer = as_alice.get(URL + "?status=&trigger=&page=&perPage=")
    assert answer.json()["meta"] == {"total": 1, "page": 1, "perPage": 20}


@pytest.mark.parametrize(
    ("query", "field", "hint"),
    [
        ("status=FOO", "status", "DRAFT, IN_PROGRESS, COMPLETED, ARCHIVED"),
        ("status=in_progress", "status", "DRAFT"),
        ("trigger=X", "trigger", "COMPLAINT, AUDIT, FEEDBACK, PROACTIVE"),
        ("page=0", "page", "entier"),
        ("page=abc", "page", "entier"),
        ("page=٣", "page", "entier"),
        ("page=99999999999999999999999", "page", "entier"),
        ("perPage=-1", "perPage", "entier"),
        ("perPage=1.5", "perPage", "entier"),
        ("statut=DRAFT", "statut", "page, perPage, q, status, targetFrom, targetTo, trigger"),
        ("status=DRAFT&status=ARCHIVED", "status", "répété"),
        ("status=%00", "status", "nul"),
    ],
)
def test_bad_parameters_are_named(as_alice, query, field, hint):
    answer = as_alice.get(f"{URL}?{query}")
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert error["field"] == field
    assert hint in error["detail"]


def test_deleted_plans_are_not_listed(as_alice):
    plan = make_plan()
    assert as_alice.delete(f"{URL}/{plan.pk}").status_code == 204
    assert as_alice.get(URL).json()["meta"]["total"] == 0


def test_query_count_does_not_grow(as_alice, django_assert_num_queries, count_queries):
    def fill(number):
        for _ in range(number):
            plan = make_plan()
            make_action(plan)
            link(plan, make_complaint())

    fill(2)
    few = count_queries(lambda: as_alice.get(URL, {"perPage": 50}))
    fill(18)
    many = count_queries(lambda: as_alice.get(URL, {"perPage": 50}))
    assert few == many


def titles(client, query=""):
    answer = client.get(f"{URL}?{query}")
    assert answer.status_code == 200, answer.content
    return [row["title"] for row in answer.json()["data"]]


SEARCHES = [
    ("q=reclamation", ["Réclamations des stagiaires"]),
    ("q=RÉCLAMATION", ["Réclamations des stagiaires"]),
    ("q=l'accueil", ["Accueil"]),
    ("q=stagiaires réclam", ["Réclamations des stagiaires"]),
    ("q=livret oeuvre", ["Accueil"]),
    ("q=100%25", []),
    ("q=_", []),
    ("q=", ["Zèbre", "élan", "Réclamations des stagiaires", "Accueil"]),
    ("indicator=31", ["Réclamations des stagiaires"]),
    ("targetFrom=2026-06-01&targetTo=2026-06-30", ["Zèbre"]),
    ("targetTo=2026-05-31", ["Réclamations des stagiaires"]),
    ("ordering=title", ["Accueil", "élan", "Réclamations des stagiaires", "Zèbre"]),
    ("ordering=-title", ["Zèbre", "Réclamations des stagiaires", "élan", "Accueil"]),
    ("ordering=targetDate", ["Réclamations des stagiaires", "Zèbre", "élan", "Accueil"]),
    ("owner=usr_bob", ["élan"]),
    ("owner=usr_nobody", []),
]


@pytest.mark.parametrize(("query", "expected"), SEARCHES, ids=lambda value: str(value)[:40])
def test_filters_search_and_order(as_alice, query, expected):
    make_plan(
        title="Accueil",
        description="Le livret d’œuvre de l’accueil",
        target_date="2027-01-01",
        created_at="2026-01-01T00:00Z",
    )
    make_plan(
        title="Réclamations des stagiaires",
        indicators=[31, 32],
        description="",
        target_date="2026-05-31",
        created_at="2026-01-02T00:00Z",
    )
    make_plan(
        title="élan",
        description="",
        owner_id=BOB.id,
        target_date="2026-07-01",
        created_at="2026-01-03T00:00Z",
    )
    make_plan(
        title="Zèbre", description="", target_date="2026-06-30", created_at="2026-01-04T00:00Z"
    )
    assert titles(as_alice, query) == expected


def test_overdue_are_the_open_ones_whose_day_has_passed(as_alice):
    today = timezone.localdate()
    yesterday = today - timedelta(days=1)
    late = [
        make_plan(status=status, target_date=yesterday).pk for status in ("DRAFT", "IN_PROGRESS")
    ]
    others = [
        make_plan(status="DRAFT", target_date=today).pk,
        make_plan(status="COMPLETED", target_date=yesterday).pk,
        make_plan(status="ARCHIVED", target_date=yesterday).pk,
    ]
    for value, expected in (("true", late), ("false", others)):
        answer = as_alice.get(f"{URL}?overdue={value}").json()
        assert {row["id"] for row in answer["data"]} == set(expected)


REFUSED = [
    ("overdue=1", "overdue"),
    ("indicator=0", "indicator"),
    ("indicator=34", "indicator"),
    ("indicator=٣", "indicator"),
    ("indicator=031", "indicator"),
    ("targetFrom=2026-02-30", "targetFrom"),
    ("targetTo=demain", "targetTo"),
    ("ordering=owner", "ordering"),
    ("ordering=created_at", "ordering"),
    ("owner=bob", "owner"),
    ("owner=usr_a\n", "owner"),
    (f"q={'x' * 201}", "q"),
    ("target_from=2026-01-01", "target_from"),
]


@pytest.mark.parametrize(("query", "field"), REFUSED)
def test_what_a_filter_refuses_is_named(as_alice, query, field):
    name, _, value = query.partition("=")
    answer = as_alice.get(URL, {name: value})
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(
    "query",
    ["owner=usr_x", "q=livret", "targetFrom=2026-01-01&ordering=targetDate", "ordering=title"],
)
def test_each_filter_has_its_index(acme, query):
    """With many rows; the planner of a handful rightly reads them all."""
    from django.db import connection

    from improvements.api.filters import PlanFilter
    from improvements.models import ImprovementPlan

    plans = PlanFilter(
        dict(pair.split("=") for pair in query.split("&")),
        ImprovementPlan.objects.alive().newest_first(),
    ).qs
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    assert "Index" in plans[:20].explain()
    assert "Seq Scan" not in plans[:20].explain()
