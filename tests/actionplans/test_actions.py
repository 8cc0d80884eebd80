"""Actions: created, read, changed, deleted; who sees which."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from actionplans.models import Action
from actionplans.states import State
from qualiforma.accounts.models import User
from tests.actionplans.factories import make_action, make_area, make_group, make_note, make_plan
from tests.cast import ALICE, BOB, MONA

URL = "/api/v1/company/actions"
PLANS = "/api/v1/company/action-plans"
NINA = "usr_nina"
KEYS = [
    *("id", "companyId", "planId", "title", "description", "actionType", "source", "visibility"),
    *("focusItems", "hierarchyIds", "groupIds", "assignees", "assigneeStatuses", "status"),
    *("completionPercent", "dueDate", "overdue", "startedAt", "completedAt", "notesCount"),
    *("createdBy", "createdAt", "updatedAt"),
]


@pytest.fixture
def plan(as_mona):
    return as_mona.post(PLANS, {"title": "Accueil", "visibility": "PUBLIC"}).json()["id"]


def test_the_least_action_is_its_creators(as_mona, plan, acme):
    answer = as_mona.post(URL, {"planId": plan, "title": "Livret"})
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"1"')
    body = answer.json()
    assert list(body) == KEYS
    made = {name: body[name] for name in KEYS if name not in {"id", "createdAt", "updatedAt"}}
    assert made == {
        "companyId": acme.pk,
        "planId": plan,
        "title": "Livret",
        "description": None,
        "actionType": "MANAGER",
        "source": "MANUAL",
        "visibility": "PUBLIC",  # the plan's
        "focusItems": [],
        "hierarchyIds": [],
        "groupIds": [],
        "assignees": [MONA.id],
        "assigneeStatuses": [
            {"assigneeId": MONA.id, "status": "PENDING", "startedAt": None, "completedAt": None}
        ],
        "status": "PENDING",
        "completionPercent": 0,
        "overdue": False,
        "notesCount": 0,
        **dict.fromkeys(("dueDate", "startedAt", "completedAt")),
        "createdBy": MONA.id,
    }
    assert as_mona.get(f"{URL}/{body['id']}").json() == body


def test_an_action_with_everything(as_mona, plan):
    areas = sorted([make_area().pk, make_area().pk])
    asked = {
        "planId": plan,
        "title": '=HYPERLINK("x") 🎯',
        "description": "Été, œuvre, ﷽\nligne 2",
        "source": "AI",
        "visibility": "PRIVATE",
        "focusItems": [
            {"focusType": "SCORE", "focusId": "s-1", "label": "Écoute"},
            {"focusType": "ENPS", "focusId": None, "label": None},
        ],
        "hierarchyIds": areas,
        "groupIds": [make_group().pk],
        "assignees": [MONA.id, ALICE.id],
        "dueDate": "2099-12-31",
    }
    body = as_mona.post(URL, asked).json()
    assert {name: body[name] for name in asked} == asked
    assert [one["assigneeId"] for one in body["assigneeStatuses"]] == [MONA.id, ALICE.id]
    listed = as_mona.get(URL).json()["result"]
    assert listed == [body]
    assert as_mona.get(f"{PLANS}/{plan}").json()["actions"] == [body]


REFUSED = [
    ({"planId": None}, "planId"),
    ({"planId": "x"}, "planId"),
    ({"planId": "0" * 24}, "planId"),
    ({"title": ""}, "title"),
    ({"title": "x" * 256}, "title"),
    ({"description": "x" * 5001}, "description"),
    ({"actionType": "OTHER"}, "actionType"),
    ({"source": "manual"}, "source"),
    ({"focusItems": [{"focusType": "SCORE"}]}, "focusItems[0].focusId"),
    ({"focusItems": [{"focusType": "HI"}] * 21}, "focusItems"),
    ({"focusItems": "HI"}, "focusItems"),
    ({"focusItems": [None]}, "focusItems[0]"),
    ({"hierarchyIds": ["0" * 24]}, "hierarchyIds[0]"),
    ({"hierarchyIds": ["zz"]}, "hierarchyIds[0]"),
    ({"groupIds": ["0" * 24]}, "groupIds[0]"),
    ({"assignees": []}, "assignees"),
    ({"assignees": [f"usr_{n}" for n in range(21)]}, "assignees"),
    ({"assignees": [MONA.id, MONA.id]}, "assignees"),
    ({"assignees": [MONA.id, BOB.id]}, "assignees[1]"),  # a LEARNER
    ({"assignees": ["bob"]}, "assignees[0]"),
    ({"dueDate": "2026-02-30"}, "dueDate"),
    ({"dueDate": "demain"}, "dueDate"),
    ({"dueDate": "2099-06-30T12:00:00"}, "dueDate"),  # in which time zone?
    ({"dueDate": "2099-06-30T25:00:00Z"}, "dueDate"),
    ({"dueDate": "2099-02-30T12:00:00Z"}, "dueDate"),
    ({"dueDate": "9999-12-31T23:30:00Z"}, "dueDate"),  # in Paris, a year too late
    ({"dueDate": "T"}, "dueDate"),
    ({"status": "COMPLETED"}, "status"),
    ({"clearDueDate": True}, "clearDueDate"),
]


@pytest.mark.parametrize(("change", "field"), REFUSED, ids=str)
def test_what_is_refused_is_named(as_mona, plan, change, field):
    answer = as_mona.post(URL, {"planId": plan, "title": "Livret"} | change)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not Action.objects.exists()


DAYS_IN_PARIS = [
    ("2099-06-30", "2099-06-30"),
    ("2099-06-30T10:00:00Z", "2099-06-30"),
    ("2099-06-29T22:30:00Z", "2099-06-30"),  # in summer two hours later
    ("2099-12-31T22:30:00Z", "2099-12-31"),  # in winter one
    ("2099-12-31T23:30:00Z", "2100-01-01"),
    ("2030-03-30T23:30:00Z", "2030-03-31"),  # the night when summer time begins
    ("2030-10-26T22:30:00Z", "2030-10-27"),  # and the one when it ends
    ("2030-10-27T22:30:00Z", "2030-10-27"),
    ("2030-10-27T23:30:00Z", "2030-10-28"),
    ("2099-06-30T23:59:59-10:00", "2099-07-01"),
    ("2099-07-01T00:30:00.000+02:00", "2099-07-01"),  # a day's first minutes here
    ("2099-06-30T12:00:00.1234567Z", "2099-06-30"),  # as .NET writes it
]


@pytest.mark.parametrize(("said", "day"), DAYS_IN_PARIS, ids=str)
def test_a_due_instant_is_its_day_in_paris(as_mona, plan, said, day):
    made = as_mona.post(URL, {"planId": plan, "title": "A", "dueDate": said})
    assert (made.status_code, made.json()["dueDate"]) == (200, day)
    url = f"{URL}/{made.json()['id']}"
    assert as_mona.patch(url, {"dueDate": "2099-02-02"}).json()["dueDate"] == "2099-02-02"
    assert as_mona.patch(url, {"dueDate": said}).json()["dueDate"] == day
    assert str(Action.objects.get().due_date) == day


def test_the_companys_own_actions_are_administrators_to_make(as_mona, as_alice, plan):
    body = {"planId": plan, "title": "A", "actionType": "COMPANY"}
    refused = as_mona.post(URL, body)
    assert (refused.status_code, refused.json()["code"]) == (403, "FORBIDDEN")
    url = f"{URL}/{as_alice.post(URL, body).json()['id']}"
    assert as_alice.patch(url, {"actionType": "MANAGER"}).json()["actionType"] == "MANAGER"
    assert as_mona.patch(url, {"actionType": "COMPANY"}).status_code == 403
    assert as_mona.patch(url, {"title": "B"}).status_code == 200


def test_a_change_replaces_what_it_names(as_mona, plan):
    body = {"planId": plan, "title": "A", "dueDate": "2099-01-01", "assignees": [MONA.id, ALICE.id]}
    url = f"{URL}/{as_mona.post(URL, body).json()['id']}"
    as_mona.patch(f"{url}/status", {"status": "COMPLETED"})
    area = make_area().pk
    changed = as_mona.patch(
        url,
        {
            "title": "B",
            "description": "Dite",
            "hierarchyIds": [area],
            "focusItems": [{"focusType": "HI"}],
            "assignees": [MONA.id],
        },
    ).json()
    assert (changed["title"], changed["hierarchyIds"]) == ("B", [area])
    assert changed["focusItems"] == [{"focusType": "HI", "focusId": None, "label": None}]
    assert (changed["status"], changed["completionPercent"]) == ("COMPLETED", 100)  # Mona's stayed
    again = as_mona.patch(url, {"assignees": [ALICE.id, MONA.id], "hierarchyIds": []}).json()
    assert (again["assignees"], again["hierarchyIds"]) == ([ALICE.id, MONA.id], [])
    assert [one["status"] for one in again["assigneeStatuses"]] == ["PENDING", "COMPLETED"]
    assert (again["status"], again["completionPercent"]) == ("IN_PROGRESS", 50)
    assert again["dueDate"] == "2099-01-01"


def test_inactive_user_stays_assigned_but_gets_no_new_assignment(as_mona, plan):
    body = {"planId": plan, "title": "A", "assignees": [MONA.id, ALICE.id]}
    url = f"{URL}/{as_mona.post(URL, body).json()['id']}"
    User.objects.filter(pk=ALICE.id).update(role="LEARNER")
    kept = as_mona.patch(url, {"assignees": [ALICE.id, MONA.id]})
    assert (kept.status_code, kept.json()["assignees"]) == (200, [ALICE.id, MONA.id])
    refused = as_mona.post(URL, body | {"assignees": [ALICE.id]})
    assert [one["field"] for one in refused.json()["errors"]] == ["assignees[0]"]


def test_the_order_of_areas_says_nothing(as_mona, plan):
    areas = [make_area().pk for _ in range(3)]
    created = as_mona.post(URL, {"planId": plan, "title": "A", "hierarchyIds": areas})
    url = f"{URL}/{created.json()['id']}"
    same = as_mona.patch(url, {"hierarchyIds": areas[::-1]})
    assert same.headers["ETag"] == created.headers["ETag"]
    assert same.json()["hierarchyIds"] == sorted(areas)


def test_null_changes_nothing_and_a_due_date_is_taken_away_by_name(as_mona, plan):
    body = {"planId": plan, "title": "A", "dueDate": "2099-01-01", "description": "Dite"}
    created = as_mona.post(URL, body)
    url = f"{URL}/{created.json()['id']}"
    nothing = dict.fromkeys(
        ("title", "description", "actionType", "visibility", "focusItems", "hierarchyIds",
         "groupIds", "assignees", "dueDate", "clearDueDate")
    )  # fmt: skip
    same = as_mona.patch(url, nothing)
    assert (same.json(), same.headers["ETag"]) == (created.json(), created.headers["ETag"])
    both = as_mona.patch(url, {"clearDueDate": True, "dueDate": "2099-01-02"})
    assert [one["field"] for one in both.json()["errors"]] == ["clearDueDate"]
    assert as_mona.patch(url, {"clearDueDate": True}).json()["dueDate"] is None
    for field in ("planId", "status", "source", "createdBy"):
        refused = as_mona.patch(url, {field: "x"})
        assert [one["field"] for one in refused.json()["errors"]] == [field]


def test_who_sees_an_action(as_mona, as_nina, as_alice):
    """PRIVATE ones: assignees, creator, the plan's creator, ADMIN; whatever the plan is."""
    public = make_plan(created_by_id=ALICE.id, visibility="PUBLIC")
    private = make_plan(created_by_id=ALICE.id, visibility="PRIVATE")
    legacy = make_plan(created_by_id=None)
    own: dict[str, Any] = {
        "created_by_id": ALICE.id,
        "parts": {ALICE.id: State.PENDING},
    }
    shown = {
        make_action(public, **own, visibility="PUBLIC", title="ouverte").title: {MONA.id, NINA},
        make_action(public, **own, visibility="PRIVATE", title="fermée").title: set(),
        make_action(private, **own, visibility="PUBLIC", title="dans un privé").title: set(),
        make_action(private, {MONA.id: State.PENDING}, title="confiée à Mona").title: {MONA.id},
        make_action(public, {ALICE.id: State.PENDING}, visibility="PRIVATE", created_by_id=NINA,
                    title="écrite par Nina").title: {NINA},
        make_action(legacy, **own, visibility="PRIVATE", title="d’avant").title: {MONA.id, NINA},
    }  # fmt: skip
    for client, person in ((as_mona, MONA.id), (as_nina, NINA), (as_alice, None)):
        wanted = {title for title, seen in shown.items() if person is None or person in seen}
        body = client.get(URL, {"to": 50}).json()
        assert ({row["title"] for row in body["result"]}, body["total"]) == (wanted, len(wanted))
        for action in Action.objects.all():
            found = client.get(f"{URL}/{action.pk}").status_code
            assert found == (200 if action.title in wanted else 404)
            assert client.get(f"{URL}/{action.pk}/notes").status_code == found


