"""A stored file is handed out as it was stored, or not at all; admins are told."""

import logging
from datetime import timedelta
from typing import Any, cast

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.utils import timezone

from actionplans import services as actionplans
from actionplans.exports.models import PlanExport
from actionplans.services.exports import EXPORTS
from actionplans.states import Visibility
from compliance.models import EvidenceVersion
from improvements.models import PlanAttachment
from improvements.states import PlanStatus
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role
from qualiforma.audit.models import AuditEvent
from qualiforma.stored_files import checking
from qualiforma.stored_files.registry import StoredFile, find_stored_file
from tests.actionplans.factories import make_plan as make_action_plan
from tests.cast import ALICE, MONA
from tests.files import PDF
from tests.improvements.factories import make_plan
from tests.jobs import run_jobs

PLANS = "/api/v1/improvement-plans"
EVIDENCE = "/api/v1/evidence"
pytestmark = pytest.mark.usefixtures("each_storage")


def attachment(client):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    body = {"file": SimpleUploadedFile("rapport.pdf", PDF)}
    row = client.post(f"{PLANS}/{plan.pk}/attachments", body, format="multipart").json()["data"]
    return row["attachmentS3Key"], row["url"]


def evidence(client):
    body: dict[str, Any] = {
        "title": "Règlement",
        "kind": "FILE",
        "indicators": [1],
        "author": "Alice",
    }
    made = client.post(EVIDENCE, body | {"documentDate": "2026-01-05"})
    assert made.status_code == 201, made.content
    path = f"{EVIDENCE}/{made.json()['data']['id']}/versions"
    body = {"file": SimpleUploadedFile("reglement.pdf", PDF)}
    answer = client.post(path, body, format="multipart")
    assert answer.status_code == 201, answer.content
    return EvidenceVersion.objects.get().key, answer.json()["data"]["versions"][0]["url"]


def closing_report(client):
    """Its file has no attachment: it came into the storage by another way."""
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    key = f"tenants/acme/improvements/{plan.pk}/report.pdf"
    default_storage.save(key, ContentFile(PDF))
    body = {"summary": "Fait.", "attachmentS3Key": key}
    answer = client.post(f"{PLANS}/{plan.pk}/close", body)
    return key, answer.json()["data"]["closureReport"]["attachmentUrl"]


def export(_client):
    plan = make_action_plan(title="Mieux accueillir", visibility=Visibility.PUBLIC)
    actor = Actor(MONA.id, MONA.name, Role.MANAGER)
    row = actionplans.request_export(plan=plan, actor=actor)
    run_jobs()
    row.refresh_from_db()
    return row.file_key, EXPORTS.make_link(row)


KINDS = pytest.mark.parametrize("store", [attachment, evidence, closing_report, export])


def fetched(url, **headers) -> Any:
    """The answer of a link, read to its end."""
    answer: Any = Browser().get("/" + url.split("/", 3)[3], **headers)
    answer.whole = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer


def put(key, content):
    default_storage.delete(key)
    assert default_storage.save(key, ContentFile(content)) == key


def stored(key):
    return cast("StoredFile", find_stored_file(key))


def alterations():
    return AuditEvent.objects.filter(action=checking.ALTERED)


@KINDS
def test_every_kind_of_file_is_compared(as_alice, acme, store):
    key, url = store(as_alice)
    with default_storage.open(key) as file:
        content = file.read()
    answer = fetched(url)
    assert (answer.status_code, answer.whole) == (200, content)
    put(key, content[:-1] + b"?")
    answer = fetched(url)
    assert (answer.status_code, answer.json()["code"]) == (409, "FILE_ALTERED")
    assert content[:8] not in answer.whole


@KINDS
def test_what_was_stored_is_on_the_row(as_alice, acme, store):
    key, _url = store(as_alice)
    assert (stored(key).size, stored(key).sha256) == checking.copy_of(key)


