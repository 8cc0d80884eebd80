"""All corrective actions in one list: filters, bulk moves by the service, files, rights."""

import csv
import io
from datetime import timedelta

import pytest
from django.contrib.admin.utils import quote
from django.utils import timezone

from improvements.models import CorrectiveAction
from improvements.states import ActionStatus, PlanStatus
from tests.admin_client import entered, text_of
from tests.cast import ALICE, CHARLIE, MONA
from tests.improvements.factories import make_action, make_plan

LIST = "/admin/improvements/correctiveaction/"


@pytest.fixture
def actions(acme):
    today = timezone.localdate()
    plan = make_plan(title="Accueil", status=PlanStatus.IN_PROGRESS)
    closed = make_plan(
        [
            {
                "description": "D’un plan clos",
                "due_date": today - timedelta(days=9),
                "status": "DONE",
            }
        ],
        title="Clos",
        status=PlanStatus.COMPLETED,
    )
    made = {
        "late": make_action(plan, description="Rappeler", due_date=today - timedelta(days=3)),
        "week": make_action(
            plan, description="Écrire", due_date=today + timedelta(days=7), owner_id=MONA.id
        ),
        "later": make_action(plan, description="Former", due_date=today + timedelta(days=8)),
        "none": make_action(plan, description="Un jour", due_date=None),
    }
    return {**made, "closed": closed.actions.get()}


def shown(admin_client, query=""):
    text = text_of(admin_client.get(f"{LIST}?{query}"))
    names = ("Rappeler", "Écrire", "Former", "Un jour", "D’un plan clos")
    return sorted((name for name in names if name in text), key=text.index)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Rappeler", "Écrire", "Former", "Un jour", "D’un plan clos"]),
        ("due=late", ["Rappeler"]),
        ("due=week", ["Écrire"]),
        ("due=later", ["Former"]),
        ("due=none", ["Un jour"]),
        (f"owner={MONA.id}", ["Écrire"]),
        ("status__exact=DONE", ["D’un plan clos"]),
        ("q=ecrire", ["Écrire"]),
        ("q=accueil", ["Rappeler", "Écrire", "Former", "Un jour"]),
        ("due=late&owner=usr_nobody", []),
    ],
)
def test_the_list_is_filtered_most_urgent_first(admin_client, actions, query, names):
    assert shown(admin_client, query) == names


def test_it_says_how_late_and_leads_to_the_plan(admin_client, actions):
    page = admin_client.get(f"{LIST}?due=late")
    assert "3 jours de retard" in text_of(page)
    answer = admin_client.get(f"{LIST}{quote(actions['late'].pk)}/change/")
    assert answer.status_code == 302
    assert quote(actions["late"].plan_id) in answer["Location"]


def test_states_are_changed_in_bulk_by_the_service(admin_client, actions):
    chosen = [actions["late"].pk, actions["closed"].pk]
    body = {"action": "begin_each", "_selected_action": chosen}
    text = text_of(admin_client.send(LIST, body, follow=True))
    assert "1 fiche traitée." in text
    assert "Refusé" in text
    statuses = dict(CorrectiveAction.objects.values_list("pk", "status"))
    assert statuses[actions["late"].pk] == ActionStatus.IN_PROGRESS
    assert statuses[actions["closed"].pk] == ActionStatus.DONE


def test_the_list_as_csv(admin_client, actions):
    answer = admin_client.get(f"{LIST}download/csv/?due=late")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    [row] = csv.DictReader(io.StringIO(text), delimiter=";")
    assert (row["Action"], row["Plan"][15:], row["Jours de retard"]) == ("Rappeler", "Accueil", "3")


def test_who_only_reads_changes_nothing(auditor_client, actions):
    body = {"action": "finish_each", "_selected_action": [actions["late"].pk]}
    auditor_client.send(LIST, body, follow=True)
    assert CorrectiveAction.objects.get(pk=actions["late"].pk).status == ActionStatus.TODO
    assert shown(auditor_client, "due=late") == ["Rappeler"]
    assert auditor_client.get(f"{LIST}add/").status_code == 404


def test_another_organisation_sees_none(actions):
    other = entered(CHARLIE)
    assert shown(other) == []
    assert other.get(f"{LIST}{quote(actions['late'].pk)}/change/").status_code == 404


def test_queries_do_not_grow(admin_client, acme, django_assert_max_num_queries):
    for rank in range(10):
        make_plan([{"owner_id": ALICE.id}, {"owner_id": MONA.id}], title=f"Plan {rank}")
    with django_assert_max_num_queries(14):
        admin_client.get(LIST)
