"""From a complaint to its report: what is asked once is not asked again, and one stays where one works."""

from datetime import timedelta

from django.utils import timezone

from improvements.models import ImprovementPlan
from improvements.states import ActionStatus, ComplaintStatus, PlanStatus
from tests.admin_client import text_of
from tests.cast import ALICE
from tests.improvements.factories import link, make_action, make_complaint, make_plan
from tests.improvements.pages import LIST
from tests.pages import form_of


def close(admin_client, plan, **fields):
    return admin_client.send(f"{LIST}{plan.pk}/move/close/", {"summary": "Fait."} | fields)


def test_a_plan_is_filled_with_what_the_complaint_says(admin_client):
    complaint = make_complaint(subject="Salle froide", description="12 °C le matin")
    form = form_of(
        admin_client.get(f"{LIST}add/?trigger=COMPLAINT&linked_complaint_ids={complaint.pk}")
    )
    assert (form["title"], form["description"]) == (["Salle froide"], ["12 °C le matin"])
    assert (form["owner"], form["trigger"]) == ([ALICE.id], ["COMPLAINT"])
    in_a_month = timezone.localdate() + timedelta(days=30)
    assert form["target_date"] == [f"{in_a_month:%d/%m/%Y}"]
    form["actions-0-description"] = ["Régler le chauffage"]
    answer = admin_client.send(f"{LIST}add/", form | {"_start": ["1"]})
    plan = ImprovementPlan.objects.get()
    assert (plan.status, plan.actions.get().owner_id) == (PlanStatus.IN_PROGRESS, ALICE.id)
    assert answer["Location"].endswith(f"{plan.pk.replace('_', '_5F')}/change/")


def test_closing_finishes_actions_and_answers_the_complaint(admin_client):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    done, left = make_action(plan), make_action(plan, status=ActionStatus.CANCELLED)
    complaint = make_complaint(subject="Salle froide")
    link(plan, complaint)
    page = admin_client.get(f"{LIST}{plan.pk}/move/close/")
    assert "Réponse donnée à l’auteur : Salle froide" in text_of(page)
    answer = close(
        admin_client, plan, done=[done.pk], **{f"answer-{complaint.pk}": "Chauffage réglé."}
    )
    assert answer.status_code == 302
    for one in (plan, done, left, complaint):
        one.refresh_from_db()
    assert (plan.status, done.status, left.status) == ("COMPLETED", "DONE", "CANCELLED")
    assert (complaint.status, complaint.resolution) == ("RESOLVED", "Chauffage réglé.")
    assert "Salle froide" in str(plan.closing_report.snapshot)
    assert "RESOLVED" in str(plan.closing_report.snapshot)


def test_a_refused_closing_keeps_everything_as_it_was(admin_client):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    done, left = make_action(plan), make_action(plan, description="Pas faite")
    complaint = make_complaint()
    link(plan, complaint)
    answer = close(
        admin_client, plan, done=[done.pk], **{f"answer-{complaint.pk}": "Chauffage réglé."}
    )
    assert answer.status_code == 409
    assert "« Pas faite »" in text_of(answer)
    for one in (plan, done, left, complaint):
        one.refresh_from_db()
    assert (plan.status, done.status) == ("IN_PROGRESS", "TODO")
    assert complaint.status == ComplaintStatus.OPEN


def test_a_complaint_without_an_answer_stays_open(admin_client):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    complaint = make_complaint()
    link(plan, complaint)
    assert close(admin_client, plan).status_code == 302
    complaint.refresh_from_db()
    assert complaint.status == ComplaintStatus.OPEN


def test_saving_stays_with_the_record_unless_one_asks_to_leave(admin_client):
    page = "/admin/training/company/"
    answer = admin_client.send(f"{page}add/", {"name": "Mairie", "_continue": "1"})
    assert answer["Location"].endswith("/change/")
    assert admin_client.send(f"{page}add/", {"name": "Port", "_save": "1"})["Location"] == page
    text = text_of(admin_client.get(f"{page}add/"))
    assert "Enregistrer et fermer" in text
