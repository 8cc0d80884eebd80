"""Files of a plan: taken, listed, read back, removed; and what is not taken."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from improvements.jobs import purge_orphan_files
from improvements.models import ClosingReport, ImprovementPlan, PlanAttachment
from improvements.services import attachments as service
from improvements.states import PlanStatus
from qualiforma import uploads
from qualiforma.files import stored_below
from qualiforma.tenants.context import tenant_context
from tests.cast import BOB, Client
from tests.files import PDF, REFUSED, TAKEN
from tests.improvements.factories import make_plan

PLANS = "/api/v1/improvement-plans"
pytestmark = pytest.mark.usefixtures("each_storage")


@pytest.fixture
def plan(acme):
    return make_plan(status=PlanStatus.IN_PROGRESS)


def upload(client, plan, name="Rapport d’été.pdf", content=PDF, **headers):
    body = {"file": SimpleUploadedFile(name, content)}
    return client.post(f"{PLANS}/{plan.pk}/attachments", body, format="multipart", **headers)


def stored():
    return [key for key, _size in stored_below("tenants")]


def content(answer: Any) -> bytes:
    """What is streamed; reading it to its end closes the file."""
    return b"".join(answer.streaming_content)


def status_of(path):
    answer = Client(None).get(path)
    if answer.streaming:
        content(answer)
    return answer.status_code


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_taken(as_alice, plan, name):
    answer = upload(as_alice, plan, name, TAKEN[name])
    assert answer.status_code == 201, answer.content
    row = answer.json()["data"]
    assert row["attachmentS3Key"].startswith(f"tenants/acme/improvements/{plan.pk}/att_")
    assert (row["name"], row["size"]) == (name, len(TAKEN[name]))
    assert row["sha256"] == hashlib.sha256(TAKEN[name]).hexdigest()
    with default_storage.open(row["attachmentS3Key"]) as file:
        assert file.read() == TAKEN[name]
    assert answer["ETag"] == '"2"'


@pytest.mark.parametrize(("name", "content"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_taken_is_not_stored(as_alice, plan, name, content):
    answer = upload(as_alice, plan, name, content)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["file"]
    assert stored() == []
    assert not PlanAttachment.objects.exists()


def test_too_large(as_alice, plan, monkeypatch):
    monkeypatch.setattr(uploads, "UPLOAD_MAX_BYTES", len(PDF) - 1)
    answer = upload(as_alice, plan)
    assert [error["code"] for error in answer.json()["errors"]] == ["too_large"]
    assert stored() == []
    huge = upload(as_alice, plan, content=b"%PDF-" + b"x" * 22 * 1024 * 1024)
    assert (huge.status_code, huge.json()["code"]) == (413, "BODY_TOO_LARGE")


@pytest.mark.parametrize(
    "body", [{}, {"file": "text"}, {"fichier": SimpleUploadedFile("a.pdf", PDF)}]
)
def test_a_form_of_another_shape(as_alice, plan, body):
    answer = as_alice.post(f"{PLANS}/{plan.pk}/attachments", body, format="multipart")
    assert answer.status_code == 400
    assert as_alice.post(f"{PLANS}/{plan.pk}/attachments", {"file": "x"}).status_code == 415


def test_names_are_made_harmless(as_alice, plan):
    row = upload(as_alice, plan, "../../Ré\u202eport final (2).PDF").json()["data"]
    assert row["attachmentS3Key"].rpartition("/")[2].endswith("-report-final-2.pdf")
    assert "/" not in row["name"]


@pytest.mark.parametrize("status", ["COMPLETED", "ARCHIVED"])
def test_a_frozen_plan_takes_and_loses_nothing(as_alice, acme, status):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    row = upload(as_alice, plan).json()["data"]
    closed = {"closed_at": timezone.now(), "closed_by_id": BOB.id}
    ClosingReport.objects.create(plan=plan, summary="Fait")
    ImprovementPlan.objects.filter(pk=plan.pk).update(status=status, **closed)
    assert upload(as_alice, plan).json()["code"] == "PLAN_FROZEN"
    url = f"{PLANS}/{plan.pk}/attachments/{row['id']}"
    assert as_alice.delete(url).json()["code"] == "PLAN_FROZEN"
    assert stored() == [row["attachmentS3Key"]]


def test_a_file_is_marked_as_naming_nobody(as_alice, plan):
    answer = as_alice.post(
        f"{PLANS}/{plan.pk}/attachments",
        {"file": SimpleUploadedFile("a.pdf", PDF), "freeOfPersonalData": "true"},
        format="multipart",
    )
    row = answer.json()["data"]
    assert row["freeOfPersonalData"] is True
    url = f"{PLANS}/{plan.pk}/attachments/{row['id']}"
    wrong: Any
    for wrong in ({}, {"freeOfPersonalData": "yes"}, {"freeOfPersonalData": None}, {"name": "b"}):
        assert as_alice.patch(url, wrong).status_code == 400
    answer = as_alice.patch(url, {"freeOfPersonalData": False})
    assert answer.json()["data"]["freeOfPersonalData"] is False
    wrong = {"file": SimpleUploadedFile("a.pdf", PDF), "freeOfPersonalData": "peut-être"}
    answer = as_alice.post(f"{PLANS}/{plan.pk}/attachments", wrong, format="multipart")
    assert [error["field"] for error in answer.json()["errors"]] == ["freeOfPersonalData"]


def test_a_file_of_a_closed_plan_is_marked_and_the_plan_stays_as_it_is(as_alice, plan):
    row = upload(as_alice, plan).json()["data"]
    ClosingReport.objects.create(plan=plan, summary="Fait")
    ImprovementPlan.objects.filter(pk=plan.pk).update(
        status=PlanStatus.COMPLETED, closed_at=timezone.now(), closed_by_id=BOB.id
    )
    before = as_alice.get(f"{PLANS}/{plan.pk}").content
    url = f"{PLANS}/{plan.pk}/attachments/{row['id']}"
    assert as_alice.patch(url, {"freeOfPersonalData": True}).status_code == 200
    assert as_alice.get(f"{PLANS}/{plan.pk}").content == before


def test_a_stale_upload_stores_nothing(as_alice, plan):
    assert upload(as_alice, plan, HTTP_IF_MATCH='"7"').status_code == 412
    assert stored() == []


def test_the_same_key_stores_once(as_alice, plan):
    first = upload(as_alice, plan, HTTP_IDEMPOTENCY_KEY="once")
    again = upload(as_alice, plan, HTTP_IDEMPOTENCY_KEY="once")
    other = upload(as_alice, plan, content=PDF + b"\n", HTTP_IDEMPOTENCY_KEY="once")
    assert first.json()["data"]["id"] == again.json()["data"]["id"]
    assert other.json()["code"] == "IDEMPOTENCY_MISMATCH"
    assert len(stored()) == 1


def test_many_but_not_more(as_alice, plan, monkeypatch):
    monkeypatch.setattr(service, "ATTACHMENTS_MAX", 2)
    codes = [upload(as_alice, plan).status_code for _ in range(3)]
    assert codes == [201, 201, 409]
    assert len(stored()) == 2


def test_listing_and_removing(
    as_alice, as_audrey, as_tom, plan, django_capture_on_commit_callbacks
):
    first, second = (upload(as_alice, plan).json()["data"] for _ in range(2))
    url = f"{PLANS}/{plan.pk}/attachments"
    rows = as_audrey.get(url).json()
    assert [row["id"] for row in rows["data"]] == [second["id"], first["id"]]
    assert rows["meta"]["total"] == 2
    assert as_tom.get(url).status_code == 404
    assert as_audrey.delete(f"{url}/{first['id']}").status_code == 403
    with django_capture_on_commit_callbacks(execute=True):
        assert as_alice.delete(f"{url}/{first['id']}").status_code == 204
    assert stored() == [second["attachmentS3Key"]]
    assert as_alice.delete(f"{url}/{first['id']}").status_code == 404


def test_the_list_costs_the_same_for_many(as_alice, plan, count_queries):
    url = f"{PLANS}/{plan.pk}/attachments"
    upload(as_alice, plan)
    few = count_queries(lambda: as_alice.get(url))
    for _ in range(9):
        upload(as_alice, plan)
    assert count_queries(lambda: as_alice.get(url)) == few


def test_a_link_hands_the_file_out(as_alice, plan):
    row = upload(as_alice, plan).json()["data"]
    answer = Client(None).get(row["url"].partition("8000")[2])
    assert content(answer) == PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("position", [0, 20, 60, -30, -1])
def test_an_altered_link_is_dead(as_alice, plan, position):
    path = upload(as_alice, plan).json()["data"]["url"].partition("8000")[2]
    start = len("/links/file/")
    token = path[start:]
    index = position % len(token)
    other = "A" if token[index] != "A" else "B"
    altered = path[:start] + token[:index] + other + token[index + 1 :]
    assert status_of(path) == 200
    assert status_of(altered) == 404


def test_a_link_dies_after_a_quarter_of_an_hour(as_alice, plan):
    row = upload(as_alice, plan).json()["data"]
    path = row["url"].partition("8000")[2]
    with time_machine.travel(timezone.now() + timedelta(minutes=14)):
        assert status_of(path) == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert status_of(path) == 404


def test_a_link_to_a_lost_file_says_so(as_alice, plan):
    row = upload(as_alice, plan).json()["data"]
    default_storage.delete(row["attachmentS3Key"])
    answer = Client(None).get(row["url"].partition("8000")[2])
    assert (answer.status_code, answer.json()["code"]) == (409, "FILE_MISSING")


def test_a_link_to_another_tenants_file_is_dead(as_alice, plan, globex):
    from qualiforma.filelinks import file_link

    key = upload(as_alice, plan).json()["data"]["attachmentS3Key"]
    with tenant_context(globex):
        path = file_link(key).partition("8000")[2]
    assert status_of(path) == 404


def test_closing_with_an_uploaded_file(as_alice, plan):
    key = upload(as_alice, plan).json()["data"]["attachmentS3Key"]
    body = {"summary": "Fait.", "attachmentS3Key": key}
    report = as_alice.post(f"{PLANS}/{plan.pk}/close", body).json()["data"]["closureReport"]
    assert report["attachmentS3Key"] == key
    answer = Client(None).get(report["attachmentUrl"].partition("8000")[2])
    assert content(answer) == PDF


def test_files_that_no_row_names_are_purged(as_alice, plan):
    kept = upload(as_alice, plan).json()["data"]["attachmentS3Key"]
    stray = default_storage.save(f"tenants/acme/improvements/{plan.pk}/stray.pdf", ContentFile(PDF))
    purge_orphan_files.function()
    assert sorted(stored()) == sorted([kept, stray]), "an upload may be on its way"
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        purge_orphan_files.function()
    assert stored() == [kept]


def test_an_upload_that_cannot_be_entered_leaves_no_file(as_alice, plan, monkeypatch):
    def burst(*args, **kwargs):
        raise OSError("disk full")

    monkeypatch.setattr(service, "save", burst)
    assert upload(as_alice, plan).status_code == 500
    assert stored() == []
    assert not PlanAttachment.objects.exists()
