"""Exports that are too long for a request: asked for, made by a worker, fetched by page and link."""

import csv
import io
from datetime import timedelta

import openpyxl
import pytest
from django.utils import timezone

from qualiforma import audit
from qualiforma.accounts.models import User
from qualiforma.admin import audit_trail as trail_pages
from qualiforma.exports import progress
from qualiforma.exports.jobs import build_file, fail_file
from qualiforma.exports.models import ExportState, FileExport, Progress
from qualiforma.exports.services import FILES
from qualiforma.jobs import services as jobs
from qualiforma.links import make_link
from qualiforma.tenants.context import tenant_context
from tests.admin_client import HOST, AdminClient, entered, text_of
from tests.cast import ALICE, AUDREY
from tests.jobs import run_jobs
from tests.qualiforma.audit.entries import clear, last_seq, since

TRAIL = "/admin/audit/auditevent/"


@pytest.fixture
def long_trail(acme, monkeypatch):
    """Every entry is one too many for a request."""
    monkeypatch.setattr(trail_pages, "DIRECT_ROWS", 0)
    for _ in range(3):
        with audit.action("audit.trail.exported"):
            audit.log_event("audit_trail", object_id="x")
    return acme


@pytest.fixture
def page(admin_client, long_trail):
    """The page of an export that Alice asked for."""
    answer = admin_client.send(f"{TRAIL}export/csv/?object_type=audit_trail")
    assert answer.status_code == 302, answer.content
    return answer["Location"]


def content(answer):
    return b"".join(answer.streaming_content)


def test_a_long_export_of_the_trail_is_a_workers(admin_client, page, mails):
    assert "En préparation" in text_of(admin_client.get(page))
    assert admin_client.get(f"{page}state/").json() == {"running": True, "done": 0, "total": 3}
    [waiting] = jobs.list_jobs()
    assert waiting.name == "exports.build_file"
    [mail] = mails()
    assert mail.to == [ALICE.email]
    assert mail.subject == "Votre export : Journal d’audit (CSV)"
    assert admin_client.get(f"{page}state/").json()["running"] is False
    assert "Le fichier est prêt" in text_of(admin_client.get(page))
    text = content(admin_client.send(f"{page}file/")).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert {row["Type de fiche"] for row in rows} == {"Journal d’audit"}
    assert len(rows) == 3


def test_it_stands_in_the_trail_with_who_asked(admin_client, page):
    seq = last_seq()
    run_jobs()
    told = {entry.action: entry for entry in since(seq)}
    assert set(told) == {"audit.trail.exported", "exports.file.made", "exports.file.link_opened"}
    entry = told["audit.trail.exported"]
    said = clear(entry)
    assert (entry.actor, said["after.rows"], said["after.format"]) == (ALICE.id, 3, "csv")
    assert said["after.filters"] == {"object_type": "audit_trail"}
    content(admin_client.send(f"{page}file/"))
    assert since(seq)[-1].action == "exports.file.downloaded"


def test_a_workbook_says_what_it_holds(admin_client, long_trail):
    page = admin_client.send(f"{TRAIL}export/xlsx/?object_type=audit_trail")["Location"]
    run_jobs()
    answer = admin_client.send(f"{page}file/")
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    book = openpyxl.load_workbook(io.BytesIO(content(answer)))
    facts = {row[0].value: row[1].value for row in book["Export"].iter_rows()}
    assert (facts["Entrées"], book["Journal"].max_row) == (3, 4)


def test_asked_for_twice_while_it_waits_it_is_one(admin_client, page):
    assert admin_client.send(f"{TRAIL}export/csv/?object_type=audit_trail")["Location"] == page
    assert admin_client.send(f"{TRAIL}export/xlsx/?object_type=audit_trail")["Location"] != page


def test_the_link_opens_without_a_session_and_once_right_says_so_later(page, mails, client):
    [mail] = mails()
    path = "/links/" + mail.body.split("/links/")[1].split()[0]
    assert content(client.get(path)).startswith("\ufeffSéquence;".encode())
    assert client.get(path[:-1]).status_code == 404
    assert client.head(path).status_code == 405
    FileExport.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(path).status_code == 410


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": "TRAINER"}, {"role": "AUDITOR"}])
def test_who_may_no_longer_read_the_trail_gets_nothing(admin_client, page, mails, client, change):
    [mail] = mails()
    path = "/links/" + mail.body.split("/links/")[1].split()[0]
    User.objects.filter(pk=ALICE.id).update(**change)
    assert client.get(path).status_code == 410
    assert admin_client.get(page).status_code != 200
    assert admin_client.send(f"{page}file/").status_code != 200


def test_who_lost_the_right_meanwhile_is_sent_nothing(page, mails):
    User.objects.filter(pk=ALICE.id).update(role="TRAINER")
    assert mails() == []
    assert FileExport.objects.get().state == ExportState.DROPPED


def test_one_that_cannot_be_made_says_so_and_can_still_be_made(admin_client, page, mails):
    export = FileExport.objects.get()
    for waiting in jobs.list_jobs():
        jobs.drop_job(waiting.id)
    seq = last_seq()
    fail_file.enqueue({"export": export.pk})
    fail_file.enqueue({"export": export.pk})
    [mail] = mails()
    assert mail.subject == "Votre export n’a pas pu être préparé : Journal d’audit (CSV)"
    assert "exports.file.failed" in [entry.action for entry in since(seq)]
    shown = text_of(admin_client.get(page))
    assert "n’a pas pu être préparé" in shown
    assert "En préparation" not in shown
    assert not Progress.objects.exists()
    build_file.enqueue({"export": export.pk})  # as an operator does who tries the job again
    assert [mail.subject for mail in mails()][-1:] == ["Votre export : Journal d’audit (CSV)"]
    assert "Le fichier est prêt" in text_of(admin_client.get(page))


def test_only_who_asked_sees_it(page, mails, globex):
    mails()
    audrey = entered(AUDREY)
    for path in (page, f"{page}state/"):
        assert audrey.get(path).status_code == 404
    assert audrey.send(f"{page}file/").status_code == 404
    assert AdminClient(host=HOST.replace("acme", "globex")).get(page).status_code == 302
    assert AdminClient().get(page)["Location"].startswith("/admin/login/")


def test_a_link_signed_for_another_tenant_leads_nowhere(page, globex, client):
    run_jobs()
    foreign = make_link("download", str(globex.pk), {"export": FileExport.objects.get().pk})
    assert client.get("/links/" + foreign.split("/links/")[1]).status_code == 404


def test_a_file_goes_with_its_link(admin_client, page):
    run_jobs()
    FileExport.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    FILES.purge()
    assert FileExport.objects.get().file_key == ""
    assert "plus conservé" in text_of(admin_client.get(page))


def test_export_without_heartbeat_can_start_again(acme, globex):
    assert progress.begin("x", 5)
    assert not progress.begin("x", 5)
    with tenant_context(globex):
        assert progress.begin("x", 5)
    Progress.objects.update(told_at=timezone.now() - timedelta(hours=1))
    assert progress.begin("x", 7)
    assert Progress.objects.get(key="x").total == 7
