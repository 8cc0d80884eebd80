"""Plans under `/admin/`: what is shown to whom, and that every write goes through the services."""

from datetime import date, timedelta

import pytest
from django.contrib.admin.utils import quote
from django.utils import timezone
from django.utils.formats import date_format

from improvements.models import ImprovementPlan
from improvements.services import Closure, close_plan
from improvements.states import PLAN_MOVES, ActionStatus, PlanStatus, Trigger
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.tenants.context import tenant_context
from tests.admin_client import text_of
from tests.cast import ALICE, MONA, TWIN
from tests.improvements.factories import link, make_action, make_complaint, make_plan
from tests.improvements.pages import LIST, fields_of, page_of, state

# --- The list


def test_the_list_shows_state_progress_and_lateness(admin_client):
    late = make_plan(title="Tarder", target_date=timezone.localdate() - timedelta(days=1))
    make_action(late, status=ActionStatus.DONE)
    make_action(late)
    make_plan(title="Supprimé", deleted_at=timezone.now(), deleted_by_id=ALICE.id)
    text = text_of(admin_client.get(LIST))
    assert "Tarder" in text
    assert "1 / 2" in text
    assert "En retard" in text
    assert "Supprimé" not in text
    page = text_of(admin_client.get(page_of(late)))
    assert "1 action terminée sur 2" in page
    assert date_format(timezone.localdate(), "SHORT_DATE_FORMAT") in page  # when it was done


@pytest.mark.parametrize(
    "query",
    [
        "q=PREPARATION",
        "status__exact=DRAFT",
        "trigger__exact=AUDIT",
        "owner=usr_mona",
        "indicator=7",
        "overdue=true",
    ],
)
def test_the_list_filters_and_searches_as_the_api_does(admin_client, query):
    yesterday = timezone.localdate() - timedelta(days=1)
    make_plan(
        title="Préparation des salles",
        trigger=Trigger.AUDIT,
        owner_id=MONA.id,
        indicators=[7],
        target_date=yesterday,
    )
    make_plan(title="Autre chose", status=PlanStatus.COMPLETED)
    text = text_of(admin_client.get(f"{LIST}?{query}"))
    assert "Préparation des salles" in text
    assert "Autre chose" not in text


def test_the_list_is_the_tenants_own(admin_client, globex):
    with tenant_context(globex):
        plan = make_plan(title="Secret de Globex", owner_id=TWIN.id)
    assert "Secret de Globex" not in text_of(admin_client.get(LIST))
    assert admin_client.get(page_of(plan)).status_code == 302


def test_a_list_costs_the_same_for_20_and_2000_plans(admin_client, count_queries):
    def fill(count):
        ImprovementPlan.objects.bulk_create(
            ImprovementPlan(
                title=f"Plan {rank}",
                trigger=Trigger.AUDIT,
                owner_id=ALICE.id,
                target_date=date(2026, 12, 31),
            )
            for rank in range(count)
        )

    fill(20)
    admin_client.get(LIST)
    few = count_queries(lambda: admin_client.get(LIST))
    fill(1980)
    admin_client.get(LIST)  # whatever is remembered for half a minute
    assert count_queries(lambda: admin_client.get(LIST)) == few


# --- One plan


@pytest.mark.parametrize("status", PlanStatus, ids=str)
def test_a_button_for_each_legal_move_and_no_other(admin_client, status):
    plan = make_plan(id="imp_23_5Fx", status=status)  # what the admin quotes in addresses
    shown = set(
        admin_client.get(page_of(plan)).content.decode().split(f"/{quote(plan.pk)}/move/")[1:]
    )
    names = {part.split("/")[0] for part in shown}
    targets = {"start": "IN_PROGRESS", "close": "COMPLETED", "archive": "ARCHIVED"}
    targets |= {"give-up": "ARCHIVED"}
    moves = sorted(targets[name] for name in names - {"delete"})
    assert moves == sorted(PLAN_MOVES[status])
    assert ("delete" in names) == (status == PlanStatus.DRAFT)
    assert ("give-up" in names) == (status == PlanStatus.IN_PROGRESS)


def test_a_closed_plan_shows_its_report_and_no_field(admin_client):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    link(plan, make_complaint(subject="Salle glaciale"))
    actor = Actor.of(User.objects.get(pk=ALICE.id))
    closure = Closure(summary="Accueil revu.", outcomes=["4,8 / 5"])
    make_action(plan, status=ActionStatus.DONE, completed_at="2026-03-02T22:30Z")
    close_plan(plan=plan, closure=closure, actor=actor)
    answer = admin_client.get(page_of(plan))
    text = text_of(answer)
    assert "Accueil revu." in text
    assert "4,8 / 5" in text
    assert "Salle glaciale" in text
    assert "2 mars 2026 23:30" in text  # when the action was done, in Paris
    assert 'name="title"' not in answer.content.decode()


