"""Complaints, improvement plans and their actions as files: taken by the services, or refused."""

import pytest
from django.utils import timezone

from improvements.models import Complaint, CorrectiveAction, ImprovementPlan
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role
from qualiforma.training.importing.importer import Mode
from qualiforma.training.importing.kinds import KINDS
from tests.admin_client import text_of
from tests.cast import ALICE
from tests.improvements.factories import make_action, make_complaint, make_plan, make_theme
from tests.qualiforma.training.sheets import counts, csv_file, imported, newest_entry

pytestmark = pytest.mark.django_db
COMPLAINT_HEAD = "Date de réception;Objet;Canal;Qualité;Statut;Répondue le;Réponse"
COMPLAINT = "03/11/2025;Salle froide;mail;Stagiaire;;;"
PLAN_HEAD = "Titre;Déclencheur;Responsable;Échéance;Statut;Réclamations liées"
PLAN = f"Accueil;Audit;{ALICE.email};31/12/2026;;"
ACTION_HEAD = "Plan;Action;Qui;Pour le;Avancement;Réalisée le"
ACTION = f"accueil;Rédiger le livret;{ALICE.email};30/11/2026;;"


def taken(kind, folder, head, *lines, mode=Mode.ALL):
    outcome, refusals = imported(kind, csv_file(folder, head, *lines), mode)
    return counts(outcome), [(one.column, one.reason) for one in refusals]


def test_a_register_of_complaints_comes_in_with_what_became_of_each(acme, tmp_path):
    make_theme("Locaux")
    line = COMPLAINT.replace(";;;", ";Résolue;03/11/2025;Chauffée")
    found = taken("complaints", tmp_path, COMPLAINT_HEAD, COMPLAINT, line.replace("Salle", "Cour"))
    assert found == ((2, 0, 0, 0), [])
    complaint = Complaint.objects.get(subject="Cour froide")
    assert (complaint.channel, complaint.complainant_role) == ("EMAIL", "LEARNER")
    assert (complaint.status, complaint.resolution) == ("RESOLVED", "Chauffée")
    assert complaint.resolved_at == complaint.received_at
    assert complaint.answer_by
    assert taken("complaints", tmp_path, COMPLAINT_HEAD, COMPLAINT) == ((0, 0, 1, 0), [])
    answered = COMPLAINT.replace(";;;", ";Résolue;05/11/2025;Chauffée")
    assert taken("complaints", tmp_path, COMPLAINT_HEAD, answered) == ((0, 1, 0, 0), [])
    assert newest_entry().action == "training.records.imported"


def test_a_day_alone_is_never_before_the_hour_of_reception(acme, tmp_path):
    line = COMPLAINT.replace("2025", "2025 14:30").replace(";;;", ";Rejetée;03/11/2025;Non")
    assert taken("complaints", tmp_path, COMPLAINT_HEAD, line) == ((1, 0, 0, 0), [])
    assert taken("complaints", tmp_path, COMPLAINT_HEAD, line) == ((0, 0, 1, 0), [])


REFUSED_COMPLAINTS = {
    "to come": (COMPLAINT.replace("2025", "2199"), "Date de réception"),
    "long": (COMPLAINT.replace("Salle", "x" * 201), "Objet"),
    "no answer": (COMPLAINT.replace(";;;", ";Résolue;;"), "Réponse"),
    "answered before": (COMPLAINT.replace(";;;", ";Résolue;02/11/2025;Oui"), "Répondue le"),
    "unknown channel": (COMPLAINT.replace("mail", "pigeon"), "Canal"),
    "no subject": (COMPLAINT.replace("Salle froide", ""), "Objet"),
}


@pytest.mark.parametrize(("line", "column"), REFUSED_COMPLAINTS.values(), ids=REFUSED_COMPLAINTS)
def test_a_refused_complaint_names_its_column_and_leaves_nothing(acme, tmp_path, line, column):
    found, refusals = taken("complaints", tmp_path, COMPLAINT_HEAD, line)
    assert (found, [one for one, _reason in refusals]) == ((0, 0, 0, 1), [column])
    assert not Complaint.objects.exists()


def test_themes_are_found_by_name_and_the_nearest_is_offered(acme, tmp_path):
    theme = make_theme("Accueil et locaux")
    head, line = f"{COMPLAINT_HEAD};Thème;E-mail", f"{COMPLAINT};accueil et LOCAUX;a@b.example"
    assert taken("complaints", tmp_path, head, line) == ((1, 0, 0, 0), [])
    assert Complaint.objects.get().theme == theme
    line = line.replace("accueil et LOCAUX", "Acueil et locaux").replace("a@b.example", "a@b")
    _found, refusals = taken("complaints", tmp_path, head, line)
    assert "Voulez-vous dire « Accueil et locaux » ?" in refusals[0][1]
    assert refusals[1] == ("E-mail", "Indiquez une adresse e-mail.")


def test_plans_come_in_as_drafts_or_under_way(acme, tmp_path):
    complaint = make_complaint(subject="Salle froide")
    line = f"{PLAN[:-2]};En cours;salle froide"
    assert taken("improvement-plans", tmp_path, PLAN_HEAD, PLAN) == ((1, 0, 0, 0), [])
    plan = ImprovementPlan.objects.get()
    assert (plan.status, plan.owner_id, plan.indicators) == ("DRAFT", ALICE.id, [32])
    assert taken("improvement-plans", tmp_path, PLAN_HEAD, line) == ((0, 1, 0, 0), [])
    plan.refresh_from_db()
    assert (plan.status, plan.linked_complaints) == ("IN_PROGRESS", [complaint])
    assert taken("improvement-plans", tmp_path, PLAN_HEAD, line) == ((0, 0, 1, 0), [])