def test_a_plan_shows_and_finds_what_the_caller_may_see_only(as_mona):
    plan = make_plan(visibility="PUBLIC")
    make_action(plan, {ALICE.id: State.COMPLETED}, visibility="PRIVATE", title="fermée")
    make_action(plan, {ALICE.id: State.PENDING}, title="ouverte")
    body = as_mona.get(f"{PLANS}/{plan.pk}").json()
    assert [one["title"] for one in body["actions"]] == ["ouverte"]
    assert body["completionPercent"] == 50
    assert as_mona.get(PLANS, {"q": "fermée"}).json()["total"] == 0
    assert as_mona.get(PLANS, {"status": "COMPLETED"}).json()["total"] == 0


def test_readers_change_nothing_and_assignees_their_own_part_only(as_mona, as_nina):
    plan = make_plan(visibility="PUBLIC")
    action = make_action(plan, {MONA.id: State.PENDING, ALICE.id: State.PENDING})
    url = f"{URL}/{action.pk}"
    for client in (as_mona, as_nina):
        assert client.patch(url, {"nonsense": 1}).status_code == 403
        assert client.delete(url).status_code == 403
    assert as_nina.patch(f"{url}/status", {"nonsense": 1}).status_code == 403
    assert as_mona.patch(f"{url}/status", {"status": "COMPLETED"}).status_code == 200
    other = {"status": "COMPLETED", "assigneeId": ALICE.id}
    assert as_mona.patch(f"{url}/status", other).status_code == 403


