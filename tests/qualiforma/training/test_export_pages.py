"""Export from the pages: short ones at once, long ones by a worker; each role its part."""

import pytest

from qualiforma.accounts.models import User
from qualiforma.audit.models import AuditEvent
from qualiforma.training.importing import export_pages as pages
from tests.admin_client import text_of
from tests.cast import ALICE, AUDREY
from tests.qualiforma.audit.entries import clear
from tests.qualiforma.training.factories import make_company
from tests.qualiforma.training.sheets import newest_entry
from tests.qualiforma.training.test_import_pages import LIST, MIXED, sent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_files")]


def test_an_auditor_exports_and_sees_no_import(acme, admin_client, auditor_client):
    make_company(name="=1+1")
    answer = auditor_client.send(f"{LIST}export/", {"form": "csv"})
    assert answer["Content-Disposition"].startswith('attachment; filename="companies-20')
    assert ";'=1+1;" in b"".join(answer.streaming_content).decode("utf-8-sig")
    entry = newest_entry()
    assert (entry.action, entry.actor) == ("training.records.exported", "usr_audrey")
    running = sent(admin_client, *MIXED).url
    for path in (running, f"{running}state/", f"{running}report/"):
        assert auditor_client.get(path).status_code == 403


def test_an_export_holds_what_the_list_showed(acme, admin_client, monkeypatch):
    make_company(name="Mairie de Brest")
    make_company(name="Atelier du Port")
    page = text_of(admin_client.get(f"{LIST}export/?q=mairie"))
    assert "1 fiche, dans un fichier" in page
    assert f"{LIST}export/?q=mairie" in admin_client.get(f"{LIST}?q=mairie&p=0").content.decode()
    answer = admin_client.send(f"{LIST}export/?q=mairie", {"form": "csv"})
    told = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "Mairie de Brest" in told
    assert "Atelier du Port" not in told
    assert clear(newest_entry())["after.filters"] == {"q": "mairie"}
    monkeypatch.setattr(pages, "DIRECT_ROWS", 0)
    refused = admin_client.send(f"{LIST}export/?q=mairie", {"form": "csv"})
    assert (refused.status_code, "ajoutez un filtre" in text_of(refused)) == (409, True)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_long_export_is_a_workers(acme, auditor_client, monkeypatch, mails, form):
    make_company(name="Une")
    make_company(name="Deux")
    monkeypatch.setattr(pages, "DIRECT_ROWS", 1)
    assert "vous recevrez un lien par e-mail" in text_of(auditor_client.get(f"{LIST}export/"))
    answer = auditor_client.send(f"{LIST}export/", {"form": form})
    assert answer["Location"].startswith("/admin/exports/exp_")
    assert newest_entry().action == "exports.file.requested"
    [mail] = mails()
    assert mail.to == [AUDREY.email]
    entry = AuditEvent.objects.get(action="training.records.exported")
    assert (entry.actor, clear(entry)["after.rows"]) == ("usr_audrey", 2)
    file = auditor_client.send(f"{answer['Location']}file/")
    assert file["Content-Disposition"].startswith('attachment; filename="companies-20')
    assert len(b"".join(file.streaming_content)) > 100


def test_who_may_not_take_these_records_out_any_more_gets_no_file(
    acme, admin_client, monkeypatch, mails
):
    monkeypatch.setattr(pages, "DIRECT_ROWS", -1)
    page = admin_client.send("/admin/accounts/user/export/", {"form": "csv"})["Location"]
    User.objects.filter(pk=ALICE.id).update(role="MANAGER")
    assert mails() == []
    assert admin_client.get(page).status_code != 200


def test_more_than_a_sheet_holds_is_refused_and_not_cut(acme, admin_client, monkeypatch):
    make_company(name="Une")
    monkeypatch.setattr(pages, "SHEET_ROWS", 0)
    answer = admin_client.send(f"{LIST}export/", {"form": "xlsx"})
    assert answer.status_code == 409
    assert "choisissez le format CSV" in text_of(answer)
    assert newest_entry().action != "training.records.exported"
