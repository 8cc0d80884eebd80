"""The list of actions, grouped, with columns and filters of one's choice, kept under a name."""

from datetime import timedelta

import pytest
from django.http import QueryDict
from django.utils import timezone

from improvements.states import PlanStatus
from qualiforma.accounts.models import User
from qualiforma.followup.models import SavedView
from qualiforma.followup.saved_views import VIEWS_MAX
from qualiforma.personal_data.people import Person
from qualiforma.tenants.context import tenant_context
from tests.admin_client import AdminClient, text_of
from tests.cast import ALICE, AUDREY, CHARLIE, MONA, TOM, TWIN
from tests.improvements.factories import make_action, make_plan

LIST = "/admin/improvements/correctiveaction/"
PAGE = "improvements.correctiveaction"


@pytest.fixture
def actions(acme):
    monday = timezone.localdate() - timedelta(days=timezone.localdate().weekday())
    plan = make_plan(title="Accueil", status=PlanStatus.IN_PROGRESS)
    make_action(plan, description="Rappeler", due_date=monday, owner_id=MONA.id)
    make_action(plan, description="Écrire", due_date=monday + timedelta(days=6))
    make_action(plan, description="Former", due_date=monday + timedelta(days=7), owner_id=MONA.id)
    make_action(plan, description="Un jour", due_date=None, kind="PREVENTIVE")
    make_action(plan, description="Déjà fait", due_date=monday, status="DONE")


def headings(answer):
    rows = answer.context_data["cl"].result_list
    return list(dict.fromkeys(row.group_label for row in rows))


def test_who_is_named_in_a_kept_view_is_found_by_an_erasure(admin_client):
    asked = QueryDict(mutable=True)
    asked.update({"q": "Zoé Lefèvre & co", "owner": "zoe@exemple.fr"})
    admin_client.send(f"{LIST}views/", {"name": "Suivi", "query": asked.urlencode()})
    view = SavedView.objects.get()
    assert QueryDict(view.query) == asked
    opened = admin_client.get(f"{LIST}views/{view.pk}/")
    assert QueryDict(opened["Location"].partition("?")[2]) == asked
    names, addresses = frozenset({"Zoé Lefèvre"}), frozenset({"zoe@exemple.fr"})
    assert Person("usr_zoe", names, frozenset()).is_in(view.query)
    assert Person("usr_zoe", frozenset(), addresses).is_in(view.query)


def test_by_person_and_by_week(actions, admin_client):
    people = headings(admin_client.get(f"{LIST}?group=person"))
    assert people == ["Alice Durand", "Mona Petit"]
    User.objects.filter(pk=MONA.id).update(name="Alice Durand")
    people = headings(admin_client.get(f"{LIST}?group=person"))
    assert people == ["Alice Durand (alice@acme.fr)", "Alice Durand (mona@acme.fr)"]
    answer = admin_client.get(f"{LIST}?group=week")
    weeks = headings(answer)
    assert [one[:10] for one in weeks[:2]] == ["Semaine du"] * 2
    assert weeks[2:] == ["Sans échéance", "Terminées ou annulées"]
    page = answer.content.decode()
    assert page.count('class="qf-group"') == 4
    assert page.index("Rappeler") < page.index("Former") < page.index("Déjà fait")
    assert admin_client.get(f"{LIST}?group=nonsense").status_code == 200


def test_filters_are_chips_that_go_one_by_one(actions, admin_client):
    answer = admin_client.get(f"{LIST}?due=none&status__exact=TODO&q=jour&group=person&p=0")
    chips = dict(answer.context_data["chips"])
    assert list(chips) == ["« jour »", "Échéance : Sans échéance", "Statut : À faire"]
    assert chips["« jour »"] == "?due=none&status__exact=TODO&group=person"
    assert chips["Statut : À faire"] == "?due=none&q=jour&group=person"
    assert "chips" in answer.context_data
    assert admin_client.get(LIST).context_data["chips"] == []


