"""Every odd file is understood, or refused with a sentence that says what to do."""

import zipfile
from datetime import datetime

import pytest

from qualiforma.training.importing.exceptions import UnreadableFileError
from qualiforma.training.models import Company
from tests.qualiforma.training.sheets import counts, csv_file, imported, with_part, xlsx_file

pytestmark = pytest.mark.django_db
SIRET = "01234567400001"  # begins with a zero, and checks
HEAD = ["Raison sociale", "SIRET", "E-mail de contact"]
ROW = ["Café Élan", SIRET, "elan@example.fr"]
ENTITIES = b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><worksheet>&c;</worksheet>'


def line(*fields, by=";"):
    return by.join(fields)


def csv_of(*rows, by=";", encoding="utf-8"):
    return lambda folder: csv_file(folder, *(line(*row, by=by) for row in rows), encoding=encoding)


def xlsx_of(*rows, change=None):
    return lambda folder: xlsx_file(folder, *rows, change=change)


def formats_to_the_last_row(book, sheet):
    for number in range(3, 5000):
        sheet.row_dimensions[number].height = 12
    sheet.cell(1_048_576, 1).number_format = "@"


def second_sheet(book, sheet):
    book.create_sheet("Autre").append(["x"])


def zeros_hidden(book, sheet):
    sheet["B2"] = int(SIRET)
    sheet["B2"].number_format = "0" * 14


UNDERSTOOD = {
    "utf-8": csv_of(HEAD, ROW),
    "utf-8 with a mark": csv_of(HEAD, ROW, encoding="utf-8-sig"),
    "utf-16": csv_of(HEAD, ROW, encoding="utf-16"),
    "windows-1252 with semicolons": csv_of(HEAD, ROW, encoding="cp1252"),
    "tabs": csv_of(HEAD, ROW, by="\t"),
    "commas": csv_of(HEAD, ROW, by=","),
    "commas in a title": csv_of(["a, b, c, d, e, f, g, h"], HEAD, ROW),
    "English": csv_of(["NAME", "siret", "contact_email"], ROW),
    "no accents": csv_of(["RAISON  SOCIALE", "Siret", "e mail de contact"], ROW),
    "header on row 3": xlsx_of(["Entreprises"], [], HEAD, ROW),
    "two header rows": xlsx_of(HEAD, ["Name", "SIRET", "Contact e-mail"], ROW),
    "groups above": xlsx_of(["Entreprise", None, "Contact"], HEAD, ROW),
    "merged title": xlsx_of(["T"], HEAD, ROW, change=lambda _b, s: s.merge_cells("A1:C1")),
    "unknown column": xlsx_of([*HEAD, "Humeur"], [*ROW, "bonne"]),
    "empty rows between": xlsx_of(HEAD, [], [], ROW),
    "formats to the last row": xlsx_of(HEAD, ROW, change=formats_to_the_last_row),
    "blank lines": csv_of(HEAD, ["", "", ""], [""], ROW, ["  "]),
    "two sheets": xlsx_of(HEAD, ROW, change=second_sheet),
    "zeros by format": xlsx_of(HEAD, ROW, change=zeros_hidden),
    "people's own heads": xlsx_of(["SOCIÉTÉ ", "N° Siret", " Adresse E-mail"], ROW),
    "SIRET in groups": csv_of(HEAD, [ROW[0], "012 345 674 00001", ROW[2]]),
}


@pytest.mark.parametrize("name", UNDERSTOOD)
def test_understood(acme, tmp_path, name):
    outcome, refusals = imported("companies", UNDERSTOOD[name](tmp_path))
    assert refusals == []
    assert counts(outcome) == (1, 0, 0, 0)
    kept = Company.objects.get(siret=SIRET)
    assert (kept.name, kept.contact_email) == (ROW[0], ROW[2])


def raw(content):
    def make(folder):
        path = folder / "file.bin"
        path.write_bytes(content)
        return path

    return make


def part(name, content):
    return lambda folder: with_part(xlsx_file(folder, HEAD, ROW), name, content)


def cut(folder):
    path = xlsx_file(folder, HEAD, ROW)
    path.write_bytes(path.read_bytes()[:-200])
    return path


def spoilt(folder):
    """Right at both ends, wrong where the sheet is packed."""
    path = xlsx_file(folder, HEAD, *[[f"N {n}", None, None] for n in range(500)])
    with zipfile.ZipFile(path) as archive:
        at = archive.getinfo("xl/worksheets/sheet1.xml").header_offset + 400
    content = bytearray(path.read_bytes())
    content[at : at + 200] = bytes(200)
    path.write_bytes(content)
    return path


def with_packing(path):
    with zipfile.ZipFile(path, "a", zipfile.ZIP_LZMA) as archive:
        archive.writestr("xl/other.xml", b"x")
    return path


def hide(book, sheet):
    book.create_chartsheet("Graphique")
    sheet.sheet_state = "hidden"


