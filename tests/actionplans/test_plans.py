"""One plan: created, read, changed, deleted; by whom."""

from typing import Any

import pytest

from actionplans.models import Action, ActionPlan, Assignment, Note
from actionplans.states import State
from qualiforma.audit.models import AuditEvent
from qualiforma.tenants.context import tenant_context
from tests.actionplans.factories import (
    make_action,
    make_area,
    make_group,
    make_note,
    make_plan,
)
from tests.cast import ALICE, CHARLIE, MONA, TWIN

URL = "/api/v1/company/action-plans"
ACTIONS = "/api/v1/company/actions"


def test_a_created_plan_is_private_and_empty(as_mona, acme):
    answer = as_mona.post(URL, {"title": "Accueil"})
    assert answer.status_code == 200
    body = answer.json()
    assert body == as_mona.get(f"{URL}/{body['id']}").json()
    created = {name: body[name] for name in body if name not in {"id", "createdAt", "updatedAt"}}
    assert created == {
        "companyId": acme.pk,
        "title": "Accueil",
        "description": None,
        "visibility": "PRIVATE",
        "completionPercent": 0,
        "actions": [],
        "createdBy": MONA.id,
    }
    assert answer.headers["ETag"] == '"1"'


REFUSED: list[tuple[object, str]] = [
    ({}, "title"),
    ({"title": ""}, "title"),
    ({"title": " "}, "title"),
    ({"title": None}, "title"),
    ({"title": 3}, "title"),
    ({"title": "x" * 256}, "title"),
    ({"title": "a\x00b"}, "title"),
    ({"title": "x", "description": "x" * 5001}, "description"),
    ({"title": "x", "visibility": "SECRET"}, "visibility"),
    ({"title": "x", "titel": "y"}, "titel"),
    ({"title": "x", "completionPercent": 100}, "completionPercent"),
    ([], "body"),
]


@pytest.mark.parametrize(("body", "field"), REFUSED, ids=str)
def test_a_refused_creation_names_the_field(as_mona, body, field):
    answer = as_mona.post(URL, body, format="json")
    assert answer.status_code == 400
    errors = answer.json().get("errors", [{"field": "body"}])
    assert [error["field"] for error in errors] == [field]
    assert not ActionPlan.objects.exists()


def test_null_says_nothing(as_mona):
    plan = as_mona.post(URL, {"title": "A", "visibility": None, "description": None}).json()
    assert (plan["visibility"], plan["description"]) == ("PRIVATE", None)
    url = f"{URL}/{plan['id']}"
    as_mona.patch(url, {"visibility": "PUBLIC", "description": "Dite"})
    before = as_mona.get(url)
    for body in ({"visibility": None}, {"title": None, "description": None}, {}):
        answer = as_mona.patch(url, body)
        assert (answer.status_code, answer.json()) == (200, before.json())
        assert answer.headers["ETag"] == before.headers["ETag"]
    emptied = as_mona.patch(url, {"description": ""})
    assert (emptied.status_code, emptied.json()["description"]) == (200, None)


def test_a_private_plan_of_another_is_nowhere(as_mona, as_nina, as_alice):
    plan = make_plan(created_by_id=MONA.id)
    action = make_action(plan)
    assert as_nina.get(URL).json()["total"] == 0
    assert as_nina.get(ACTIONS).json()["total"] == 0
    unknown = as_nina.get(f"{URL}/{'0' * 24}").json()
    for call in (as_nina.get, as_nina.patch, as_nina.delete):
        answer = call(f"{URL}/{plan.pk}", {"title": "Volé"} if call == as_nina.patch else None)
        assert (answer.status_code, answer.json()["detail"]) == (404, unknown["detail"])
        assert call(f"{ACTIONS}/{action.pk}", None).status_code == 404
    for reader in (as_mona, as_alice):  # its creator, and ADMIN
        assert reader.get(URL).json()["total"] == 1
        assert reader.get(f"{URL}/{plan.pk}").json()["actions"][0]["id"] == action.pk


