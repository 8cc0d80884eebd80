"""Moves of plans under `/admin/`: by button, in bulk, by hand-made POSTs; the same rule at every door."""

import pytest

from improvements.models import CorrectiveAction, ImprovementPlan
from improvements.states import ActionStatus, PlanStatus
from tests.admin_client import text_of
from tests.cast import ALICE
from tests.improvements.factories import make_action, make_plan
from tests.improvements.pages import LIST, bulk, fields_of, page_of, state

API = "/api/v1/improvement-plans"


# --- Moves


def test_a_life_by_buttons(admin_client):
    plan = make_plan()
    action = make_action(plan)
    assert admin_client.send(f"{LIST}{plan.pk}/move/start/").status_code == 302
    refused = admin_client.send(f"{LIST}{plan.pk}/move/close/", {"summary": "Fait."})
    assert refused.status_code == 409
    text = text_of(refused)
    assert f"Actions ni terminées ni annulées : « {action.description} »." in text
    assert action.pk not in text
    assert "Rédiger le livret d’accueil" in text
    assert "Le plan est clôturé." not in text
    CorrectiveAction.objects.update(status=ActionStatus.CANCELLED)
    body = {"summary": "Fait.", "outcomes": " 4,8 / 5 \n\nDélai : 3 jours"}
    assert admin_client.send(f"{LIST}{plan.pk}/move/close/", body).status_code == 302
    plan.refresh_from_db()
    assert plan.closing_report.outcomes == ["4,8 / 5", "Délai : 3 jours"]
    assert plan.closed_by_id == ALICE.id
    assert admin_client.send(f"{LIST}{plan.pk}/move/archive/").status_code == 302
    plan.refresh_from_db()
    assert plan.status == PlanStatus.ARCHIVED


def test_giving_up_keeps_the_reason(admin_client):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    make_action(plan)
    admin_client.send(f"{LIST}{plan.pk}/move/give-up/", {"reason": "Site fermé"})
    plan.refresh_from_db()
    assert (plan.status, plan.archive_reason) == ("ARCHIVED", "Site fermé")
    assert plan.actions.get().status == ActionStatus.CANCELLED


def test_a_draft_is_deleted_softly(admin_client):
    plan = make_plan()
    assert admin_client.send(f"{LIST}{plan.pk}/move/delete/")["Location"] == LIST
    plan.refresh_from_db()
    assert plan.deleted_by_id == ALICE.id
    assert "Brouillon supprimé" in text_of(admin_client.get(page_of(plan)))


def test_no_move_happens_by_following_a_link(admin_client):
    plan = make_plan()
    before = state()
    for name in ("start", "delete"):
        assert admin_client.get(f"{LIST}{plan.pk}/move/{name}/").status_code == 200
    assert admin_client.get(f"{LIST}{plan.pk}/move/nothing/").status_code == 404
    assert state() == before


def test_the_page_of_a_move_that_is_not_legal_says_so(admin_client):
    """A tab left open, or an address typed: nothing to fill in that would be refused."""
    answer = admin_client.get(f"{LIST}{make_plan(status=PlanStatus.ARCHIVED).pk}/move/close/")
    assert "le plan est dans l’état « Archivé »" in text_of(answer)
    assert 'name="summary"' not in answer.content.decode()


def test_bulk_moves_report_each_refusal(admin_client):
    draft, closed = make_plan(title="Neuf"), make_plan(title="Vieux", status=PlanStatus.COMPLETED)
    text = text_of(bulk(admin_client, "start_each", [draft, closed]))
    assert "1 fiche traitée." in text
    assert "Vieux » : Un plan « Clôturé » ne peut pas passer à « En cours »." in text
    draft.refresh_from_db()
    assert draft.status == PlanStatus.IN_PROGRESS


def test_archiving_many_gives_none_up(admin_client):
    going, closed = (
        make_plan(status=PlanStatus.IN_PROGRESS),
        make_plan(status=PlanStatus.COMPLETED),
    )
    text = text_of(bulk(admin_client, "archive_each", [going, closed]))
    assert "n’est pas clôturé" in text
    assert set(ImprovementPlan.objects.values_list("status", flat=True)) == {
        "IN_PROGRESS",
        "ARCHIVED",
    }


def test_giving_many_up_asks_for_the_reason(admin_client):
    plans = [make_plan(status=PlanStatus.IN_PROGRESS) for _ in range(2)]
    assert "Plans choisis" in text_of(bulk(admin_client, "give_up_each", plans))
    assert "2 fiches traitées." in text_of(
        bulk(admin_client, "give_up_each", plans, confirmed="1", reason="Fusion")
    )
    assert set(ImprovementPlan.objects.values_list("archive_reason", flat=True)) == {"Fusion"}


