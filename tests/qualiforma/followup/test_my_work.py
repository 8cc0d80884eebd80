"""GET /me/work: one's own open corrective actions and parts of action plans, for every role."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from actionplans.states import State
from improvements.states import ActionStatus, PlanStatus
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.followup.work import WorkList
from qualiforma.tenants.context import tenant_context
from tests.actionplans.factories import make_action as make_plan_action
from tests.actionplans.factories import make_plan as make_action_plan
from tests.cast import ALICE, AUDREY, BOB, MONA, TOM, TWIN
from tests.improvements.factories import make_action, make_plan

URL = "/api/v1/me/work"


def due(**delta):
    return timezone.localdate() + timedelta(**delta)


@pytest.fixture
def work(acme):
    """Mona's: late, this week, later and undated, from both registers; and what is none of hers."""
    plan = make_plan(id="imp_work", title="Accueil", status=PlanStatus.IN_PROGRESS)
    for id_, when in (("act_late", due(days=-3)), ("act_later", due(days=8)), ("act_none", None)):
        make_action(plan, id=id_, owner_id=MONA.id, due_date=when)
    make_action(plan, owner_id=MONA.id, status=ActionStatus.DONE, due_date=due(days=-1))
    make_action(plan, owner_id=TOM.id, id="act_toms", due_date=due(days=-1))
    other = make_action_plan(title="Mieux accueillir")
    parts = {MONA.id: State.IN_PROGRESS, ALICE.id: State.PENDING}
    make_plan_action(other, parts, title="Livret", due_date=due(days=-1), id="a" * 24)
    make_plan_action(other, {MONA.id: State.PENDING}, title="Visite", due_date=due(), id="b" * 24)
    make_plan_action(other, {MONA.id: State.COMPLETED}, due_date=due(days=-1))
    return plan


def test_the_most_urgent_stands_first(work, as_mona):
    answer = as_mona.get(URL).json()
    rows = [(row["id"][:8], row["due"], row["daysLate"]) for row in answer["data"]]
    assert rows == [
        ("act_late", "LATE", 3),
        ("aaaaaaaa", "LATE", 1),
        ("bbbbbbbb", "WEEK", None),
        ("act_late", "LATER", None),
        ("act_none", "NONE", None),
    ]
    assert answer["meta"] == {"total": 5, "page": 1, "perPage": 20}


def test_a_row_says_what_can_be_done_with_it(work, as_mona):
    first, second, *_ = as_mona.get(URL).json()["data"]
    assert first == {
        "source": "IMPROVEMENT_PLAN",
        "id": "act_late",
        "title": "Rédiger le livret d’accueil",
        "plan": {"id": "imp_work", "title": "Accueil"},
        "dueDate": due(days=-3).isoformat(),
        "due": "LATE",
        "daysLate": 3,
        "status": "TODO",
        "moves": ["IN_PROGRESS", "DONE", "CANCELLED"],
    }
    assert (second["source"], second["status"]) == ("ACTION_PLAN", "EXPIRED")
    assert second["moves"] == ["COMPLETED", "CANCELLED"]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("source=IMPROVEMENT_PLAN", ["act_late", "act_late", "act_none"]),
        ("source=ACTION_PLAN", ["aaaaaaaa", "bbbbbbbb"]),
        ("due=LATE", ["act_late", "aaaaaaaa"]),
        ("due=WEEK", ["bbbbbbbb"]),
        ("due=NONE&source=IMPROVEMENT_PLAN", ["act_none"]),
        ("due=NONE&source=ACTION_PLAN", []),
        ("perPage=2&page=2", ["bbbbbbbb", "act_late"]),
        ("page=9", []),
    ],
)
def test_pages_and_filters(work, as_mona, query, ids):
    assert [row["id"][:8] for row in as_mona.get(f"{URL}?{query}").json()["data"]] == ids


@pytest.mark.parametrize("query", ["source=OTHER", "due=late", "owner=usr_tom", "page=0"])
def test_what_is_not_understood_is_refused(acme, as_mona, query):
    answer = as_mona.get(f"{URL}?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == query.partition("=")[0]


def test_each_sees_their_own_alone(work, client_of):
    assert [row["id"] for row in client_of(TOM).get(URL).json()["data"]] == ["act_toms"]
    assert [row["title"] for row in client_of(ALICE).get(URL).json()["data"]] == ["Livret"]
    assert client_of(BOB).get(URL).json()["data"] == []


def test_settled_and_deleted_plans_have_no_work(acme, as_tom):
    for status in (PlanStatus.COMPLETED, PlanStatus.ARCHIVED):
        make_plan([{"owner_id": TOM.id}], status=status)
    make_plan([{"owner_id": TOM.id}], deleted_at=timezone.now(), deleted_by_id=ALICE.id)
    assert as_tom.get(URL).json()["data"] == []


def test_an_auditor_reads_what_is_theirs_and_moves_nothing(acme, as_audrey):
    make_action(make_plan(), owner_id=AUDREY.id)
    [row] = as_audrey.get(URL).json()["data"]
    assert row["moves"] == []


def test_a_former_manager_has_no_part_in_action_plans(work, as_mona):
    User.objects.filter(pk=MONA.id).update(role="TRAINER")
    sources = {row["source"] for row in as_mona.get(URL).json()["data"]}
    assert sources == {"IMPROVEMENT_PLAN"}
    assert as_mona.get(f"{URL}?source=ACTION_PLAN").json()["data"] == []


def test_another_organisation_sees_nothing_of_it(work, globex, client_of):
    with tenant_context(globex):
        make_action(make_plan(owner_id=TWIN.id), owner_id=TWIN.id, description="Globex")
    make_action(work, owner_id=ALICE.id, description="Acme")
    titles = [row["title"] for row in client_of(TWIN).get(URL).json()["data"]]
    assert titles == ["Globex"]


def test_the_number_of_statements_is_constant(work, as_mona, count_queries):
    few = count_queries(lambda: as_mona.get(URL))
    for rank in range(30):
        make_action(make_plan(title=f"Plan {rank}"), owner_id=MONA.id, due_date=due(days=rank))
    assert count_queries(lambda: as_mona.get(f"{URL}?perPage=100")) == few


def test_indexes_serve_it(work):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = WorkList(Actor(MONA.id, MONA.name, MONA.role))._rows().explain()
    assert "Seq Scan" not in plan
    assert plan.count("usr_mona") >= 2
