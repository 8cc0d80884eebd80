"""Complaints under `/admin/`: entered, answered, and the plan that follows."""

import pytest
from django.contrib.admin.utils import quote
from django.utils import timezone

from improvements.models import Complaint, ImprovementPlan
from improvements.states import ComplaintStatus
from tests.admin_client import text_of
from tests.cast import ALICE
from tests.improvements.factories import link, make_complaint, make_plan
from tests.improvements.pages import LIST as PLANS

LIST = "/admin/improvements/complaint/"


def fields_of(complaint, **overrides):
    received = timezone.localtime(complaint.received_at)
    return {
        "subject": complaint.subject,
        "description": complaint.description,
        "kind": complaint.kind,
        "channel": complaint.channel,
        "complainant_name": complaint.complainant_name,
        "complainant_role": complaint.complainant_role,
        "received_at_0": received.date().isoformat(),
        "received_at_1": received.time().isoformat("seconds"),
        "status": complaint.status,
        "resolution": complaint.resolution,
        "expected_version": str(complaint.version),
    } | overrides


def page_of(complaint):
    return f"{LIST}{quote(complaint.pk)}/change/"


def state():
    return list(Complaint.objects.order_by("pk").values())


def test_the_day_of_reception_is_the_one_in_paris(admin_client):
    make_complaint(received_at="2026-06-30T22:30Z")
    complaints = "/admin/improvements/complaint/"
    assert "01/07/2026" in text_of(admin_client.get(complaints))
    english = {"HTTP_ACCEPT_LANGUAGE": "en-GB"}
    assert "1 Jul 2026" in text_of(
        admin_client.get(complaints, **english)
    )  # neither 07/01 nor 01/07


def test_a_complaint_is_entered(admin_client):
    body = {
        "subject": "Froid",
        "kind": "DIFFICULTY",
        "channel": "ORAL",
        "complainant_role": "LEARNER",
    }
    answer = admin_client.send(f"{LIST}add/", body)
    assert answer.status_code == 302, text_of(answer)
    complaint = Complaint.objects.get()
    assert (complaint.created_by_id, complaint.kind) == (ALICE.id, "DIFFICULTY")
    assert complaint.received_at <= timezone.now()


def test_the_list_searches_and_shows_what_waits(admin_client):
    make_complaint(subject="Préparation bâclée")
    now = timezone.now()
    done = {"status": ComplaintStatus.RESOLVED, "received_at": now, "resolved_at": now}
    make_complaint(subject="Réglée", **done)
    for query in ("q=preparation baclee", "answered=false"):
        text = text_of(admin_client.get(f"{LIST}?{query}"))
        assert "Préparation bâclée" in text
        assert "Réglée" not in text


def test_an_answer_is_given(admin_client):
    complaint = make_complaint()
    body = fields_of(complaint, status="RESOLVED", resolution="Convocations à J-15.")
    answer = admin_client.send(page_of(complaint), body)
    assert answer.status_code == 302, text_of(answer)
    complaint.refresh_from_db()
    assert complaint.status == ComplaintStatus.RESOLVED
    assert complaint.resolved_at
    assert complaint.version == 2


def test_the_service_refuses_at_the_field_as_it_does_in_the_api(admin_client, as_alice):
    complaint = make_complaint()
    before = state()
    answer = admin_client.send(page_of(complaint), fields_of(complaint, status="RESOLVED"))
    api = as_alice.patch(f"/api/v1/complaints/{complaint.pk}", {"status": "RESOLVED"}).json()
    assert (answer.status_code, api["status"]) == (400, 400)
    assert api["errors"][0]["detail"] == "Indiquez la réponse donnée."
    assert "Indiquez la réponse donnée." in text_of(answer)
    assert state() == before


def test_only_legal_statuses_are_offered(admin_client):
    complaint = make_complaint(status=ComplaintStatus.IN_PROGRESS)
    page = admin_client.get(page_of(complaint)).content.decode()
    assert 'value="RESOLVED"' in page
    assert 'value="OPEN"' not in page
    answer = admin_client.send(page_of(complaint), fields_of(complaint, status="OPEN"))
    assert answer.status_code == 200
    complaint.refresh_from_db()
    assert complaint.status == ComplaintStatus.IN_PROGRESS


def test_a_plan_is_created_from_it(admin_client):
    complaint = make_complaint(subject="Salle & froid")
    page = admin_client.get(page_of(complaint)).content.decode()
    target = page.split('href="/admin/improvements/improvementplan/add/?')[1].split('"')[0]
    form = admin_client.get(f"{PLANS}add/?{target.replace('&amp;', '&')}").content.decode()
    assert "Salle &amp; froid" in form
    assert f'name="linked_complaint_ids" value="{complaint.pk}" checked' in form
    assert '<option value="COMPLAINT" selected>' in form


def test_the_page_names_the_plans_that_answer_it(admin_client):
    complaint = make_complaint()
    link(make_plan(title="Chauffage"), complaint)
    assert "Chauffage" in text_of(admin_client.get(page_of(complaint)))


@pytest.mark.parametrize("path", ["{}/change/", "{}/delete/", "add/"])
def test_an_auditor_reads_and_changes_nothing(auditor_client, path):
    complaint = make_complaint(subject="Lue")
    before = state()
    page = auditor_client.get(page_of(complaint))
    assert "Lue" in text_of(page)
    assert "improvementplan/add" not in page.content.decode()
    body = fields_of(complaint, subject="Autre", post="yes")
    assert auditor_client.send(LIST + path.format(complaint.pk), body).status_code == 403
    assert state() == before
    assert not ImprovementPlan.objects.exists()


def test_the_list_costs_the_same_for_few_and_many(admin_client, count_queries):
    make_complaint()
    admin_client.get(LIST)
    few = count_queries(lambda: admin_client.get(LIST))
    for _ in range(30):
        make_complaint()
    assert count_queries(lambda: admin_client.get(LIST)) == few
