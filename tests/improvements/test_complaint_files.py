"""Files of a complaint: joined, read and removed, on its page and by the API; for whom."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.admin.utils import quote
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from improvements.jobs import purge_orphan_files
from improvements.models import ComplaintAttachment
from improvements.services import attachments as service
from qualiforma.audit.models import AuditEvent
from qualiforma.files import stored_below
from tests.admin_client import text_of
from tests.cast import BOB, Client
from tests.files import PAGE, PDF
from tests.improvements.factories import make_complaint, make_complaint_file

COMPLAINTS = "/api/v1/complaints"
ADMIN = "/admin/improvements/complaint/"
pytestmark = pytest.mark.usefixtures("each_storage")


@pytest.fixture
def complaint(acme):
    return make_complaint()


def a_file(name="Courrier reçu.pdf", content=PDF):
    return SimpleUploadedFile(name, content)


def upload(client, complaint, **headers):
    url = f"{COMPLAINTS}/{complaint.pk}/attachments"
    return client.post(url, {"file": a_file()}, format="multipart", **headers)


def attach(browser, complaint, file):
    return browser.send(f"{ADMIN}{complaint.pk}/attachments/", {"file": file})


def stored():
    return [key for key, _size in stored_below("tenants")]


def test_a_file_is_joined_on_the_page_fetched_and_removed(
    admin_client, complaint, django_capture_on_commit_callbacks
):
    page = f"{ADMIN}{quote(complaint.pk)}/change/"
    assert "joignez le courrier reçu" in text_of(admin_client.get(page))
    assert attach(admin_client, complaint, a_file())["Location"] == page
    text = text_of(admin_client.get(page))
    assert f"Courrier reçu.pdf PDF {len(PDF)} octets" in text
    assert "Alice Durand a joint un fichier à la réclamation" in text
    assert "Sans donnée personnelle" not in text
    file = complaint.attachments.get()
    fetched: Any = admin_client.get(f"{ADMIN}{complaint.pk}/attachments/{file.pk}/", follow=True)
    assert b"".join(fetched.streaming_content) == PDF
    removal = f"{ADMIN}{complaint.pk}/attachments/{file.pk}/delete/"
    assert "« Courrier reçu.pdf » sera supprimé" in text_of(admin_client.get(removal))
    with django_capture_on_commit_callbacks(execute=True):
        assert admin_client.send(removal)["Location"] == page
    assert not complaint.attachments.exists()
    assert stored() == []


def test_what_is_not_taken_is_named_and_not_stored(admin_client, complaint):
    answer = attach(admin_client, complaint, a_file(content=PAGE))
    assert answer.status_code == 400
    assert "« Courrier reçu.pdf » : Le contenu de ce fichier n’est pas admis." in text_of(answer)
    assert not ComplaintAttachment.objects.exists()
    assert stored() == []


def test_an_auditor_reads_and_changes_nothing(auditor_client, complaint):
    file = make_complaint_file(complaint)
    answer = auditor_client.get(f"{ADMIN}{complaint.pk}/change/")
    assert "courrier.pdf" in text_of(answer)
    assert 'type="file"' not in answer.content.decode()
    assert attach(auditor_client, complaint, a_file()).status_code == 403
    removal = f"{ADMIN}{complaint.pk}/attachments/{file.pk}/delete/"
    assert auditor_client.send(removal).status_code == 403
    assert ComplaintAttachment.objects.get() == file


def test_a_file_of_another_complaint_is_not_found(admin_client, as_alice, complaint):
    file = make_complaint_file(make_complaint())
    assert admin_client.get(f"{ADMIN}{complaint.pk}/attachments/{file.pk}/").status_code == 404
    url = f"{COMPLAINTS}/{complaint.pk}/attachments/{file.pk}"
    assert as_alice.delete(url).status_code == 404


def test_the_api_adds_lists_and_removes(as_alice, as_audrey, complaint):
    answer = upload(as_alice, complaint)
    assert (answer.status_code, answer["ETag"]) == (201, '"2"')
    row = answer.json()["data"]
    assert (row["name"], row["size"]) == ("Courrier reçu.pdf", len(PDF))
    content: Any = Client(None).get(row["url"].partition("8000")[2])
    assert b"".join(content.streaming_content) == PDF
    url = f"{COMPLAINTS}/{complaint.pk}/attachments"
    assert [one["id"] for one in as_audrey.get(url).json()["data"]] == [row["id"]]
    assert as_alice.delete(f"{url}/{row['id']}").status_code == 204
    assert as_alice.get(url).json()["data"] == []
    trail = AuditEvent.objects.filter(root_id=complaint.pk, object_type="complaint_attachment")
    assert list(trail.order_by("pk").values_list("action", flat=True)) == [
        "improvements.complaint_attachment.added",
        "improvements.complaint_attachment.removed",
    ]


def test_the_person_who_complained_sees_no_file_of_the_register(as_bob, acme):
    """A learner sees their complaint; what is filed with it is the organisation's."""
    complaint = make_complaint(created_by_id=BOB.id)
    assert as_bob.get(f"{COMPLAINTS}/{complaint.pk}").status_code == 200
    assert as_bob.get(f"{COMPLAINTS}/{complaint.pk}/attachments").status_code == 403


def test_a_stale_upload_stores_nothing(as_alice, complaint):
    assert upload(as_alice, complaint, HTTP_IF_MATCH='"7"').status_code == 412
    assert stored() == []


def test_many_but_not_more(as_alice, complaint, monkeypatch):
    monkeypatch.setattr(service, "ATTACHMENTS_MAX", 2)
    answers = [upload(as_alice, complaint) for _ in range(3)]
    assert [one.status_code for one in answers] == [201, 201, 409]
    assert answers[2].json()["code"] == "TOO_MANY_ATTACHMENTS"
    assert len(stored()) == 2


def test_the_nightly_purge_keeps_the_files_of_complaints(as_alice, complaint):
    upload(as_alice, complaint)
    [key] = stored()
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        purge_orphan_files.function()
    assert stored() == [key]


def test_a_page_costs_the_same_for_one_file_and_for_many(admin_client, complaint, count_queries):
    page = f"{ADMIN}{complaint.pk}/change/"
    make_complaint_file(complaint)
    admin_client.get(page)  # whatever is remembered for half a minute
    few = count_queries(lambda: admin_client.get(page))
    for _ in range(20):
        make_complaint_file(complaint)
    assert count_queries(lambda: admin_client.get(page)) == few
