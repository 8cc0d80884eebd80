"""Columns that people name themselves: on the page of an import, and remembered for files to come."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from qualiforma.tenants.context import tenant_context
from qualiforma.training.importing.models import HeadingMapping, RecordImport
from qualiforma.training.models import Company
from tests.admin_client import entered, text_of
from tests.cast import MONA
from tests.jobs import run_jobs
from tests.qualiforma.training.sheets import counts, csv_file, imported

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_files")]
LIST = "/admin/training/company/"
UNKNOWN = ("Le client;Où écrire", "Une;a@b.fr")
CHOSEN = {"read_again": "1", "column_0": "name", "column_1": "contact_email"}


def sent(admin_client, *lines, path=LIST):
    file = SimpleUploadedFile("clients.csv", "\n".join(lines).encode())
    answer = admin_client.send(f"{path}import/", {"file": file})
    assert answer.status_code == 302
    return answer.url


def test_a_file_whose_headings_are_unknown_waits_for_their_meaning(admin_client):
    page = sent(admin_client, *UNKNOWN)
    shown = text_of(admin_client.get(page))
    assert "Colonnes à désigner" in shown
    assert "Indiquez ce que contient chaque colonne, puis relisez le fichier." in shown
    assert admin_client.send(page).status_code == 409  # nothing to confirm yet
    assert admin_client.send(page, CHOSEN).url == page
    shown = text_of(admin_client.get(page))
    assert "À créer 1" in shown
    assert "lue comme « Raison sociale »" in shown
    admin_client.send(page)
    company = Company.objects.get()
    assert (company.name, company.contact_email) == ("Une", "a@b.fr")


def test_what_was_said_holds_for_files_to_come_and_commands(admin_client, tmp_path):
    admin_client.send(sent(admin_client, *UNKNOWN), CHOSEN)
    page = sent(admin_client, "LE CLIENT;Humeur", "Deux;bonne")
    assert "À créer 1" in text_of(admin_client.get(page))
    outcome, refusals = imported("companies", csv_file(tmp_path, "le client;Humeur", "Trois;x"))
    assert (counts(outcome), refusals) == ((1, 0, 0, 0), [])


def test_it_stays_in_its_organisation_and_kind(admin_client, globex):
    admin_client.send(sent(admin_client, *UNKNOWN), CHOSEN)
    assert set(HeadingMapping.objects.values_list("kind", flat=True)) == {"companies"}
    with tenant_context(globex):
        assert not HeadingMapping.objects.exists()


def test_a_heading_is_ignored_where_people_say_so(admin_client):
    """Another column may then be read as what it seemed to say."""
    page = sent(admin_client, "Nom;E-mail;Contact", "Une;info@b.fr;a@b.fr")
    admin_client.send(page, {"read_again": "1", "column_1": "", "column_2": "contact_email"})
    admin_client.send(page)
    assert Company.objects.get().contact_email == "a@b.fr"


def test_two_columns_of_one_meaning_are_refused_and_not_remembered(admin_client):
    page = sent(admin_client, *UNKNOWN)
    answer = admin_client.send(page, CHOSEN | {"column_1": "name"})
    assert answer.status_code == 422
    assert "Deux colonnes ont le même sens" in text_of(answer)
    assert not HeadingMapping.objects.exists()


def test_an_unknown_column_means_nothing(admin_client):
    page = sent(admin_client, *UNKNOWN)
    admin_client.send(page, {"read_again": "1", "column_0": "pk", "column_1": "id__in"})
    assert not HeadingMapping.objects.exists()
    assert RecordImport.objects.get().status == "MAPPING"


def test_a_confirmed_import_is_not_read_again(admin_client):
    page = sent(admin_client, "Nom;Humeur", "Une;bonne")
    admin_client.send(page)
    answer = admin_client.send(page, {"read_again": "1", "column_1": "contact_email"})
    assert answer.status_code == 409


def test_a_long_file_is_read_again_by_a_worker(admin_client, monkeypatch):
    monkeypatch.setattr("qualiforma.training.importing.uploads.DIRECT_ROWS", 1)
    page = sent(admin_client, *UNKNOWN, "Deux;c@d.fr")
    admin_client.send(page, CHOSEN)
    assert RecordImport.objects.get().status == "CHECKING"
    run_jobs()
    assert "À créer 2" in text_of(admin_client.get(page))


def test_it_may_be_given_up(admin_client):
    page = sent(admin_client, *UNKNOWN)
    admin_client.send(page, {"give_up": "1"})
    assert not RecordImport.objects.exists()


def test_who_may_not_import_names_no_column(admin_client):
    page = sent(admin_client, *UNKNOWN)
    assert entered(MONA).send(page.replace("company", "user"), CHOSEN).status_code in {403, 404}


@pytest.mark.parametrize("content", ["Une\nDeux", "1;2\n3;4", "x;1\ny;2"])
def test_what_has_no_headings_is_refused_as_before(admin_client, content):
    file = SimpleUploadedFile("clients.csv", content.encode())
    answer = admin_client.send(f"{LIST}import/", {"file": file})
    assert answer.status_code == 422
    assert not RecordImport.objects.exists()