def test_deleted_with_its_notes(as_mona, plan):
    url = f"{URL}/{as_mona.post(URL, {'planId': plan, 'title': 'A'}).json()['id']}"
    make_note(Action.objects.get())
    assert as_mona.delete(url, HTTP_IF_MATCH='"7"').status_code == 412
    assert as_mona.delete(url, HTTP_IF_MATCH='"1"').status_code == 204
    assert as_mona.get(url).status_code == 404
    assert as_mona.delete(url).status_code == 404


def test_pages_and_plans_of_the_list(as_mona):
    first, second = make_plan(created_by_id=MONA.id), make_plan(created_by_id=MONA.id)
    instant = timezone.now()
    for plan in (first, second):
        for _ in range(6):
            make_action(plan, created_at=instant)
    pages = [as_mona.get(URL, {"from": n, "to": n + 5}).json() for n in (0, 5, 10)]
    assert [(page["from"], page["to"], page["total"]) for page in pages] == [
        (0, 5, 12),
        (5, 10, 12),
        (10, 12, 12),
    ]
    assert len({row["id"] for page in pages for row in page["result"]}) == 12
    of_one = as_mona.get(URL, {"planId": first.pk}).json()
    assert (of_one["total"], {row["planId"] for row in of_one["result"]}) == (6, {first.pk})
    assert as_mona.get(PLANS, {"planId": first.pk}).status_code == 400  # actions' alone


def test_a_later_due_date_revives_what_has_expired(as_mona, plan):
    today = timezone.localdate()
    body = {"planId": plan, "title": "A", "dueDate": str(today - timedelta(days=1))}
    url = f"{URL}/{as_mona.post(URL, body).json()['id']}"
    started = as_mona.patch(f"{url}/status", {"status": "IN_PROGRESS"}).json()
    assert (started["status"], started["overdue"]) == ("EXPIRED", True)
    refused = as_mona.patch(f"{url}/status", {"status": "IN_PROGRESS"})
    assert (refused.status_code, refused.json()["code"]) == (409, "ILLEGAL_TRANSITION")
    assert refused.json()["allowed"] == ["COMPLETED", "CANCELLED"]
    assert as_mona.patch(f"{url}/status", {"status": "EXPIRED"}).json() == started  # the same
    for later in ({"dueDate": str(today)}, {"clearDueDate": True}):
        revived = as_mona.patch(url, later).json()
        assert (revived["status"], revived["overdue"]) == ("IN_PROGRESS", False)
        as_mona.patch(url, {"dueDate": str(today - timedelta(days=1))})