@pytest.mark.parametrize("content", [b"", PDF + b" ", PDF[:-1], PDF[:-2] + b"?\n"])
def test_a_single_other_byte_is_found(as_alice, acme, content):
    key, url = attachment(as_alice)
    put(key, content)
    assert fetched(url).status_code == 409
    put(key, PDF)
    assert fetched(url).status_code == 200


def test_admins_get_one_mail_a_day(as_alice, acme, mails, caplog):
    key, url = attachment(as_alice)
    User.objects.filter(role=Role.ADMIN).exclude(email=ALICE.email).update(role=Role.MANAGER)
    put(key, b"%PDF- something else")
    with caplog.at_level(logging.ERROR):
        assert [fetched(url).status_code for _ in range(3)] == [409] * 3
    assert [r.getMessage() for r in caplog.records if key in r.getMessage()], "it is logged"
    (mail,) = mails()
    assert mail.to == [ALICE.email]
    assert mail.subject == "Fichier altéré : rapport.pdf"
    assert "Pièce jointe" in mail.body
    assert [event.object_id for event in alterations()] == [key.removesuffix("-rapport.pdf")]
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        with pytest.raises(checking.FileAlteredError):
            checking.open_unaltered(stored(key))
        assert len(mails()) == 2


def test_inactive_admins_and_other_roles_get_no_mail(as_alice, acme, mails):
    key, url = attachment(as_alice)
    User.objects.filter(role=Role.ADMIN).update(is_active=False)
    put(key, b"x")
    assert fetched(url).status_code == 409
    assert mails() == []
    assert alterations().count() == 1


def test_the_mail_is_pointless_once_the_file_is_removed(as_alice, acme, mails):
    key, url = attachment(as_alice)
    put(key, b"x")
    fetched(url)
    PlanAttachment.objects.all().delete()
    assert mails() == []


def test_people_read_a_page_and_english_speakers_english(as_alice, acme):
    key, url = attachment(as_alice)
    put(key, b"x")
    answer = fetched(url, HTTP_ACCEPT="text/html", HTTP_ACCEPT_LANGUAGE="en")
    assert answer.status_code == 409
    text = answer.whole.decode()
    assert "no longer the one that was uploaded" in text
    assert "FILE_ALTERED" not in text


def test_an_altered_file_counts_as_no_download(as_alice, acme):
    key, url = export(as_alice)
    put(key, b"x")
    assert fetched(url).status_code == 409
    assert PlanExport.objects.get().downloads == 0
    assert not AuditEvent.objects.filter(action="actionplans.export.downloaded").exists()


def test_a_file_that_no_row_names_is_not_handed_out(as_alice, acme):
    _key, url = attachment(as_alice)
    PlanAttachment.objects.all().delete()
    assert fetched(url).status_code == 404


def test_an_export_older_than_its_column_is_handed_out(as_alice, acme):
    _key, url = export(as_alice)
    PlanExport.objects.update(sha256="")
    assert fetched(url).status_code == 200


def test_the_answer_to_head_has_no_body(as_alice, acme):
    _key, url = attachment(as_alice)
    answer = Browser().head("/" + url.split("/", 3)[3])
    answer.close()
    assert (answer.status_code, answer["Content-Length"]) == (200, str(len(PDF)))
    assert b"".join(answer) == b""


def test_nobody_is_handed_what_is_altered_after_the_comparison(as_alice, acme):
    key, _url = attachment(as_alice)
    with checking.open_unaltered(stored(key)) as copy:
        put(key, b"altered meanwhile")
        assert copy.read() == PDF


@pytest.mark.parametrize("kept", [attachment, export])
def test_a_file_that_the_storage_has_not_is_missing_not_expired(as_alice, acme, kept, caplog):
    """Another disk than the one that took it, or a loss: neither the person nor the link is at fault."""
    key, url = kept(as_alice)
    default_storage.delete(key)
    with caplog.at_level(logging.ERROR):
        answer = fetched(url, HTTP_ACCEPT="text/html")
    assert answer.status_code == 409
    assert "introuvable dans le stockage" in answer.whole.decode()
    assert [one for one in caplog.records if "is missing" in one.getMessage()]
