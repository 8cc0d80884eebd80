"""GET /improvement-plans."""

import pytest

from improvements.states import PlanStatus, Trigger
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
        ("statut=DRAFT", "statut", "page, perPage, status, trigger"),
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