def new_plan(complaint):
    """The form of a new plan, with two actions and a result."""
    return {
        "title": "Délais",
        "description": "",
        "trigger": "COMPLAINT",
        "owner": MONA.id,
        "target_date": "2026-12-15",
        "linked_complaint_ids": [complaint.pk],
        "actions-TOTAL_FORMS": "2",
        "actions-INITIAL_FORMS": "0",
        "expected_results-TOTAL_FORMS": "1",
        "expected_results-INITIAL_FORMS": "0",
        "expected_results-0-name": "Délai",
        "expected_results-0-target": "4",
        "expected_results-0-direction": "DOWN",
        "root_cause": "Personne ne compte.",
        "actions-0-description": "Compter",
        "actions-0-status": "DONE",
        "actions-1-description": "Relancer",
        "actions-1-status": "TODO",
        "actions-1-owner_id": ALICE.id,
    }


def test_a_plan_is_created_with_its_actions(admin_client):
    complaint = make_complaint()
    answer = admin_client.send(f"{LIST}add/", new_plan(complaint))
    assert answer.status_code == 302, text_of(answer)
    reference = ImprovementPlan.objects.latest("created_at").reference
    said = text_of(admin_client.get(answer["Location"]))
    assert f"Enregistré : « {reference} – " in said
    plan = ImprovementPlan.objects.get(title="Délais")
    assert plan.indicators == [31, 32]  # as the service decides
    assert [one.pk for one in plan.linked_complaints] == [complaint.pk]
    rows = list(plan.actions.values_list("description", "owner_id", "status"))
    assert rows == [("Compter", MONA.id, "DONE"), ("Relancer", ALICE.id, "TODO")]
    assert plan.actions.get(description="Compter").completed_at
    assert (plan.root_cause, plan.expected_results.get().name) == ("Personne ne compte.", "Délai")


def test_changes_reach_the_plan_and_its_rows(admin_client):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    make_action(plan)
    body = fields_of(plan, title="Autre titre") | {"actions-0-status": "DONE"}
    assert admin_client.send(page_of(plan), body).status_code == 302
    plan.refresh_from_db()
    assert plan.title == "Autre titre"
    assert plan.version == 3
    assert plan.actions.get().completed_at


def test_nothing_changed_is_nothing_done(admin_client):
    plan = make_plan()
    make_action(plan)
    before = state()
    assert admin_client.send(page_of(plan), fields_of(plan)).status_code == 302
    assert state() == before


def test_what_another_changed_meanwhile_is_not_overwritten(admin_client):
    plan = make_plan()
    body = fields_of(plan, title="Le mien")
    ImprovementPlan.objects.filter(pk=plan.pk).update(title="Le sien", version=2)
    answer = admin_client.send(page_of(plan), body)
    assert answer.status_code == 412
    assert "Cette fiche a été modifiée depuis que vous l’avez ouverte" in text_of(answer)
    plan.refresh_from_db()
    assert plan.title == "Le sien"


def test_a_services_error_is_shown_at_its_field_and_nothing_is_kept(admin_client):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    make_action(plan)
    before = state()
    body = fields_of(plan, title="Autre", trigger="AUDIT") | {"actions-0-status": "DONE"}
    answer = admin_client.send(page_of(plan), body)
    assert answer.status_code == 409
    text = text_of(answer)
    assert "Le déclencheur ne change plus une fois le plan démarré" in text
    assert "Enregistré" not in text
    assert state() == before


def test_a_malformed_field_is_named(admin_client):
    plan = make_plan()
    answer = admin_client.send(page_of(plan), fields_of(plan, indicators="99"))
    assert "Indiquez des numéros de 1 à 33" in text_of(answer)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        *((f"indicator={odd}", 200) for odd in ("x", "-1", "9999999999999", "%C2%B2")),
        ("status__exact=nonsense&trigger__exact=x&overdue=x&due=x&deleted=x&owner=x", 200),
        ("p=99999&o=x.-99&q=%27%22%3Cscript%3E", 200),
        ("target_date__gte=31-31-2026", 400),
        *((odd, 400) for odd in ("owner=%00", "x%00=1", "q=%00", "title__regex=(")),
        *((odd, 400) for odd in ("owner__password__startswith=a", "created_at__year=99999999")),
    ],
)
def test_odd_addresses_are_no_crash(admin_client, query, status):
    make_plan()
    assert admin_client.get(f"{LIST}?{query}").status_code == status


def test_what_the_database_cannot_hold_is_refused_everywhere(admin_client):
    plan = make_plan()
    before = state()
    assert admin_client.get(f"{LIST}%00/change/").status_code == 400
    for field in ("title", "linked_complaint_ids", "action"):
        assert (
            admin_client.send(page_of(plan), fields_of(plan) | {field: "a\x00b"}).status_code == 400
        )
    body = {"action": "start_each", "_selected_action": "\x00"}
    assert admin_client.send(LIST, body).status_code == 400
    assert state() == before


def test_a_started_plans_trigger_is_not_offered_and_not_taken(admin_client):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    page = admin_client.get(page_of(plan)).content.decode()
    assert 'value="FEEDBACK" selected' in page
    assert 'value="AUDIT"' not in page
    answer = admin_client.send(page_of(plan), fields_of(plan, trigger="AUDIT"))
    assert answer.status_code == 409
    assert "Le déclencheur ne change plus une fois le plan démarré" in text_of(answer)
    assert 'value="AUDIT"' in admin_client.get(page_of(make_plan())).content.decode()


def test_owners_alone_are_offered_as_a_filter(admin_client):
    make_plan()
    page = admin_client.get(LIST).content.decode()
    assert f"owner={ALICE.id}" in page
    assert f"owner={MONA.id}" not in page
