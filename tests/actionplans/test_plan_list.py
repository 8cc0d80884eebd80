"""GET /company/action-plans."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from actionplans.api.filters import AnyPlansActionFilter
from actionplans.models import Action, ActionPlan
from actionplans.states import State
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role
from tests.actionplans.factories import make_action, make_area, make_plan
from tests.cast import ALICE, MONA, Client

URL = "/api/v1/company/action-plans"
KEYS = [
    *("id", "companyId", "title", "description", "visibility", "completionPercent", "actions"),
    *("createdBy", "createdAt", "updatedAt"),
]


def listed(client, **query):
    answer = client.get(URL, query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def titles(rows):
    return sorted(row["title"] for row in rows)


def test_the_envelope_and_the_documented_keys(as_alice, acme):
    plan = make_plan()
    make_action(plan)
    body = listed(as_alice)
    assert list(body) == ["from", "to", "total", "result"]
    assert {name: body[name] for name in ("from", "to", "total")} == {
        "from": 0,
        "to": 1,
        "total": 1,
    }
    [row] = body["result"]
    assert list(row) == KEYS
    assert (row["id"], row["companyId"]) == (plan.pk, acme.pk)
    assert len(row["id"]) == 24
    assert row["createdBy"] == ALICE.id
    assert row["actions"][0]["planId"] == plan.pk


def test_a_filter_trims_the_actions_and_counts_plans(as_alice):
    accueil, qualite = make_plan(title="Accueil"), make_plan(title="Qualité")
    make_action(accueil, {ALICE.id: State.COMPLETED}, title="Livret")
    make_action(accueil, {ALICE.id: State.PENDING}, title="Visite")
    make_action(accueil, {ALICE.id: State.PENDING}, title="Badge")
    make_action(qualite, {ALICE.id: State.PENDING}, title="Revue")
    make_plan(title="Vide")
    assert listed(as_alice)["total"] == 3
    body = listed(as_alice, status="COMPLETED")
    assert (body["total"], body["to"]) == (1, 1)
    [row] = body["result"]
    assert (row["title"], titles(row["actions"])) == ("Accueil", ["Livret"])
    assert row["completionPercent"] == 33
    body = listed(as_alice, status="PENDING")
    assert body["total"] == 2  # plans, not the three actions
    found = {row["title"]: titles(row["actions"]) for row in body["result"]}
    assert found == {"Accueil": ["Badge", "Visite"], "Qualité": ["Revue"]}
    assert body["result"][1]["completionPercent"] == 33


def test_two_filters_mean_the_same_action(as_alice):
    split, whole = make_plan(title="À cheval"), make_plan(title="Entier")
    make_action(split, {ALICE.id: State.COMPLETED}, focus=["HI"], title="Faite")
    make_action(split, {ALICE.id: State.PENDING}, focus=["ENPS"], title="À faire")
    make_action(whole, {ALICE.id: State.COMPLETED}, focus=["ENPS"], title="Les deux")
    make_action(whole, {ALICE.id: State.COMPLETED}, focus=["HI"], title="L’une")
    body = listed(as_alice, status="COMPLETED", focusType="ENPS")
    assert body["total"] == 1
    [row] = body["result"]
    assert (row["title"], titles(row["actions"])) == ("Entier", ["Les deux"])


@pytest.fixture
def many_kinds(as_alice):
    area = make_area(id="d" * 24)
    make_area(id="e" * 24, parent=area)
    plan = make_plan()
    make_action(plan, {MONA.id: State.PENDING}, title="Mona", focus=["ENPS", "HI"])
    make_action(plan, {ALICE.id: State.CANCELLED}, title="Siège", areas=[area])
    make_action(plan, {ALICE.id: State.IN_PROGRESS}, title="Société", action_type="COMPANY")
    make_action(plan, title="Réduire de 100 %", description="Les a_b, pas les axb.")
    return as_alice


FILTERS = [
    ({"status": "CANCELLED"}, ["Siège"]),
    ({"status": "IN_PROGRESS"}, ["Société"]),
    ({"status": "EXPIRED"}, []),
    ({"focusType": "ENPS"}, ["Mona"]),
    ({"focusType": "SCORE"}, []),
    ({"hierarchyId": "d" * 24}, ["Siège"]),
    ({"hierarchyId": "e" * 24}, []),
    ({"hierarchyId": "f" * 24}, []),
    ({"assigneeId": MONA.id}, ["Mona"]),
    ({"assigneeId": "usr_nobody"}, []),
    ({"actionType": "COMPANY"}, ["Société"]),
    ({"q": "soc"}, ["Société"]),
    ({"q": "SIÈGE"}, ["Siège"]),
    ({"q": "100 %"}, ["Réduire de 100 %"]),
    ({"q": "%"}, ["Réduire de 100 %"]),
    ({"q": "a_b"}, ["Réduire de 100 %"]),
    ({"q": "_"}, ["Réduire de 100 %"]),
    ({"q": "% les"}, []),  # the end of the title and the beginning of the description
    ({"q": "%\x1fLes"}, []),  # as it is sewn together for the search
    ({"q": "\x1f"}, []),
    ({"q": "de 100"}, ["Réduire de 100 %"]),
    ({"q": "100 de"}, []),  # as it is, not word by word
    ({"q": "pas les", "status": "PENDING"}, ["Réduire de 100 %"]),
    ({"q": "", "status": "CANCELLED", "focusType": ""}, ["Siège"]),
]


@pytest.mark.parametrize(("query", "expected"), FILTERS, ids=lambda one: str(one)[:50])
def test_each_filter(many_kinds, query, expected):
    body = listed(many_kinds, **query)
    assert body["total"] == bool(expected)
    assert [title for row in body["result"] for title in titles(row["actions"])] == expected
    of_actions = many_kinds.get("/api/v1/company/actions", query).json()
    assert (of_actions["total"], titles(of_actions["result"])) == (len(expected), expected)


def test_empty_values_are_no_filter(many_kinds):
    make_plan(title="Vide")
    query = dict.fromkeys(
        ("status", "focusType", "hierarchyId", "assigneeId", "actionType", "q", "from", "to"), ""
    )
    assert listed(many_kinds, **query)["total"] == 2


REFUSED = [
    ("from=-1", "from", "entier"),
    ("to=-1", "to", "entier"),
    ("from=x", "from", "entier"),
    ("from=1.0", "from", "entier"),
    ("from=٣", "from", "entier"),
    ("to=2147483648", "to", "2147483647"),
    ("to=99999999999999999999", "to", "entier"),
    ("from=5&to=4", "to", "avant"),
    ("from=20", "to", "10 par défaut"),
    ("status=LATE", "status", "PENDING, IN_PROGRESS, COMPLETED, EXPIRED, CANCELLED"),
    ("focusType=score", "focusType", "SCORE, HI, ENPS"),
    ("actionType=X", "actionType", "MANAGER, COMPANY"),
    ("hierarchyId=x", "hierarchyId", "24 caractères"),
    (f"hierarchyId={'A' * 24}", "hierarchyId", "24 caractères"),
    ("assigneeId=mona", "assigneeId", "usr_"),
    ("statut=PENDING", "statut", "actionType, assigneeId, focusType, from, hierarchyId, q"),
    ("page=1", "page", "inconnu"),
    ("q=a&q=b", "q", "répété"),
    ("q=%00", "q", "nul"),
]


@pytest.mark.parametrize(("query", "field", "hint"), REFUSED)
def test_bad_parameters_are_named(as_alice, query, field, hint):
    answer = as_alice.get(f"{URL}?{query}")
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert error["field"] == field
    assert hint in error["detail"]


def test_default_slices_of_ten_are_stable_when_times_tie(as_alice):
    instant = timezone.now()
    ids = {make_plan(created_at=instant).pk for _ in range(25)}
    first = listed(as_alice)
    assert (first["from"], first["to"], first["total"]) == (0, 10, 25)
    second = listed(as_alice, **{"from": 10, "to": 20})
    third = listed(as_alice, **{"from": 20, "to": 30})
    assert (third["from"], third["to"], len(third["result"])) == (20, 25, 5)
    rows = [row["id"] for body in (first, second, third) for row in body["result"]]
    assert rows == sorted(ids, reverse=True)
    assert listed(as_alice) == first


def test_newest_first(as_alice):
    old, new = (make_plan(created_at=f"2026-0{n}-01T00:00Z").pk for n in (1, 2))
    assert [row["id"] for row in listed(as_alice)["result"]] == [new, old]


SLICES = [
    ({"from": 0, "to": 0}, (0, 0, 0)),
    ({"from": 2, "to": 2}, (2, 2, 0)),
    ({"from": 1, "to": 3}, (1, 3, 2)),
    ({"from": 2, "to": 500}, (2, 102, 100)),
    ({"from": 60, "to": 500}, (60, 120, 60)),
    ({"to": 200}, (0, 100, 100)),
    ({"from": 500, "to": 501}, (500, 120, 0)),
    ({"from": 2147483647, "to": 2147483647}, (2147483647, 120, 0)),
]


def test_bounds_of_slices(as_alice):
    ActionPlan.objects.bulk_create(
        ActionPlan(title="P", created_by_id=ALICE.id) for _ in range(120)
    )
    for query, (start, end, rows) in SLICES:
        body = listed(as_alice, **query)
        assert (body["from"], body["to"], len(body["result"])) == (start, end, rows), query
        assert body["total"] == 120


@pytest.mark.parametrize(
    ("done", "of", "percent"), [(0, 0, 0), (0, 2, 0), (1, 3, 33), (2, 3, 66), (3, 3, 100)]
)
def test_percentages_are_rounded_down(as_alice, done, of, percent):
    plan = make_plan()
    for rank in range(of):
        make_action(plan, {ALICE.id: State.COMPLETED if rank < done else State.PENDING})
    assert listed(as_alice)["result"][0]["completionPercent"] == percent
    assert as_alice.get(f"{URL}/{plan.pk}").json()["completionPercent"] == percent


def test_199_of_200_is_99(as_alice):
    """Whatever is filtered, and whatever the caller sees of it."""
    plan = make_plan(visibility="PUBLIC")
    for rank in range(200):
        make_action(plan, {ALICE.id: State.COMPLETED if rank else State.CANCELLED})
    Action.objects.filter(plan=plan).update(visibility="PRIVATE")
    assert listed(as_alice)["result"][0]["completionPercent"] == 99
    assert listed(as_alice, status="CANCELLED")["result"][0]["completionPercent"] == 99


def test_late_is_found_as_expired_and_nothing_is_written(as_alice):
    today = timezone.localdate()
    plan = make_plan()
    late = make_action(plan, {ALICE.id: State.IN_PROGRESS}, due_date=today - timedelta(days=1))
    make_action(plan, {ALICE.id: State.IN_PROGRESS}, due_date=today, title="Dernier jour")
    before = list(Action.objects.order_by("pk").values())
    with CaptureQueriesContext(connection) as statements:
        [row] = listed(as_alice, status="EXPIRED")["result"]
        [other] = listed(as_alice, status="IN_PROGRESS")["result"]
    assert [one["id"] for one in row["actions"]] == [late.pk]
    assert (row["actions"][0]["status"], row["actions"][0]["overdue"]) == ("EXPIRED", True)
    assert row["actions"][0]["assigneeStatuses"][0]["status"] == "EXPIRED"
    assert titles(other["actions"]) == ["Dernier jour"]
    assert {one["sql"].split()[0] for one in statements} <= {"SELECT", "SET"}
    assert list(Action.objects.order_by("pk").values()) == before
    Action.objects.filter(pk=late.pk).update(due_date=today)
    assert listed(as_alice, status="EXPIRED")["total"] == 0


def test_any_page_costs_the_same(as_alice):
    """The slice with its total and actions; by session also who calls, however many rows."""
    body = {"email": ALICE.email, "password": "correct-horse-battery"}
    session = Client("acme").post("/api/v1/company/session", body).json()["sessionId"]
    by_session = Client(None)
    by_session.credentials(HTTP_SESSIONID=session)
    for rows in (2, 30):
        for _ in range(rows):
            plan = make_plan(visibility="PUBLIC")
            for _ in range(3):
                make_action(plan, {ALICE.id: State.PENDING, MONA.id: State.PENDING}, focus=["HI"])
        for client, queries in ((as_alice, 1), (by_session, 2)):
            for query in ("", "?to=100", "?status=PENDING&q=livret&focusType=HI", "?from=90&to=95"):
                assert queries_of(lambda call=client, url=URL + query: call.get(url)) == queries


def queries_of(call):
    """How many a call makes, once the process knows the tenant; pointing at its schema is none."""
    call()
    with CaptureQueriesContext(connection) as statements:
        assert call().status_code == 200
    return len([one for one in statements if "search_path" not in one["sql"]])


INDEXES = {
    "status=COMPLETED": "planaction_status_newest",
    "status=EXPIRED": "planaction_(status_newest|open_due)",
    "focusType=ENPS": "focus_type_action",
    f"hierarchyId={'d' * 24}": "actionarea_area_action",
    "assigneeId=usr_mona": "assignment_user_action",
    "actionType=COMPANY": "planaction_type_newest",
    f"planId={'d' * 24}": "planaction_plan_newest",
    "q=livret": "planaction_search",
}


@pytest.mark.parametrize(("query", "index"), INDEXES.items())
def test_each_filter_has_its_index(acme, query, index):
    """One that serves it; which one wins over many rows is tests/bench/actionplans.py's business."""
    name, value = query.split("=")
    actions = AnyPlansActionFilter({name: value}, Action.objects.all()).qs
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")  # an order's, with the filter on top
    assert re.search(index, actions.explain()), actions.explain()


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MANAGER])
def test_the_lists_read_in_their_order(acme, role):
    actor = Actor("usr_mona", "Mona", role)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    plans = ActionPlan.objects.visible_to(actor).newest_first()[:10].explain()
    assert "actionplan_newest" in plans
    assert "planaction_newest" in Action.objects.visible_to(actor).newest_first()[:10].explain()


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        (Role.ADMIN, True),
        (Role.AUDITOR, True),
        (Role.MANAGER, False),
        (Role.TRAINER, False),
        (Role.LEARNER, False),
    ],
)
def test_who_sees_what_is_private_and_of_somebody_else(acme, role, sees):
    action = make_action(make_plan())
    actor = Actor(MONA.id, MONA.name, role)
    assert ActionPlan.objects.visible_to(actor).exists() is sees
    assert Action.objects.visible_to(actor).filter(pk=action.pk).exists() is sees
