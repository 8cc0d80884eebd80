"""Accents are read as they were written, whatever program saved the text; in doubt people are asked."""

from pathlib import Path

import pytest

from qualiforma.training.importing.alphabets import alphabet_of
from qualiforma.training.importing.exceptions import CellError, UnreadableFileError
from qualiforma.training.importing.source import Found, open_source
from qualiforma.training.importing.values import read_text

CASES = Path(__file__).parent / "cases"
ALPHABETS = [
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "cp1252",
    "cp850",
    "mac_roman",
]
TEXTS = {
    "names": "Raison sociale;E-mail\r\nMaçonnerie Créole;contact@mc.example\r\n",
    "one letter": "Nom;Prénom\r\nMoreau;Lea\r\n",
    "capitals": "NOM;PRÉNOM\r\nLEFÈVRE;ÉLODIE\r\nFRANÇOIS;ÈVE\r\n",
    "many": "Intitulé;Présentation\r\nGérer les hôtels à Noël;Où l’été dure : bûche – maïs – aïeul – ça\r\n",
}


def rows_of(path, alphabet=""):
    source = open_source(path, lambda _text: False, alphabet)
    return [list(row.cells.values()) for row in source.rows(Found())]


def test_a_file_of_ms_dos():
    assert rows_of(CASES / "companies-cp850.csv")[1][0] == "Maçonnerie Créole"


@pytest.mark.parametrize("alphabet", ALPHABETS)
@pytest.mark.parametrize("name", TEXTS)
def test_encodings_are_detected(tmp_path, name, alphabet):
    path = tmp_path / "file.csv"
    text = (
        TEXTS[name]
        if alphabet != "cp850" and alphabet != "mac_roman"
        else TEXTS[name].replace("’", "'").replace("–", "-")
    )
    path.write_bytes(text.encode(alphabet))
    assert rows_of(path) == [line.split(";") for line in text.strip().split("\r\n")]


@pytest.mark.parametrize(
    "content", [b"Nom;Ville\r\n\x81\x8d;x\r\n", b"a;b\r\n\xa5\xb5\xd7;c\r\n", b"a;b\r\n\x90;c"]
)
def test_in_doubt_each_reading_is_shown(tmp_path, content):
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=r"MS-DOS \(850\) : «"):
        alphabet_of(path)


def test_what_people_chose_is_taken(tmp_path):
    path = tmp_path / "file.csv"
    path.write_bytes(b"a;b\r\n\x90;c")
    assert rows_of(path, "cp850")[1][0] == "É"
    with pytest.raises(UnreadableFileError, match="ne peut pas être lu"):
        rows_of(path, "utf-16")


@pytest.mark.parametrize("text", ["MaÃ§onnerie", "CrÃ©ole", "lâ€™Ã©tÃ©", "12 Â°C"])
def test_accents_that_are_broken_are_refused(text):
    with pytest.raises(CellError, match="abîmés"):
        read_text(text)


@pytest.mark.parametrize("text", ["Âge", "PÂTÉ", "Ãvila", "5 €", "À", "ÂME"])
def test_rare_letters_are_not_broken_ones(text):
    assert read_text(text) == text