REFUSED = {
    "empty": (raw(b""), "vide"),
    "blank": (raw(b"\r\n \r\n"), "vide"),
    "header alone": (csv_of(HEAD), "pas de ligne"),
    "no header": (csv_of(ROW), "Aucune ligne d’en-tête"),
    "duplicate": (csv_of([*HEAD, "name"], [*ROW, "x"]), "ont le même sens"),
    "open quote": (csv_of(HEAD, ROW, ['"Deux', "", ""], ["Trois", "", ""]), "Ligne 3 : un guillemet"),
    "missing": (csv_of(HEAD[1:], ROW[1:]), "Colonne manquante : Raison sociale"),
    "merged": (xlsx_of(HEAD, ROW, ROW, change=lambda _b, s: s.merge_cells("A2:A3")), "A2:A3"),
    "picture": (raw(b"\x89PNG\r\n\x1a\n\x00\x81"), "ni un classeur XLSX ou ODS, ni un texte"),
    "old format": (raw(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 99), "ancien format XLS"),
    "ZIP": (raw(b"PK\x03\x04" + b"x" * 99), "abîmé"),
    "cut": (cut, "abîmé"),
    "spoilt": (spoilt, "abîmé"),
    "another packing": (lambda f: with_packing(xlsx_file(f, HEAD, ROW)), "abîmé"),
    "60 MB bomb": (part("xl/worksheets/sheet1.xml", b"<a>" + b" " * 60_000_000), "61 Mo|57 Mo|60 Mo"),
    "bomb of entities": (part("xl/worksheets/sheet1.xml", ENTITIES), "abîmé"),
    "many parts": (lambda f: with_many_parts(xlsx_file(f, HEAD, ROW)), "trop de parties"),
    "no sheet": (xlsx_of(HEAD, ROW, change=hide), "feuille lisible"),
    "wide": (xlsx_of(HEAD, [*ROW, *[None] * 300, "x"]), "plus de 200 colonnes"),
    "endless field": (csv_of(HEAD, ['"' + "x" * 1_100_000]), "1000000 caractères"),
}  # fmt: skip


def with_many_parts(path):
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(1_001):
            archive.writestr(f"xl/{number}.xml", b"")
    return path


@pytest.mark.parametrize("name", REFUSED)
def test_refused(acme, tmp_path, name):
    make, said = REFUSED[name]
    with pytest.raises(UnreadableFileError, match=said):
        imported("companies", make(tmp_path))
    assert not Company.objects.exists()


@pytest.mark.long
def test_a_million_empty_rows(acme, tmp_path):
    path = xlsx_file(tmp_path, HEAD, ROW)
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    rows = "".join(f'<row r="{n}"><c r="A{n}" s="0"/></row>' for n in range(3, 1_000_003)).encode()
    with_part(path, "xl/worksheets/sheet1.xml", sheet.replace(b"</sheetData>", rows + b"</sheetData>"))  # fmt: skip
    assert counts(imported("companies", path)[0]) == (1, 0, 0, 0)


def test_a_formula_is_refused_with_its_cell(acme, tmp_path):
    path = xlsx_file(tmp_path, HEAD, ["=1+1", SIRET, None], ["Sûre", "", None])
    outcome, [refusal] = imported("companies", path)
    assert counts(outcome) == (1, 0, 0, 1)
    assert (refusal.row, refusal.column, refusal.value) == (2, "Raison sociale", "=1+1")
    assert "formule" in refusal.reason
    assert not Company.objects.exists()


def test_numbers_that_lost_digits_are_not_guessed(acme, tmp_path):
    numbers = (1234567400001, 10**17, "7,32829E+13", "73282932000074.0", 732829320)
    rows = [[f"N {rank}", number, None] for rank, number in enumerate(numbers)]
    _outcome, refusals = imported("companies", xlsx_file(tmp_path, HEAD, *rows))
    assert [one.row for one in refusals] == [2, 3, 4, 5, 6]
    said = ("13 chiffres sur 14", "format texte", "arrondi", "arrondi", "a 14 chiffres")
    assert all(wanted in one.reason for wanted, one in zip(said, refusals, strict=True))


@pytest.mark.parametrize("number", [b"1e999", b"-1e999", b"nan"])
def test_a_number_that_is_none_is_refused_with_its_cell(acme, tmp_path, number):
    path = xlsx_file(tmp_path, HEAD, ["Une", 7, None])
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").replace(b"<v>7<", b"<v>%s<" % number)
    with_part(path, "xl/worksheets/sheet1.xml", sheet)
    [refusal] = imported("companies", path)[1]
    assert (refusal.row, refusal.column) == (2, "SIRET")


def test_characters_by_their_code(acme, tmp_path):
    """As Excel writes a line end, what looks like a code, and what no database keeps."""
    rows = [["Une_x000D_\nligne"], ["_x005F_x0041_"], ["a_x0000__xD800_b"]]
    imported("companies", xlsx_file(tmp_path, HEAD[:1], *rows))
    names = set(Company.objects.values_list("name", flat=True))
    assert names == {"Une\nligne", "_x0041_", "a\ufffd\ufffdb"}


def test_a_date_where_a_text_is_expected(acme, tmp_path):
    path = xlsx_file(tmp_path, HEAD, [datetime(2026, 3, 2), SIRET, None])
    assert "cette cellule est une date" in imported("companies", path)[1][0].reason


def test_what_is_ignored_is_said(acme, tmp_path):
    path = xlsx_file(tmp_path, ["Entreprises"], [*HEAD, "Humeur"], HEAD, [*ROW, "bonne"])
    outcome, _refusals = imported("companies", path)
    assert [one.split(" : ")[0] for one in outcome.notices] == [
        "L’en-tête est à la ligne 2 ; ce qui précède est ignoré.",
        "Colonne ignorée",
        "La ligne 3 répète l’en-tête ; elle est ignorée.",
    ]


def test_a_column_that_is_never_read_is_said(acme, tmp_path):
    """Who corrects it in an export would believe that it was taken."""
    head, row = (
        ["Apprenant", "Formation", "Raison sociale", "Entreprise"],
        ["a@b.fr", "Excel", "Anjou", ""],
    )
    path = csv_of(head, row)
    outcome, _refusals = imported("enrollments", path(tmp_path))
    assert outcome.notices == ["Colonne affichée pour mémoire, non lue : « Raison sociale »."]