@pytest.mark.parametrize("many", [True, False])
@pytest.mark.parametrize(
    ("status", "move", "said"),
    [
        (PlanStatus.COMPLETED, "give-up", "vous pouvez l’archiver, pas l’abandonner"),
        (PlanStatus.IN_PROGRESS, "archive", "Pour y mettre fin, utilisez « Abandonner »"),
    ],
)
def test_a_page_left_open_archives_nothing_by_another_name(admin_client, status, move, said, many):
    """Somebody closed the plan meanwhile, or its form was made by hand."""
    plan = make_plan(status=status)
    before = state()
    if many:
        action = f"{move.replace('-', '_')}_each"
        answer = bulk(admin_client, action, [plan], confirmed="1", reason="Trop tard")
    else:
        answer = admin_client.send(f"{LIST}{plan.pk}/move/{move}/", {"reason": "Trop tard"})
        assert answer.status_code == 409
    assert said in text_of(answer)
    assert "fiche traitée" not in text_of(answer)
    assert state() == before


def test_deleting_many_is_soft_and_by_the_service(admin_client):
    draft, going = make_plan(), make_plan(title="Actif", status=PlanStatus.IN_PROGRESS)
    before = state()
    assert "Plans choisis 2" in text_of(bulk(admin_client, "delete_each", [draft, going]))
    assert state() == before
    text = text_of(bulk(admin_client, "delete_each", [draft, going], confirmed="1"))
    assert "– Actif » : Seul un plan en brouillon peut être supprimé" in text
    draft.refresh_from_db()
    assert draft.deleted_at


# --- One rule, four doors


def by_api(admin_client, plan, action, as_alice):
    body = {"status": "ARCHIVED", "reason": "Plus tard"}
    return as_alice.patch(f"{API}/{plan.pk}", body).content.decode()


def by_button(admin_client, plan, action, as_alice):
    return text_of(admin_client.send(f"{LIST}{plan.pk}/move/give-up/", {"reason": "Plus tard"}))


def by_bulk_action(admin_client, plan, action, as_alice):
    return text_of(bulk(admin_client, "give_up_each", [plan], confirmed="1", reason="Plus tard"))


def by_inline_edit(admin_client, plan, action, as_alice):
    body = fields_of(plan) | {"actions-0-status": "DONE"}
    return text_of(admin_client.send(page_of(plan), body))


@pytest.mark.parametrize("door", [by_api, by_button, by_bulk_action, by_inline_edit])
def test_same_rule_refuses_with_the_same_text_everywhere(admin_client, as_alice, door):
    plan = make_plan(status=PlanStatus.ARCHIVED, actions=[{}])
    action = plan.actions.get()
    before = state()
    said = door(admin_client, plan, action, as_alice)
    assert "Ce plan est clôturé ou archivé et ne peut plus changer" in said
    assert "fiche traitée" not in said
    assert state() == before


# --- Who only reads


def test_an_auditor_reads_everything(auditor_client):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    make_action(plan, description="Relire le livret")
    answer = auditor_client.get(page_of(plan))
    assert "Relire le livret" in text_of(answer)
    assert "/move/" not in answer.content.decode()
    assert 'name="title"' not in answer.content.decode()
    assert auditor_client.get(f"{LIST}add/").status_code == 403


def test_what_is_only_read_is_told_once(auditor_client):
    plan = make_plan(
        status=PlanStatus.IN_PROGRESS, root_cause="Aucun relais", cause_method="FIVE_WHYS"
    )
    answer = auditor_client.get(page_of(plan))
    assert 'class="readonly' not in answer.content.decode()
    told, history, _ = text_of(answer).partition("Historique")
    assert history
    assert told.count("Aucun relais") == 1
    assert told.count("Cinq pourquoi") == 1


@pytest.mark.parametrize("move", ["start", "close", "archive", "give-up", "delete"])
def test_an_auditor_moves_nothing(auditor_client, move):
    plan = make_plan()
    before = state()
    answer = auditor_client.send(f"{LIST}{plan.pk}/move/{move}/", {"summary": "x", "reason": "x"})
    assert answer.status_code == 403
    assert auditor_client.get(f"{LIST}{plan.pk}/move/{move}/").status_code == 403
    assert state() == before


@pytest.mark.parametrize("path", ["{}", "{}/change/", "{}/delete/", "add/"])
def test_an_auditors_hand_made_posts_change_nothing(auditor_client, path):
    plan = make_plan()
    make_action(plan)
    before = state()
    body = fields_of(plan, title="Autre", post="yes") | {"actions-0-status": "DONE"}
    auditor_client.send(LIST + path.format(plan.pk), body)
    for action in ("start_each", "archive_each", "give_up_each", "delete_each", "delete_selected"):
        bulk(auditor_client, action, [plan], confirmed="1", post="yes", reason="x")
    assert state() == before


def test_not_even_an_administrator_deletes_by_djangos_page(admin_client):
    plan = make_plan()
    before = state()
    assert admin_client.send(f"{LIST}{plan.pk}/delete/", {"post": "yes"}).status_code == 403
    bulk(admin_client, "delete_selected", [plan], post="yes")
    assert state() == before
