"""`ETag` and `If-Match`: on every write of every resource."""

import pytest

from improvements.models import ImprovementPlan
from improvements.states import ActionStatus, PlanStatus
from qualiforma.accounts.models import User
from tests.cast import BOB
from tests.improvements.factories import make_plan, plan_body

PLANS = "/api/v1/improvement-plans"
WRITES = [
    ("patch", "", {"title": "Autre"}, PlanStatus.DRAFT),
    ("patch", "", {"status": "IN_PROGRESS"}, PlanStatus.DRAFT),
    ("patch", "", {"status": "ARCHIVED"}, PlanStatus.IN_PROGRESS),
    ("delete", "", None, PlanStatus.DRAFT),
    ("post", "/close", {"summary": "Fait."}, PlanStatus.IN_PROGRESS),
    ("post", "/actions", {"description": "Encore"}, PlanStatus.IN_PROGRESS),
    ("patch", "/actions/act_one", {"status": "CANCELLED"}, PlanStatus.IN_PROGRESS),
]


@pytest.fixture
def plan_in(acme):
    def make(status):
        action = {"id": "act_one", "status": ActionStatus.DONE}
        return make_plan(actions=[action], status=status, version=3)

    return make


def write(client, row, plan, **headers):
    method, path, body, _ = row
    return getattr(client, method)(f"{PLANS}/{plan.pk}{path}", body, **headers)


@pytest.mark.parametrize("row", WRITES, ids=lambda row: f"{row[0]}{row[1]} {row[2]}")
@pytest.mark.parametrize("tag", ['"2"', '"4"', 'W/"3"', '"x"', '"2", "4"', '"99999999999999"'])
def test_a_stale_write_writes_nothing(as_alice, plan_in, row, tag):
    plan = plan_in(row[3])
    before = ImprovementPlan.objects.values().get(pk=plan.pk)
    answer = write(as_alice, row, plan, HTTP_IF_MATCH=tag)
    assert (answer.status_code, answer.json()["code"]) == (412, "STALE")
    assert answer.json()["version"] == 3
    assert ImprovementPlan.objects.values().get(pk=plan.pk) == before
    assert plan.actions.count() == 1
    assert plan.actions.get().status == ActionStatus.DONE


@pytest.mark.parametrize("row", WRITES, ids=lambda row: f"{row[0]}{row[1]} {row[2]}")
@pytest.mark.parametrize("tag", ['"3"', '"1", "3"', "*"])
def test_a_fresh_write_counts_the_version_up(as_alice, plan_in, row, tag):
    plan = plan_in(row[3])
    answer = write(as_alice, row, plan, HTTP_IF_MATCH=tag)
    assert answer.status_code in {200, 201, 204}, answer.content
    assert ImprovementPlan.objects.get(pk=plan.pk).version == 4
    if row[0] != "delete":
        assert answer["ETag"] == '"4"'


@pytest.mark.parametrize("tag", ["", "3", "'3'", '"3', '"a" "b"', "*, *"])
def test_a_malformed_tag_is_named(as_alice, plan_in, tag):
    plan = plan_in(PlanStatus.DRAFT)
    answer = write(as_alice, WRITES[0], plan, HTTP_IF_MATCH=tag)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["If-Match"]


def test_a_malformed_tag_is_named_even_where_the_answer_is_kept(as_alice, plan_in):
    plan = plan_in(PlanStatus.IN_PROGRESS)
    add = WRITES[5]
    assert write(as_alice, add, plan, HTTP_IDEMPOTENCY_KEY="k").status_code == 201
    assert write(as_alice, add, plan, HTTP_IDEMPOTENCY_KEY="k").status_code == 201
    answer = write(as_alice, add, plan, HTTP_IDEMPOTENCY_KEY="k", HTTP_IF_MATCH="0")
    assert answer.status_code == 400


def test_reading_and_creating_answer_the_version(as_alice):
    created = as_alice.post(PLANS, plan_body())
    assert created["ETag"] == '"1"'
    url = f"{PLANS}/{created.json()['data']['id']}"
    assert as_alice.get(url)["ETag"] == '"1"'


def test_no_change_no_new_version(as_alice, plan_in):
    plan = plan_in(PlanStatus.DRAFT)
    assert as_alice.patch(f"{PLANS}/{plan.pk}", {"title": plan.title})["ETag"] == '"3"'
    assert as_alice.patch(f"{PLANS}/{plan.pk}", {})["ETag"] == '"3"'


def test_stale_comes_before_conflict(as_alice, plan_in):
    plan = plan_in(PlanStatus.COMPLETED)
    answer = as_alice.patch(f"{PLANS}/{plan.pk}", {"title": "x"}, HTTP_IF_MATCH='"2"')
    assert answer.status_code == 412


def test_users_too(as_alice):
    url = f"/api/v1/users/{BOB.id}"
    tag = as_alice.get(url)["ETag"]
    changed = as_alice.patch(url, {"name": "Robert"}, HTTP_IF_MATCH=tag)
    assert (changed.status_code, changed["ETag"]) == (200, '"2"')
    assert as_alice.patch(url, {"name": "Bob"}, HTTP_IF_MATCH=tag).status_code == 412
    assert User.objects.get(pk=BOB.id).name == "Robert"
