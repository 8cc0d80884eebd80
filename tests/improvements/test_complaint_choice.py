"""Linking complaints to a plan: found by searching, however many there are."""

import pytest
from django.utils import timezone

from improvements.models import Complaint
from improvements.states import ComplainantRole, ComplaintChannel
from qualiforma.admin.picking import FOUND_MAX
from qualiforma.tenants.context import tenant_context
from tests.admin_client import AdminClient
from tests.improvements.factories import link, make_complaint, make_plan
from tests.improvements.pages import LIST, fields_of, page_of

PICK = "/admin/improvements/complaint/pick/"


def fill(count):
    Complaint.objects.bulk_create(
        Complaint(
            subject=f"Réclamation {rank}",
            channel=ComplaintChannel.EMAIL,
            complainant_role=ComplainantRole.LEARNER,
            received_at=timezone.now(),
        )
        for rank in range(count)
    )


@pytest.mark.parametrize("reader", ["admin_client", "auditor_client"])
def test_it_is_found_as_lists_find_it(request, acme, reader):
    complaint = make_complaint(subject="Salle glaciale", description="Chauffage coupé")
    make_complaint(subject="Autre chose")
    answer = request.getfixturevalue(reader).get(f"{PICK}?q=CHAUFFAGE+glaciale").json()
    assert [one["id"] for one in answer["results"]] == [complaint.pk]
    assert answer["results"][0]["text"].startswith("Salle glaciale – ")
    assert answer["results"][0]["text"].endswith(", Ouverte")


def test_a_long_answer_says_that_there_is_more(admin_client, count_queries):
    fill(FOUND_MAX)
    few = count_queries(lambda: admin_client.get(f"{PICK}?q=reclamation"))
    assert not admin_client.get(f"{PICK}?q=reclamation").json()["more"]
    fill(500)
    answer = admin_client.get(f"{PICK}?q=reclamation").json()
    assert (len(answer["results"]), answer["more"]) == (FOUND_MAX, True)
    assert count_queries(lambda: admin_client.get(f"{PICK}?q=reclamation")) == few


def test_it_is_the_tenants_own_and_not_for_everybody(admin_client, globex):
    with tenant_context(globex):
        make_complaint(subject="Secret de Globex")
    assert admin_client.get(f"{PICK}?q=secret").json()["results"] == []
    assert AdminClient().get(f"{PICK}?q=secret").status_code == 302


def test_a_plans_page_holds_only_what_is_linked(admin_client, count_queries):
    plan, complaint = make_plan(), make_complaint(subject="Liée")
    link(plan, complaint)
    few = count_queries(lambda: admin_client.get(page_of(plan)))
    size = len(admin_client.get(page_of(plan)).content)
    fill(1000)
    admin_client.get(page_of(plan))  # whatever is remembered for half a minute
    assert count_queries(lambda: admin_client.get(page_of(plan))) == few
    page = admin_client.get(page_of(plan)).content.decode()
    assert page.count('name="linked_complaint_ids"') == 1
    assert abs(len(page.encode()) - size) < 500


def test_links_are_added_and_taken_away(admin_client, globex):
    plan, old, new = make_plan(), make_complaint(), make_complaint()
    link(plan, old)
    admin_client.send(page_of(plan), fields_of(plan, linked_complaint_ids=[new.pk]))
    plan.refresh_from_db()
    assert [one.pk for one in plan.linked_complaints] == [new.pk]
    with tenant_context(globex):
        foreign = make_complaint()
    for wrong in (foreign.pk, "cmp_", "<b>"):
        answer = admin_client.send(page_of(plan), fields_of(plan, linked_complaint_ids=[wrong]))
        assert answer.status_code == 200
        assert "text-red-600" in answer.content.decode()
    assert (
        admin_client.get(f"{LIST}add/?linked_complaint_ids={old.pk}").content.decode().count(old.pk)
        == 1
    )