def test_a_public_plan_is_read_by_all_and_changed_by_two(as_mona, as_nina, as_alice):
    plan = make_plan(created_by_id=MONA.id, visibility="PUBLIC")
    url = f"{URL}/{plan.pk}"
    assert as_nina.get(URL).json()["total"] == 1
    assert as_nina.get(url).status_code == 200
    for call, body in ((as_nina.patch, {"titel": 1}), (as_nina.delete, None)):  # 403 before 400
        answer = call(url, body)
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
    assert as_nina.post(ACTIONS, {"planId": plan.pk, "title": "A"}).status_code == 403
    assert as_alice.patch(url, {"title": "D’Alice"}).json()["title"] == "D’Alice"
    assert as_mona.delete(url).status_code == 204
    assert as_mona.get(url).status_code == 404


def test_a_plan_of_nobody_is_deletable_by_any_manager_and_the_trail_keeps_it(as_nina):
    plan = make_plan(created_by_id=None, title="D’avant")
    parts = {ALICE.id: State.PENDING, MONA.id: State.COMPLETED}
    action = make_action(plan, parts, focus=["HI"], areas=[make_area()], title="Ancienne")
    make_note(action, text="Vue en réunion")
    url = f"{URL}/{plan.pk}"
    assert as_nina.get(url).json()["createdBy"] is None
    assert [one["title"] for one in as_nina.get(url).json()["actions"]] == ["Ancienne"]
    assert as_nina.patch(url, {"title": "À moi"}).status_code == 403
    assert as_nina.delete(url).status_code == 204
    for model in (ActionPlan, Action, Assignment, Note):
        assert not model.objects.exists()
    entries = AuditEvent.objects.filter(action="actionplans.plan.deleted", operation="DELETE")
    assert {one.actor for one in entries} == {"usr_nina"}
    kept = {one.object_type for one in entries}
    assert kept == {"action_plan", "plan_action", "assignment", "focus_item", "action_area",
                    "action_note"}  # fmt: skip
    [of_action] = [one for one in entries if one.object_type == "plan_action"]
    assert of_action.root_id == plan.pk
    assert '"Ancienne"' in str(of_action.clear["before.title"])
    [note] = [one for one in entries if one.object_type == "action_note"]
    assert "Vue en réunion" in str(note.clear["before.text"])


def test_the_version_counts_every_change_below(as_mona):
    plan = as_mona.post(URL, {"title": "A"})
    url = f"{URL}/{plan.json()['id']}"
    action = as_mona.post(ACTIONS, {"planId": plan.json()["id"], "title": "B"})
    of_action = f"{ACTIONS}/{action.json()['id']}"
    seen = {plan.headers["ETag"]}
    for call in (
        lambda: as_mona.patch(f"{of_action}/status", {"status": "COMPLETED"}),
        lambda: as_mona.patch(of_action, {"title": "C"}),
        lambda: as_mona.post(f"{of_action}/notes", {"text": "D"}),
        lambda: as_mona.delete(of_action),
    ):
        assert call().status_code in {200, 204}
        now = as_mona.get(url).headers["ETag"]
        assert now not in seen
        seen.add(now)
    for method in (as_mona.patch, as_mona.delete):
        stale = method(url, {"title": "E"}, HTTP_IF_MATCH=plan.headers["ETag"])
        assert (stale.status_code, stale.json()["code"]) == (412, "STALE")
    assert as_mona.delete(url, HTTP_IF_MATCH=now).status_code == 204


def test_a_repeated_creation_has_one_effect(as_mona):
    first, second = (
        as_mona.post(URL, {"title": "Une fois"}, HTTP_IDEMPOTENCY_KEY="k") for _ in range(2)
    )
    assert first.json() == second.json()
    assert ActionPlan.objects.count() == 1
    other = as_mona.post(URL, {"title": "Autre"}, HTTP_IDEMPOTENCY_KEY="k")
    assert other.status_code == 422