REFUSED_PLANS = {
    "closed": (f"{PLAN[:-2]};Clôturé;", "Statut"),
    "archived": (f"{PLAN[:-2]};Archivé;", "Statut"),
    "nobody's": (PLAN.replace(ALICE.email, "nobody@acme.fr"), "Responsable"),
    "of no complaint": (f"{PLAN}Autre", "Réclamations liées"),
    "no such day": (PLAN.replace("31/12", "31/02"), "Échéance"),
}


@pytest.mark.parametrize(("line", "column"), REFUSED_PLANS.values(), ids=REFUSED_PLANS)
def test_a_refused_plan_names_its_column_and_leaves_nothing(acme, tmp_path, line, column):
    found, refusals = taken("improvement-plans", tmp_path, PLAN_HEAD, line)
    assert (found, [one for one, _reason in refusals]) == ((0, 0, 0, 1), [column])
    assert not ImprovementPlan.objects.exists()


def test_a_closed_plan_stays_as_it_is(acme, tmp_path):
    plan = make_plan(title="Accueil", status="COMPLETED")
    found, refusals = taken("improvement-plans", tmp_path, "Identifiant;Titre", f"{plan.pk};Autre")
    assert found == (0, 0, 0, 1)
    assert refusals[0][1]
    plan.refresh_from_db()
    assert plan.title == "Accueil"


def test_actions_join_the_plan_that_their_row_names(acme, tmp_path):
    plan = make_plan(title="Accueil", status="IN_PROGRESS")
    done = ACTION.replace("Rédiger", "Relire").replace("2026;;", "2026;Fait;12/11/2025")
    assert taken("corrective-actions", tmp_path, ACTION_HEAD, ACTION, done) == ((2, 0, 0, 0), [])
    todo, finished = CorrectiveAction.objects.order_by("position")
    assert (todo.plan_id, todo.status, str(todo.due_date)) == (plan.pk, "TODO", "2026-11-30")
    assert (finished.status, timezone.localdate(finished.completed_at).day) == ("DONE", 12)
    again = ACTION.replace("accueil", plan.reference)
    assert taken("corrective-actions", tmp_path, ACTION_HEAD, again) == ((0, 0, 1, 0), [])
    late = again.replace("30/11", "15/12") + ";Congés"
    found = taken("corrective-actions", tmp_path, f"{ACTION_HEAD};Motif du report", late)
    assert found == ((0, 1, 0, 0), [])
    assert todo.due_date_moves.get().reason == "Congés"


REFUSED_ACTIONS = {
    "of no plan": (ACTION.replace("accueil", "Acceuil"), "Plan"),
    "done tomorrow": (ACTION.replace("2026;;", "2026;Fait;12/11/2199"), "Réalisée le"),
    "a day but not done": (ACTION.replace("2026;;", "2026;À faire;12/11/2025"), "Réalisée le"),
    "in a closed plan": (ACTION.replace("accueil", "Clos"), ""),
}


@pytest.mark.parametrize(("line", "column"), REFUSED_ACTIONS.values(), ids=REFUSED_ACTIONS)
def test_a_refused_action_names_its_column_and_leaves_nothing(acme, tmp_path, line, column):
    make_plan(title="Accueil")
    make_plan(title="Clos", status="COMPLETED")
    found, refusals = taken("corrective-actions", tmp_path, ACTION_HEAD, line)
    assert (found, [one for one, _reason in refusals]) == ((0, 0, 0, 1), [column])
    assert not CorrectiveAction.objects.exists()


@pytest.mark.parametrize(
    ("kind", "head", "line", "model"),
    [
        ("complaints", COMPLAINT_HEAD, COMPLAINT, Complaint),
        ("improvement-plans", PLAN_HEAD, f"{PLAN[:-2]};En cours;", ImprovementPlan),
        ("corrective-actions", ACTION_HEAD, ACTION, CorrectiveAction),
    ],
)
def test_a_trial_writes_nothing(acme, tmp_path, kind, head, line, model):
    make_plan(title="Accueil" if kind == "corrective-actions" else "Autre", status="IN_PROGRESS")
    before = model.objects.count()
    assert taken(kind, tmp_path, head, line, mode=Mode.DRY_RUN) == ((1, 0, 0, 0), [])
    assert model.objects.count() == before


@pytest.mark.parametrize(
    ("kind", "may_import", "may_export"),
    [
        ("complaints", {"ADMIN"}, {"ADMIN", "MANAGER", "AUDITOR"}),
        ("improvement-plans", {"ADMIN"}, {"ADMIN", "AUDITOR"}),
        ("corrective-actions", {"ADMIN"}, {"ADMIN", "AUDITOR"}),
    ],
)
def test_who_may_what(kind, may_import, may_export):
    actors = [Actor(id="usr_any", name="Any", role=one) for one in Role]
    assert {one.role for one in actors if KINDS[kind].may_import(one)} == may_import
    assert {one.role for one in actors if KINDS[kind].may_export(one)} == may_export


@pytest.mark.parametrize("name", ["complaint", "improvementplan", "correctiveaction"])
def test_each_list_leads_to_import_and_export(acme, admin_client, name):
    make_action(make_plan())
    make_complaint()
    words = text_of(admin_client.get(f"/admin/improvements/{name}/")).split()
    assert {"Importer", "Exporter"} <= set(words)
    assert "Colonnes reconnues" in text_of(admin_client.get(f"/admin/improvements/{name}/import/"))
