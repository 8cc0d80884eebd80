"""The execution log, and what forms choose from."""

import pytest

from actionplans.models import Note
from actionplans.states import State
from tests.actionplans.factories import make_action, make_area, make_group, make_note, make_plan
from tests.cast import ALICE, MONA

COMPANY = "/api/v1/company"


@pytest.fixture
def action(acme):
    plan = make_plan(visibility="PUBLIC")
    return make_action(plan, {MONA.id: State.PENDING})


@pytest.fixture
def url(action):
    return f"{COMPANY}/actions/{action.pk}/notes"


def test_written_read_edited_and_deleted_by_their_author(as_mona, as_alice, url, action):
    answer = as_mona.post(url, {"text": "  =1+1 Réunion tenue 🎉\nsept présents  "})
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    note = answer.json()
    assert list(note) == ["id", "actionId", "text", "authorId", "edited", "createdAt", "editedAt"]
    assert note["text"] == "=1+1 Réunion tenue 🎉\nsept présents"
    assert (note["actionId"], note["authorId"], note["edited"]) == (action.pk, MONA.id, False)
    one = f"{url}/{note['id']}"
    for other in (as_alice,):  # ADMIN, who made the plan: not hers to change
        assert other.patch(one, {"text": "x"}).status_code == 403
        assert other.delete(one).status_code == 403
    same = as_mona.patch(one, {"text": note["text"]})
    assert (same.json()["edited"], same.headers["ETag"]) == (False, '"2"')
    edited = as_mona.patch(one, {"text": "Réunion reportée"}).json()
    assert (edited["text"], edited["edited"]) == ("Réunion reportée", True)
    assert edited["editedAt"]
    assert as_mona.get(f"{COMPANY}/actions/{action.pk}").json()["notesCount"] == 1
    assert as_mona.delete(one).status_code == 204
    assert as_mona.get(url).json() == {"from": 0, "to": 0, "total": 0, "result": []}
    assert as_mona.delete(one).status_code == 404


def test_readers_read_and_whoever_has_a_part_writes(as_nina, as_mona, as_alice, url):
    assert as_nina.get(url).status_code == 200
    assert as_nina.post(url, {"text": "Moi aussi"}).status_code == 403
    for client in (as_mona, as_alice):
        assert client.post(url, {"text": "Oui"}).status_code == 200


def test_newest_first_and_in_slices(as_mona, url, action):
    for n in range(12):
        make_note(action, text=str(n), created_at=f"2026-01-{n + 1:02}T00:00Z")
    body = as_mona.get(url).json()
    assert (body["to"], body["total"]) == (10, 12)
    assert [one["text"] for one in body["result"]] == [str(n) for n in range(11, 1, -1)]


@pytest.mark.parametrize("text", [None, "", "  ", "x" * 5001, 3, "a\x07b"])
def test_a_note_says_something(as_mona, url, text):
    answer = as_mona.post(url, {"text": text})
    assert [one["field"] for one in answer.json()["errors"]] == ["text"]
    assert not Note.objects.exists()


def test_a_note_of_another_action_is_not_found(as_alice, url, action):
    other = make_note(make_action(action.plan))
    for call in (as_alice.patch, as_alice.delete):
        assert call(f"{url}/{other.pk}", {"text": "x"}).status_code == 404
    assert Note.objects.get().text == other.text


def test_the_tree_of_areas(as_mona, django_assert_num_queries):
    france = make_area(name="France", position=1)
    make_area(name="Belgique", position=0)
    west = make_area(name="Ouest", parent=france)
    make_area(name="Est", parent=france)
    make_area(name="Nantes", parent=west)
    tree = as_mona.get(f"{COMPANY}/hierarchy").json()
    assert [one["name"] for one in tree] == ["Belgique", "France"]
    assert list(tree[0]) == ["id", "name", "children"]
    assert [one["name"] for one in tree[1]["children"]] == ["Est", "Ouest"]
    assert [one["name"] for one in tree[1]["children"][1]["children"]] == ["Nantes"]


def test_groups_by_name(as_mona):
    for name in ("Formateurs", "Accueil"):
        make_group(name=name)
    body = as_mona.get(f"{COMPANY}/groups").json()
    assert [one["name"] for one in body["result"]] == ["Accueil", "Formateurs"]
    assert body["total"] == 2


def test_managers_are_who_can_be_given_an_action(as_mona, as_nina):
    def names(query=""):
        return [one["id"] for one in as_mona.get(f"{COMPANY}/managers{query}").json()["result"]]

    assert names() == [ALICE.id, MONA.id, "usr_nina"]
    assert names("?q=MONA") == [MONA.id]
    assert names("?q=%25") == []
    [row] = as_mona.get(f"{COMPANY}/managers?q=nina").json()["result"]
    assert row == {"id": "usr_nina", "name": "Nina Roy", "role": "MANAGER"}