@pytest.fixture
def theirs(globex):
    """What globex has, all of it public."""
    with tenant_context(globex):
        plan = make_plan(created_by_id=TWIN.id, visibility="PUBLIC", title="Secret")
        action = make_action(plan, {TWIN.id: State.PENDING}, areas=[make_area(name="Secrète")])
        return {
            "plan": plan.pk,
            "action": action.pk,
            "note": make_note(action, author_id=TWIN.id).pk,
            "area": action.area_links.get().area_id,
            "group": make_group(name="Secret").pk,
            "user": CHARLIE.id,
        }


def test_ids_of_another_organisation_are_not_accepted_or_shown(as_alice, theirs):
    mine = as_alice.post(URL, {"title": "À nous"}).json()["id"]
    own = as_alice.post(ACTIONS, {"planId": mine, "title": "A"}).json()["id"]
    paths = [
        f"{URL}/{theirs['plan']}",
        f"{ACTIONS}/{theirs['action']}",
        f"{ACTIONS}/{theirs['action']}/status",
        f"{ACTIONS}/{theirs['action']}/notes/{theirs['note']}",
        f"{ACTIONS}/{own}/notes/{theirs['note']}",
    ]
    for path in paths:
        for call in (as_alice.get, as_alice.patch, as_alice.delete):
            assert call(path).status_code in {404, 405}
    named = [
        ("planId", theirs["plan"], "0" * 24),
        ("hierarchyIds", [theirs["area"]], ["0" * 24]),
        ("groupIds", [theirs["group"]], ["0" * 24]),
        ("assignees", [theirs["user"]], ["usr_nobody"]),
    ]
    for field, their, nobodys in named:
        refusals = []
        for value in (their, nobodys):
            answer = as_alice.post(ACTIONS, {"planId": mine, "title": "A", field: value})
            assert answer.status_code == 400
            shown = value if isinstance(value, str) else value[0]
            refusals.append(str(answer.json()["errors"]).replace(shown, "…"))
        assert refusals[0] == refusals[1]


def test_filters_by_ids_of_another_organisation_find_nothing(as_alice, theirs):
    make_action(make_plan())
    for query in (f"hierarchyId={theirs['area']}", f"assigneeId={theirs['user']}"):
        assert as_alice.get(f"{URL}?{query}").json()["total"] == 0
    assert as_alice.get(f"{ACTIONS}?planId={theirs['plan']}").json()["total"] == 0
    for path in (URL, ACTIONS, "/api/v1/company/hierarchy", "/api/v1/company/groups"):
        assert "ecr" not in as_alice.get(path).content.decode()


WRONG_CALLS: list[tuple[str, str, Any, int]] = [
    ("get", f"{URL}/", None, 404),
    ("get", "/api/v1/company", None, 404),
    ("get", "/api/v1/company/nothing", None, 404),
    ("get", f"{URL}/pas-un-id", None, 404),
    ("get", f"{URL}/%F0%9F%98%80", None, 404),
    ("put", URL, {}, 405),
    ("delete", URL, None, 405),
    ("post", f"{URL}/{'0' * 24}", {}, 405),
    ("post", URL, b"{", 400),
    ("post", URL, b"null", 400),
    ("post", URL, b'{"title": "\\ud800"}', 400),
    ("post", URL, b"[" * 100_000, 400),
    ("get", f"{URL}?from=a", None, 400),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), WRONG_CALLS, ids=str)
def test_errors_are_never_html(as_alice, settings, method, path, body, status):
    kind = {"content_type": "application/json"} if isinstance(body, bytes) else {}
    for debug in (False, True):
        settings.DEBUG = debug
        answer = getattr(as_alice, method)(path, body, **kind)
        assert answer.status_code == status
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == status
