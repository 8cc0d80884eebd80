"""The commands: what they print, write and end with."""

import pytest
from django.core.management import CommandError, call_command

from qualiforma.training.models import Company
from tests.qualiforma.training.factories import make_company
from tests.qualiforma.training.sheets import cells, csv_file, newest_entry

pytestmark = pytest.mark.django_db


def run(*words):
    """Return the command's exit status."""
    try:
        call_command(*words)
    except SystemExit as end:
        return end.code
    except CommandError as error:
        return error.returncode
    return 0


@pytest.fixture
def mixed(tmp_path):
    return str(csv_file(tmp_path, "name;email", "Une;a@b.fr", "=cmd;x", "Deux;"))


def test_statuses_and_report(acme, mixed, tmp_path, capsys):
    words = ("import_records", "companies", mixed, "--tenant", "acme")
    report = tmp_path / "report.xlsx"
    assert run(*words, "--dry-run", "--report", str(report)) == 1
    assert run(*words) == 1
    assert not Company.objects.exists()
    said = capsys.readouterr()
    assert "3 lignes : 2 créées, 0 modifiée, 0 inchangée, 1 refusée" in said.out
    assert "Rien n’est enregistré." in said.out
    assert "Ligne 3 : email « x » : " in said.err
    assert cells(report)[0] == ("Ligne", "Colonne", "Valeur", "Motif")
    assert cells(report)[1][:3] == (3, "email", "x")
    assert run(*words, "--skip-bad", "--as", "alice@acme.fr") == 3
    assert Company.objects.count() == 2
    assert newest_entry().actor == "usr_alice"
    assert run(*words[:2], str(csv_file(tmp_path, "name", "Une")), *words[3:]) == 0


@pytest.mark.parametrize(
    "words",
    [
        ("companies", "{file}", "--tenant", "nobody"),
        ("companies", "{folder}/none.csv", "--tenant", "acme"),
        ("companies", "{file}", "--tenant", "acme", "--as", "who@acme.fr"),
        ("companies", "{file}", "--tenant", "acme", "--report", "{folder}/no/report.csv"),
        ("sessions", "{file}", "--tenant", "acme"),
    ],
)
def test_what_cannot_be_used(acme, mixed, tmp_path, words):
    given = [one.format(file=mixed, folder=tmp_path) for one in words]
    assert run("import_records", *given) == 2
    assert not Company.objects.exists()


def test_export(acme, tmp_path, capsys):
    make_company(name="Une")
    path = tmp_path / "out.csv"
    words = ("export_records", "companies", str(path), "--tenant", "acme")
    assert run(*words, "--language", "en") == 0
    assert path.read_text(encoding="utf-8-sig").startswith("Id;Name;SIRET;Contact e-mail")
    assert run(*words) == 2  # exists already
    assert run(*words[:2], f"{path}.ods", *words[3:]) == 2
    assert run(*words[:2], f"{tmp_path}/no/out.csv", *words[3:]) == 2
    assert [one.name for one in tmp_path.iterdir()] == ["out.csv"]
