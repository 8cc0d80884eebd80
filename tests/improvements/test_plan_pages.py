"""Plans under `/admin/`: what is shown to whom, and that every write goes through the services."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from improvements.models import CorrectiveAction, ImprovementPlan
from improvements.states import PLAN_MOVES, ActionStatus, PlanStatus, Trigger
from qualiforma.tenants.context import inside
from tests.cast import ALICE, AUDREY, MONA, TWIN
from tests.improvements.factories import link, make_action, make_complaint, make_plan
from tests.staff import Desk, entered, text_of

LIST = "/admin/improvements/improvementplan/"
API = "/api/v1/improvement-plans"
EMPTY_ROWS = {"actions-TOTAL_FORMS": "0", "actions-INITIAL_FORMS": "0"}


@pytest.fixture
def desk(acme) -> Desk:
    return entered(ALICE)


@pytest.fixture
def audit_desk(acme) -> Desk:
    return entered(AUDREY)


def page_of(plan) -> str:
    return f"{LIST}{plan.pk}/change/"


def fields_of(plan, **overrides):
    """The form as the page of this plan holds it."""
    values = {
        "title": plan.title,
        "description": plan.description,
        "trigger": plan.trigger,
        "owner": plan.owner_id,
        "target_date": plan.target_date.isoformat(),
        "indicators": ",".join(map(str, plan.indicators)),
        "linked_complaint_ids": [one.pk for one in plan.linked_complaints],
        "seen": str(plan.version),
    }
    return values | rows_of(plan) | overrides


def rows_of(plan):
    actions = list(plan.actions.all())
    rows = {"actions-TOTAL_FORMS": str(len(actions)), "actions-INITIAL_FORMS": str(len(actions))}
    for rank, action in enumerate(actions):
        rows |= {
            f"actions-{rank}-id": action.pk,
            f"actions-{rank}-plan": plan.pk,
            f"actions-{rank}-description": action.description,
            f"actions-{rank}-status": action.status,
            f"actions-{rank}-owner_id": action.owner_id,
            f"actions-{rank}-due_date": action.due_date or "",
        }
    return rows


def state():
    plans = ImprovementPlan.objects.order_by("pk").values()
    return list(plans), list(CorrectiveAction.objects.order_by("pk").values())


# --- The list


def test_the_list_shows_state_progress_and_lateness(desk):
    late = make_plan(title="Tarder", target_date=timezone.localdate() - timedelta(days=1))
    make_action(late, status=ActionStatus.DONE)
    make_action(late)
    make_plan(title="Supprimé", deleted_at=timezone.now(), deleted_by_id=ALICE.id)
    text = text_of(desk.get(LIST))
    assert "Tarder" in text
    assert "1 / 2" in text
    assert "En retard" in text
    assert "Supprimé" not in text


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
def test_the_list_filters_and_searches_as_the_api_does(desk, query):
    yesterday = timezone.localdate() - timedelta(days=1)
    make_plan(
        title="Préparation des salles",
        trigger=Trigger.AUDIT,
        owner_id=MONA.id,
        indicators=[7],
        target_date=yesterday,
    )
    make_plan(title="Autre chose", status=PlanStatus.COMPLETED)
    text = text_of(desk.get(f"{LIST}?{query}"))
    assert "Préparation des salles" in text
    assert "Autre chose" not in text


def test_the_list_is_the_tenants_own(desk, globex):
    with inside(globex):
        plan = make_plan(title="Secret de Globex", owner_id=TWIN.id)
    assert "Secret de Globex" not in text_of(desk.get(LIST))
    assert desk.get(page_of(plan)).status_code == 302


def test_a_list_costs_the_same_for_20_and_2000_plans(desk, count_queries):
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
    desk.get(LIST)
    few = count_queries(lambda: desk.get(LIST))
    fill(1980)
    assert count_queries(lambda: desk.get(LIST)) == few


# --- One plan


@pytest.mark.parametrize("status", PlanStatus, ids=str)
def test_a_button_for_each_legal_move_and_no_other(desk, status):
    plan = make_plan(status=status)
    shown = set(desk.get(page_of(plan)).content.decode().split(f"/{plan.pk}/move/")[1:])
    names = {part.split("/")[0] for part in shown}
    targets = {"start": "IN_PROGRESS", "close": "COMPLETED", "archive": "ARCHIVED"}
    targets |= {"give-up": "ARCHIVED"}
    moves = sorted(targets[name] for name in names - {"delete"})
    assert moves == sorted(PLAN_MOVES[status])
    assert ("delete" in names) == (status == PlanStatus.DRAFT)
    assert ("give-up" in names) == (status == PlanStatus.IN_PROGRESS)


def test_a_closed_plan_shows_its_report_and_no_field(desk):
    plan = make_plan(status=PlanStatus.COMPLETED)
    link(plan, make_complaint(subject="Salle glaciale"))
    answer = desk.get(page_of(plan))
    text = text_of(answer)
    assert "Accueil revu." in text
    assert "4,8 / 5" in text
    assert "Salle glaciale" in text
    assert 'name="title"' not in answer.content.decode()


def test_a_plan_is_created_with_its_actions(desk):
    complaint = make_complaint()
    body = {
        "title": "Délais",
        "description": "",
        "trigger": "COMPLAINT",
        "owner": MONA.id,
        "target_date": "2026-12-15",
        "linked_complaint_ids": [complaint.pk],
        "actions-TOTAL_FORMS": "2",
        "actions-INITIAL_FORMS": "0",
        "actions-0-description": "Compter",
        "actions-0-status": "DONE",
        "actions-1-description": "Relancer",
        "actions-1-status": "TODO",
        "actions-1-owner_id": ALICE.id,
    }
    answer = desk.send(f"{LIST}add/", body)
    assert answer.status_code == 302, text_of(answer)
    plan = ImprovementPlan.objects.get(title="Délais")
    assert plan.indicators == [31, 32]  # as the service decides
    assert [one.pk for one in plan.linked_complaints] == [complaint.pk]
    rows = list(plan.actions.values_list("description", "owner_id", "status"))
    assert rows == [("Compter", MONA.id, "DONE"), ("Relancer", ALICE.id, "TODO")]
    assert plan.actions.get(description="Compter").completed_at


def test_changes_reach_the_plan_and_its_rows(desk):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    make_action(plan)
    body = fields_of(plan, title="Autre titre") | {"actions-0-status": "DONE"}
    assert desk.send(page_of(plan), body).status_code == 302
    plan.refresh_from_db()
    assert plan.title == "Autre titre"
    assert plan.version == 3
    assert plan.actions.get().completed_at


def test_nothing_changed_is_nothing_done(desk):
    plan = make_plan()
    make_action(plan)
    before = state()
    assert desk.send(page_of(plan), fields_of(plan)).status_code == 302
    assert state() == before


def test_what_another_changed_meanwhile_is_not_overwritten(desk):
    plan = make_plan()
    body = fields_of(plan, title="Le mien")
    ImprovementPlan.objects.filter(pk=plan.pk).update(title="Le sien", version=2)
    answer = desk.send(page_of(plan), body)
    assert answer.status_code == 412
    assert "La ressource a changé entre-temps" in text_of(answer)
    plan.refresh_from_db()
    assert plan.title == "Le sien"


def test_a_services_error_is_shown_at_its_field_and_nothing_is_kept(desk):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    make_action(plan)
    before = state()
    body = fields_of(plan, title="Autre", trigger="AUDIT") | {"actions-0-status": "DONE"}
    answer = desk.send(page_of(plan), body)
    assert answer.status_code == 409
    text = text_of(answer)
    assert "Le déclencheur ne change plus une fois le plan démarré" in text
    assert "succès" not in text
    assert state() == before


def test_a_malformed_field_is_named(desk):
    plan = make_plan()
    answer = desk.send(page_of(plan), fields_of(plan, indicators="99"))
    assert "inférieure ou égale à 33" in text_of(answer)


# --- Moves


def test_a_life_by_buttons(desk):
    plan = make_plan()
    action = make_action(plan)
    assert desk.send(f"{LIST}{plan.pk}/move/start/").status_code == 302
    refused = desk.send(f"{LIST}{plan.pk}/move/close/", {"summary": "Fait."})
    assert refused.status_code == 409
    text = text_of(refused)
    assert f"Actions ni terminées ni annulées : {action.pk}." in text
    assert "Rédiger le livret d’accueil" in text
    assert "Le plan est clôturé." not in text
    CorrectiveAction.objects.update(status=ActionStatus.CANCELLED)
    body = {"summary": "Fait.", "outcomes": " 4,8 / 5 \n\nDélai : 3 jours"}
    assert desk.send(f"{LIST}{plan.pk}/move/close/", body).status_code == 302
    plan.refresh_from_db()
    assert plan.closing_report.outcomes == ["4,8 / 5", "Délai : 3 jours"]
    assert plan.closed_by_id == ALICE.id
    assert desk.send(f"{LIST}{plan.pk}/move/archive/").status_code == 302
    plan.refresh_from_db()
    assert plan.status == PlanStatus.ARCHIVED


def test_giving_up_keeps_the_reason(desk):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    make_action(plan)
    desk.send(f"{LIST}{plan.pk}/move/give-up/", {"reason": "Site fermé"})
    plan.refresh_from_db()
    assert (plan.status, plan.archive_reason) == ("ARCHIVED", "Site fermé")
    assert plan.actions.get().status == ActionStatus.CANCELLED


def test_a_draft_is_deleted_softly(desk):
    plan = make_plan()
    assert desk.send(f"{LIST}{plan.pk}/move/delete/")["Location"] == LIST
    plan.refresh_from_db()
    assert plan.deleted_by_id == ALICE.id
    assert desk.get(page_of(plan)).status_code == 302


def test_no_move_happens_by_following_a_link(desk):
    plan = make_plan()
    before = state()
    for name in ("start", "delete"):
        assert desk.get(f"{LIST}{plan.pk}/move/{name}/").status_code == 200
    assert desk.get(f"{LIST}{plan.pk}/move/nothing/").status_code == 404
    assert state() == before


def bulk(desk, action, plans, **more):
    body = {"action": action, "_selected_action": [plan.pk for plan in plans], **more}
    return desk.send(LIST, body, follow=True)


def test_bulk_moves_report_each_refusal(desk):
    draft, closed = make_plan(title="Neuf"), make_plan(title="Vieux", status=PlanStatus.COMPLETED)
    text = text_of(bulk(desk, "start_each", [draft, closed]))
    assert "1 fiche traitée." in text
    assert "Refusé – « Vieux » : Un plan COMPLETED ne peut pas passer à IN_PROGRESS." in text
    draft.refresh_from_db()
    assert draft.status == PlanStatus.IN_PROGRESS


def test_archiving_many_gives_none_up(desk):
    going, closed = (
        make_plan(status=PlanStatus.IN_PROGRESS),
        make_plan(status=PlanStatus.COMPLETED),
    )
    text = text_of(bulk(desk, "archive_each", [going, closed]))
    assert "n’est pas clôturé" in text
    assert set(ImprovementPlan.objects.values_list("status", flat=True)) == {
        "IN_PROGRESS",
        "ARCHIVED",
    }


def test_giving_many_up_asks_for_the_reason(desk):
    plans = [make_plan(status=PlanStatus.IN_PROGRESS) for _ in range(2)]
    assert "Plans choisis" in text_of(bulk(desk, "give_up_each", plans))
    assert "2 fiches traitées." in text_of(
        bulk(desk, "give_up_each", plans, confirmed="1", reason="Fusion")
    )
    assert set(ImprovementPlan.objects.values_list("archive_reason", flat=True)) == {"Fusion"}


def test_deleting_many_is_soft_and_by_the_service(desk):
    draft, going = make_plan(), make_plan(title="Actif", status=PlanStatus.IN_PROGRESS)
    text = text_of(bulk(desk, "delete_each", [draft, going]))
    assert "« Actif » : Seul un plan en brouillon peut être supprimé" in text
    draft.refresh_from_db()
    assert draft.deleted_at


# --- One rule, four doors


def by_api(desk, plan, action, as_alice):
    body = {"status": "ARCHIVED", "reason": "Plus tard"}
    return as_alice.patch(f"{API}/{plan.pk}", body).content.decode()


def by_button(desk, plan, action, as_alice):
    return text_of(desk.send(f"{LIST}{plan.pk}/move/give-up/", {"reason": "Plus tard"}))


def by_bulk_action(desk, plan, action, as_alice):
    return text_of(bulk(desk, "give_up_each", [plan], confirmed="1", reason="Plus tard"))


def by_inline_edit(desk, plan, action, as_alice):
    body = fields_of(plan) | {"actions-0-status": "DONE"}
    return text_of(desk.send(page_of(plan), body))


@pytest.mark.parametrize("door", [by_api, by_button, by_bulk_action, by_inline_edit])
def test_the_same_rule_refuses_at_every_door_with_the_same_words(desk, as_alice, door):
    plan = make_plan(status=PlanStatus.ARCHIVED)
    action = make_action(plan)
    before = state()
    said = door(desk, plan, action, as_alice)
    assert "Ce plan est clôturé ou archivé et ne peut plus changer" in said
    assert "fiche traitée" not in said
    assert state() == before


# --- Who only reads


def test_an_auditor_reads_everything(audit_desk):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    make_action(plan, description="Relire le livret")
    answer = audit_desk.get(page_of(plan))
    assert "Relire le livret" in text_of(answer)
    assert "/move/" not in answer.content.decode()
    assert 'name="title"' not in answer.content.decode()
    assert audit_desk.get(f"{LIST}add/").status_code == 403


@pytest.mark.parametrize("move", ["start", "close", "archive", "give-up", "delete"])
def test_an_auditor_moves_nothing(audit_desk, move):
    plan = make_plan()
    before = state()
    answer = audit_desk.send(f"{LIST}{plan.pk}/move/{move}/", {"summary": "x", "reason": "x"})
    assert answer.status_code == 403
    assert audit_desk.get(f"{LIST}{plan.pk}/move/{move}/").status_code == 403
    assert state() == before


@pytest.mark.parametrize("path", ["{}", "{}/change/", "{}/delete/", "add/"])
def test_an_auditors_hand_made_posts_change_nothing(audit_desk, path):
    plan = make_plan()
    make_action(plan)
    before = state()
    body = fields_of(plan, title="Autre", post="yes") | {"actions-0-status": "DONE"}
    audit_desk.send(LIST + path.format(plan.pk), body)
    for action in ("start_each", "archive_each", "give_up_each", "delete_each", "delete_selected"):
        bulk(audit_desk, action, [plan], confirmed="1", post="yes", reason="x")
    assert state() == before


def test_not_even_an_administrator_deletes_by_djangos_page(desk):
    plan = make_plan()
    before = state()
    assert desk.send(f"{LIST}{plan.pk}/delete/", {"post": "yes"}).status_code == 403
    bulk(desk, "delete_selected", [plan], post="yes")
    assert state() == before
