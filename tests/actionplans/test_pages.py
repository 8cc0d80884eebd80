"""Action plans under `/admin/`: read by ADMIN and AUDITOR, written by the services alone."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from actionplans.models import Action, ActionArea, ActionGroup, ActionPlan, Area, Group
from actionplans.states import State
from qualiforma.accounts.models import User
from qualiforma.audit.models import AuditEvent
from tests.actionplans.factories import make_action, make_area, make_group, make_note, make_plan
from tests.admin_client import text_of
from tests.cast import ALICE, BOB, MONA

ROOT = "/admin/actionplans/"
PLANS, ACTIONS = f"{ROOT}actionplan/", f"{ROOT}action/"
BOARD = f"{ACTIONS}board/"


@pytest.fixture
def plan(acme):
    return make_plan(title="Accueil", created_by_id=MONA.id)


@pytest.fixture
def action(plan):
    yesterday = timezone.localdate() - timedelta(days=1)
    parts = {ALICE.id: State.COMPLETED, MONA.id: State.IN_PROGRESS}
    return make_action(plan, parts, title="Livret <b>gras</b>", due_date=yesterday)


def test_the_list_shows_how_far_each_plan_is(admin_client, plan):
    make_action(plan, {ALICE.id: State.COMPLETED})
    make_action(plan, {ALICE.id: State.PENDING})
    make_plan(title="D’avant", created_by_id=None)
    page = admin_client.get(PLANS)
    assert "50 %" in text_of(page)
    assert 'value="50"' in page.content.decode()
    assert "Inconnu" in text_of(page)
    assert "D’avant" not in text_of(admin_client.get(f"{PLANS}?q=accueil"))


def test_lists_cost_the_same_however_long(admin_client, acme, count_queries):
    def fill(number):
        for _ in range(number):
            make_note(make_action(make_plan(), {ALICE.id: State.PENDING, MONA.id: State.PENDING}))

    fill(2)
    pages = (PLANS, ACTIONS, BOARD, f"{ROOT}area/", f"{PLANS}{make_plan().pk}/change/")
    few = [count_queries(lambda page=page: admin_client.get(page)) for page in pages]
    fill(10)
    make_area(parent=make_area())
    assert [count_queries(lambda page=page: admin_client.get(page)) for page in pages] == few


def test_a_plan_is_created_changed_and_deleted_by_the_services(admin_client):
    body = {"title": "Nouveau", "description": "", "visibility": "PUBLIC"}
    assert admin_client.send(f"{PLANS}add/", body).status_code == 302
    plan = ActionPlan.objects.get()
    assert (plan.created_by_id, plan.visibility) == (ALICE.id, "PUBLIC")
    page = f"{PLANS}{plan.pk}/change/"
    assert (
        admin_client.send(page, body | {"title": "Renommé", "expected_version": "1"}).status_code
        == 302
    )
    stale = admin_client.send(page, body | {"title": "Trop tard", "expected_version": "1"})
    assert stale.status_code == 412
    plan.refresh_from_db()
    assert (plan.title, plan.version) == ("Renommé", 2)
    make_action(plan)
    asked = admin_client.get(f"{PLANS}{plan.pk}/remove/")
    assert "son action (1)" in text_of(asked)
    assert admin_client.send(f"{PLANS}{plan.pk}/remove/").status_code == 302
    assert not Action.objects.exists()
    said = set(AuditEvent.objects.values_list("action", "door"))
    assert {
        (f"actionplans.plan.{one}", "admin") for one in ("created", "edited", "deleted")
    } <= said


def test_the_board_has_a_column_for_each_state(admin_client, plan, action):
    make_action(plan, {ALICE.id: State.PENDING}, title="À lire")
    page = admin_client.get(BOARD)
    assert [f'id="column-{state.value}"' in page.content.decode() for state in State] == [True] * 5
    late = page.content.decode().split('id="column-EXPIRED"')[1].split("</section>")[0]
    assert "Livret &lt;b&gt;gras&lt;/b&gt;" in late
    assert "Mona Petit" in late
    assert "À lire" not in late


def move(admin_client, action, user, target, back=BOARD):
    body = {"user": user, "target": target, "back": back}
    return admin_client.send(f"{ACTIONS}{action.pk}/move/", body)


def test_a_card_moves_by_the_service(admin_client, action):
    done = move(admin_client, action, MONA.id, "COMPLETED")
    assert (done.status_code, done.headers["Location"]) == (302, BOARD)
    action.refresh_from_db()
    assert (action.base_status, action.completed_count) == ("COMPLETED", 2)
    entry = AuditEvent.objects.filter(object_type="assignment").latest("seq")
    assert (entry.action, entry.door, entry.actor) == (
        "actionplans.assignee.moved",
        "admin",
        ALICE.id,
    )
    assert "à jour" in text_of(admin_client.get(BOARD))


def test_a_refused_move_is_said_and_changes_nothing(admin_client, action):
    refused = move(admin_client, action, ALICE.id, "PENDING", back="https://elsewhere.example/")
    assert refused.headers["Location"] == f"{ACTIONS}{action.pk}/change/"
    page = text_of(admin_client.get(refused.headers["Location"]))
    assert "ne peut pas passer à « À faire »" in page
    assert "à jour" not in page
    assert move(admin_client, action, ALICE.id, "NONSENSE").status_code == 404
    assert admin_client.get(f"{ACTIONS}{action.pk}/move/").status_code == 405
    action.refresh_from_db()
    assert action.completed_count == 1


def test_an_action_shows_its_parts_and_its_log(admin_client, action):
    make_note(action, text="=1+1 <script>alert(1)</script> 🎉")
    page = admin_client.get(f"{ACTIONS}{action.pk}/change/")
    assert "=1+1 &lt;script&gt;" in page.content.decode()
    for word in ("Échéance passée", "50 %", "Mona Petit", "En retard", "Accueil"):
        assert word in text_of(page), word
    body: dict[str, Any] = {"title": "Autre", "action_type": "COMPANY", "visibility": "PUBLIC"}
    body |= {"due_date": "", "assignees": [ALICE.id, MONA.id]}
    sent = admin_client.send(
        f"{ACTIONS}{action.pk}/change/", body | {"expected_version": str(action.version)}
    )
    assert sent.status_code == 302, text_of(sent)
    changed = Action.objects.get()
    assert (changed.title, changed.due_date, changed.action_type) == ("Autre", None, "COMPANY")


def test_actions_by_state_in_the_list(admin_client, action):
    make_action(action.plan, {ALICE.id: State.PENDING}, title="À lire")
    assert "À lire" not in text_of(admin_client.get(f"{ACTIONS}?status=EXPIRED")).split("Livret")[1]
    assert "Livret" not in text_of(admin_client.get(f"{ACTIONS}?status=PENDING"))
    said = admin_client.get(f"{ACTIONS}?status=EXPIRED").content.decode()
    assert "qf-late" not in said  # the state tells it, once
    make_action(action.plan, {ALICE.id: State.PENDING}, due_date=action.due_date)
    assert "qf-late" in admin_client.get(f"{ACTIONS}?status=PENDING").content.decode()


def test_the_tree_of_areas_is_kept_without_circles(admin_client):
    assert (
        admin_client.send(f"{ROOT}area/add/", {"name": "Siège", "position": "0"}).status_code == 302
    )
    top = Area.objects.get()
    under = make_area(name="Étage", parent=top)
    assert "Siège Étage" in text_of(admin_client.get(f"{ROOT}area/"))
    page = f"{ROOT}area/{top.pk}/change/"
    circle = admin_client.send(page, {"name": "Siège", "parent": under.pk, "position": "0"})
    assert circle.status_code == 400
    assert "sous lui-même" in text_of(circle)
    assert admin_client.send(page, {"name": "Maison", "position": "0"}).status_code == 302
    assert Area.objects.get(parent=None).name == "Maison"


def test_a_rank_that_no_column_holds_is_refused_at_its_field(admin_client):
    answer = admin_client.send(f"{ROOT}area/add/", {"name": "Siège", "position": str(2**31)})
    assert answer.status_code == 200
    assert "inférieure ou égale à" in text_of(answer)
    assert not Area.objects.exists()


def test_groups_are_named_and_renamed(admin_client):
    assert admin_client.send(f"{ROOT}group/add/", {"name": "Formateurs"}).status_code == 302
    group = Group.objects.get()
    admin_client.send(f"{ROOT}group/{group.pk}/change/", {"name": "Formatrices"})
    group.refresh_from_db()
    assert group.name == "Formatrices"


def test_each_page_leads_to_the_one_that_asks(admin_client, plan, action):
    area, group = make_area(), make_group()
    rows = [f"{PLANS}{plan.pk}", f"{ACTIONS}{action.pk}"]
    for row in [*rows, f"{ROOT}area/{area.pk}", f"{ROOT}group/{group.pk}"]:
        assert f'href="{row}/remove/"' in admin_client.get(f"{row}/change/").content.decode()
    assert "/remove/" not in admin_client.get(f"{ROOT}area/add/").content.decode()


def test_an_auditor_reads_everything_and_changes_nothing(auditor_client, plan, action):
    area, group = make_area(), make_group()
    pages = [PLANS, f"{PLANS}{plan.pk}/change/", ACTIONS, f"{ACTIONS}{action.pk}/change/", BOARD]
    pages += [f"{ROOT}area/", f"{ROOT}area/{area.pk}/change/", f"{ROOT}group/"]
    for page in pages:
        shown = auditor_client.get(page)
        assert shown.status_code == 200, page
        assert 'name="target"' not in shown.content.decode()
        assert "/remove/" not in shown.content.decode()
    assert "Toute l’entreprise" in text_of(auditor_client.get(f"{ACTIONS}{action.pk}/change/"))
    before = AuditEvent.objects.count()
    posts = [
        f"{ACTIONS}add/",
        f"{ACTIONS}{action.pk}/remove/",
        f"{PLANS}add/",
        f"{PLANS}{plan.pk}/change/",
        f"{PLANS}{plan.pk}/remove/",
    ]
    posts += [f"{ACTIONS}{action.pk}/change/", f"{ROOT}area/add/", f"{ROOT}area/{area.pk}/change/"]
    posts += [f"{ROOT}group/add/", f"{ROOT}group/{group.pk}/change/"]
    for page in posts:
        assert auditor_client.send(page, {"title": "X", "name": "X"}).status_code == 403, page
    assert move(auditor_client, action, MONA.id, "COMPLETED").status_code == 403
    assert AuditEvent.objects.count() == before


def asked(plan, **changes):
    """What the form of a new action sends."""
    body = {"plan": plan.pk, "title": "Livret", "action_type": "MANAGER", "visibility": ""}
    return body | changes


def test_an_action_is_added_by_the_service(admin_client, plan):
    shown = admin_client.get(f"{PLANS}{plan.pk}/change/").content.decode()
    assert f'href="{ACTIONS}add/?plan={plan.pk}"' in shown
    assert "Accueil" in text_of(admin_client.get(f"{ACTIONS}add/?plan={plan.pk}"))
    done = admin_client.send(f"{ACTIONS}add/", asked(plan))
    assert (done.status_code, done["Location"]) == (302, f"{PLANS}{plan.pk}/change/")
    least = Action.objects.get()
    assert (least.plan, least.created_by_id, least.visibility) == (plan, ALICE.id, "PRIVATE")
    assert least.assignments.get().user_id == ALICE.id
    area, group = make_area(), make_group()
    lists = {"assignees": [MONA.id, ALICE.id], "hierarchy_ids": area.pk, "group_ids": group.pk}
    more = {"focus_type": "SCORE", "focus_id": "s1", "due_date": "31/12/2099"}
    sent = admin_client.send(f"{ACTIONS}add/", asked(plan, title="Tout", **lists, **more))
    assert sent.status_code == 302, text_of(sent)
    whole: Any = Action.objects.with_parts().get(title="Tout")
    assert [one["assignee"] for one in whole.assignee_states] == [ALICE.id, MONA.id]
    assert (whole.area_ids, whole.group_ids) == ([area.pk], [group.pk])
    assert whole.focuses == [{"focus_type": "SCORE", "focus_id": "s1", "label": ""}]
    entry = AuditEvent.objects.filter(object_type="plan_action").latest("seq")
    assert (entry.action, entry.door) == ("actionplans.action.added", "admin")


NOT_ADDED = [
    ({"plan": "0" * 24}, "plan"),
    ({"title": " "}, "title"),
    ({"description": "x" * 5001}, "description"),
    ({"focus_type": "SCORE"}, "focus_id"),
    ({"focus_id": "s1"}, "focus_type"),
    ({"assignees": BOB.id}, "assignees"),  # a LEARNER
    ({"hierarchy_ids": "0" * 24}, "hierarchy_ids"),
    ({"group_ids": ["0" * 24]}, "group_ids"),
]


@pytest.mark.parametrize(("change", "field"), NOT_ADDED, ids=str)
def test_what_is_wrong_with_a_new_action_is_said_at_its_field(admin_client, plan, change, field):
    answer = admin_client.send(f"{ACTIONS}add/", asked(plan) | change)
    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == [field]
    assert not Action.objects.exists()


def test_an_actions_people_and_places_are_changed(admin_client, action):
    User.objects.filter(pk=MONA.id).update(is_active=False)
    page, area = f"{ACTIONS}{action.pk}/change/", make_area()
    body = {"title": action.title, "action_type": "MANAGER", "visibility": "PRIVATE"}
    body |= {"description": action.description, "due_date": "", "expected_version": "1"}
    people = {"assignees": [MONA.id, ALICE.id], "hierarchy_ids": area.pk}
    sent = admin_client.send(page, body | people)
    assert sent.status_code == 302, text_of(sent)
    assert [one.user_id for one in action.assignments.order_by("position")] == [ALICE.id, MONA.id]
    assert action.area_links.get().area == area
    nobody = admin_client.send(page, body | {"expected_version": "2"})
    assert "au moins un responsable" in text_of(nobody)
    assert (
        admin_client.send(page, body | {"expected_version": "2", "assignees": ALICE.id}).status_code
        == 302
    )
    assert action.assignments.get().base_status == "COMPLETED"


def test_people_and_places_are_found_by_searching(admin_client, auditor_client, acme):
    make_area(name="Nantes", parent=make_area(name="France"))

    def found(name, words):
        answer = admin_client.get(f"{ACTIONS}pick/{name}/?q={words}").json()
        return [one["text"] for one in answer["results"]]

    assert found("assignees", "PETIT mona") == [MONA.name]
    assert found("assignees", "bob") == []
    assert found("hierarchy_ids", "nantes") == ["Nantes – France"]
    assert found("group_ids", "%") == []
    assert auditor_client.get(f"{ACTIONS}pick/assignees/").status_code == 403


def test_an_action_is_deleted_by_the_service(admin_client, action):
    page = f"{ACTIONS}{action.pk}/remove/"
    assert page in admin_client.get(f"{ACTIONS}{action.pk}/change/").content.decode()
    assert "pour de bon" in text_of(admin_client.get(page))
    assert admin_client.send(page).status_code == 302
    assert not Action.objects.exists()
    assert AuditEvent.objects.latest("seq").action == "actionplans.action.deleted"


@pytest.mark.parametrize("kind", ["area", "group"])
def test_what_serves_no_more_is_deleted_and_nothing_else(admin_client, action, kind):
    place: Any = {"area": make_area, "group": make_group}[kind]()
    link = {"area": ActionArea, "group": ActionGroup}[kind](action=action, **{kind: place})
    link.save()
    page = f"{ROOT}{kind}/{place.pk}/remove/"
    assert page in admin_client.get(f"{ROOT}{kind}/{place.pk}/change/").content.decode()
    refused = admin_client.send(page)
    assert (refused.status_code, type(place).objects.count()) == (409, 1)
    assert "1 action le nomme : « Livret &lt;b&gt;gras" in text_of(refused)
    link.delete()
    assert admin_client.send(page).headers["Location"] == f"{ROOT}{kind}/"
    assert not type(place).objects.exists()
    assert AuditEvent.objects.latest("seq").action == f"actionplans.{kind}.deleted"


def test_an_area_that_contains_others_stays(admin_client):
    top = make_area()
    for rank in range(7):
        make_area(name=f"Étage {rank}", parent=top)
    refused = admin_client.send(f"{ROOT}area/{top.pk}/remove/")
    assert refused.status_code == 409
    assert "Il contient 7 périmètres : « Étage 0 »" in text_of(refused)
    assert "« Étage 4 », …" in text_of(refused)
    assert Area.objects.count() == 8