def test_columns_are_chosen(actions, admin_client):
    answer = admin_client.get(f"{LIST}?col=kind&col=person&group=person")
    shown = answer.context_data["cl"].list_display
    assert [one for one in shown if one != "action_checkbox"] == ["description", "person", "kind"]
    assert "Préventive" in text_of(answer)
    # They stay when a filter, a page or an order is chosen.
    assert "col=kind&col=person" in answer.context_data["list_groups"][0][2]
    assert admin_client.get(f"{LIST}?col=password").status_code == 200


def test_a_view_has_a_name_and_an_address(actions, admin_client, auditor_client):
    given = {"name": " Mona,  cette semaine ", "query": f"owner={MONA.id}&group=week"}
    answer = admin_client.send(f"{LIST}views/", given)
    assert answer["Location"] == f"{LIST}?owner={MONA.id}&group=week"
    view = SavedView.objects.get()
    assert (view.owner_id, view.page, view.name) == (ALICE.id, PAGE, "Mona, cette semaine")
    opened = admin_client.get(f"{LIST}views/{view.pk}/")
    assert opened["Location"] == answer["Location"]
    shown = admin_client.get(answer["Location"])
    assert [one[1] for one in shown.context_data["saved_views"]] == [True]
    admin_client.send(f"{LIST}views/", given | {"query": "due=late"})
    assert SavedView.objects.get().query == "due=late"
    # Nobody else's.
    assert auditor_client.get(f"{LIST}views/{view.pk}/").status_code == 404
    assert auditor_client.send(f"{LIST}views/{view.pk}/delete/").status_code == 404
    assert AUDREY.name not in text_of(shown)
    admin_client.send(f"{LIST}views/{view.pk}/delete/")
    assert not SavedView.objects.exists()


def test_an_auditor_keeps_views_and_others_do_not(actions, auditor_client, globex):
    assert auditor_client.send(f"{LIST}views/", {"name": "Tout"}).status_code == 302
    assert SavedView.objects.get().owner_id == AUDREY.id
    for person in (MONA, TOM):
        other = AdminClient()
        other.log_in(person)
        assert other.send(f"{LIST}views/", {"name": "Tout"}).status_code == 403
    assert SavedView.objects.count() == 1
    with tenant_context(globex):
        theirs = SavedView.objects.create(owner_id=TWIN.id, page=PAGE, name="Globex")
    assert auditor_client.get(f"{LIST}views/{theirs.pk}/").status_code == 404
    assert CHARLIE.tenant == "globex"


@pytest.mark.parametrize(
    "given", [{"name": " "}, {"name": "x" * 81}, {"name": "Trop", "query": "q=" + "x" * 2001}]
)
def test_what_is_no_view_is_refused_in_words(actions, admin_client, given):
    admin_client.send(f"{LIST}views/", given)
    assert not SavedView.objects.exists()
    assert "vue" in text_of(admin_client.get(LIST)) or "filtres" in text_of(admin_client.get(LIST))


@pytest.mark.parametrize("name", ["Su\x1bivi", "Su\x9bivi", "\u200b"])
def test_a_name_of_characters_that_nobody_sees_is_refused(actions, admin_client, name):
    assert admin_client.send(f"{LIST}views/", {"name": name}).status_code == 302
    assert not SavedView.objects.exists()
    said = text_of(admin_client.get(LIST))
    assert "caractère invisible" in said or "Donnez à cette vue un nom" in said


def test_as_many_views_as_anybody_needs(actions, admin_client):
    for n in range(VIEWS_MAX):
        SavedView.objects.create(owner_id=ALICE.id, page=PAGE, name=f"{n}")
    admin_client.send(f"{LIST}views/", {"name": "Une de trop"})
    assert SavedView.objects.count() == VIEWS_MAX
    admin_client.send(f"{LIST}views/", {"name": "3", "query": "due=late"})
    assert SavedView.objects.get(name="3").query == "due=late"


def test_queries_do_not_grow(actions, admin_client, count_queries):
    path = f"{LIST}?group=person&col=person&col=plan_link&col=state"
    few = count_queries(lambda: admin_client.get(path))
    plan = make_plan(title="Encore", status=PlanStatus.IN_PROGRESS)
    for n in range(12):
        make_action(plan, description=f"Action {n}", owner_id=TOM.id)
    assert count_queries(lambda: admin_client.get(path)) == few
    assert few <= 20
