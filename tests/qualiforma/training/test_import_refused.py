"""Refused rows come back with their own columns and the reason, to be corrected and sent again."""

import csv
import io
from datetime import date, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from qualiforma.training.importing.kinds import KINDS
from qualiforma.training.importing.models import RecordImport
from qualiforma.training.importing.refused import reasons_of, refused_file
from qualiforma.training.importing.table import Table
from qualiforma.training.models import Company, Course
from tests.admin_client import entered, text_of
from tests.cast import TOM
from tests.qualiforma.training.sheets import cells, counts, csv_file, imported, xlsx_file
from tests.qualiforma.training.test_import_command import run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_files")]
LIST = "/admin/training/company/"
LINES = ("Clients 2026;;", "Raison sociale;E-mail;Humeur", "Une;a@b.fr;bonne", "Deux;x;0012")


def sent(admin_client, content, name="clients.csv"):
    answer = admin_client.send(f"{LIST}import/", {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302
    return answer.url


def fetched(admin_client, page):
    answer = admin_client.get(f"{page}refused/")
    return b"".join(answer.streaming_content)


def rows_of(content):
    sheet: Any = load_workbook(io.BytesIO(content)).active
    return [[cell.value for cell in row] for row in sheet.rows]


def test_the_refused_rows_are_corrected_and_sent_again(admin_client):
    page = sent(admin_client, "\n".join(LINES).encode())
    shown = text_of(admin_client.get(page))
    assert "Télécharger les lignes à corriger (XLSX)" in shown
    assert "Renvoyer le fichier corrigé" in shown
    content = fetched(admin_client, page)
    head, row = rows_of(content)
    assert head == ["Raison sociale", "E-mail", "Humeur", "Motif du refus"]
    assert row[:3] == ["Deux", "x", "0012"]
    assert row[3].startswith("E-mail : ")
    book = load_workbook(io.BytesIO(content))
    book.worksheets[0]["B2"] = "c@d.fr"
    corrected = io.BytesIO()
    book.save(corrected)
    page = sent(admin_client, corrected.getvalue(), "a-corriger.xlsx")
    assert "Motif du refus" not in text_of(admin_client.get(page))
    admin_client.send(page)
    assert Company.objects.get().name == "Deux"


def test_they_come_back_after_the_others_are_written_too(admin_client):
    page = sent(admin_client, "\n".join(LINES).encode())
    admin_client.send(page, {"skip_bad": "1"})
    assert Company.objects.get().name == "Une"
    assert [row[0] for row in rows_of(fetched(admin_client, page))[1:]] == ["Deux"]
    assert RecordImport.objects.get().upload_key  # until the import is forgotten


def test_without_refusals_there_is_no_such_file(admin_client):
    page = sent(admin_client, b"Raison sociale\nUne")
    assert "Télécharger les lignes à corriger" not in text_of(admin_client.get(page))
    admin_client.send(page)
    assert admin_client.get(f"{page}refused/").status_code == 404


def test_a_trainer_gets_none(admin_client):
    page = sent(admin_client, "\n".join(LINES).encode())
    assert entered(TOM).get(f"{page}refused/").status_code in {302, 403}


def test_cells_keep_what_they_are(acme, tmp_path):
    """Dates stay dates and numbers numbers; what computes is left empty; several reasons stand together."""
    given: list[list[Any]] = [
        ["Intitulé", "Niveau", "Durée", "Vu le", "Somme"],
        ["0012", "Moyen", 7.5, date(2026, 3, 2), "=1+1"],
        ["Excel", None, True, datetime(2026, 3, 2, 9, 30), None],
    ]
    path, made = xlsx_file(tmp_path, *given), tmp_path / "refused.xlsx"
    _outcome, refusals = imported("courses", path)
    refused_file(made, Table(path, KINDS["courses"].columns), reasons_of(refusals))
    _head, first, second = cells(made)
    assert first[:3] == ("0012", "Moyen", 7.5)
    assert first[3] == datetime(2026, 3, 2)
    assert first[4] is None
    assert second[3] == datetime(2026, 3, 2, 9, 30)
    assert second[5].count("\n") == 1


def test_the_command_writes_them(acme, tmp_path):
    path, made = csv_file(tmp_path, *LINES), tmp_path / "refused.csv"
    words = ("import_records", "companies", str(path), "--tenant", "acme", "--refused", str(made))
    assert run(*words) == 1
    lines = made.read_text("utf-8-sig").splitlines()
    assert lines[0] == "Raison sociale;E-mail;Humeur;Motif du refus"
    assert lines[1].startswith("Deux;x;0012;E-mail : ")
    made.write_text(made.read_text("utf-8-sig").replace(";x;", ";c@d.fr;"))
    outcome, _refusals = imported("companies", made)
    assert counts(outcome) == (1, 0, 0, 0)
    assert outcome.notices == ["Colonne ignorée : « Humeur »."]


HOSTILE = '=HYPERLINK("https://example.org","Avis")'


def refused_with_hostile_headings(folder, name):
    head = f"Raison sociale;E-mail;{HOSTILE};Av\x0bis"
    path, made = csv_file(folder, head, "Deux;x;y;z"), folder / name
    _outcome, refusals = imported("companies", path)
    refused_file(made, Table(path, KINDS["companies"].columns), reasons_of(refusals))
    assert Table(made, KINDS["companies"].columns).total == 1
    return made


def test_headings_of_a_file_compute_nothing(acme, tmp_path):
    """They are the sender's words, as cells are."""
    sheet: Any = load_workbook(refused_with_hostile_headings(tmp_path, "made.xlsx")).active
    assert [cell.data_type for cell in sheet[1]] == ["s"] * 5
    assert sheet["C1"].value == HOSTILE


def test_nor_do_they_in_csv(acme, tmp_path):
    made = refused_with_hostile_headings(tmp_path, "made.csv")
    with made.open(encoding="utf-8-sig", newline="") as file:
        head = next(csv.reader(file, delimiter=";"))
    assert head[2] == f"'{HOSTILE}"


def test_a_reason_is_not_taken_for_a_column_of_another_kind(acme, tmp_path):
    path = csv_file(tmp_path, "Intitulé;Niveau;Durée;Motif du refus", "Excel;Débutant;7;Niveau : x")
    outcome, refusals = imported("courses", path)
    assert (counts(outcome), refusals, outcome.notices) == ((1, 0, 0, 0), [], [])
    assert Course.objects.get().title == "Excel"
