"""Spoilt files: each is read or refused, whatever bytes stand in it."""

import random
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from qualiforma.files import remove_below, tenant_folder
from qualiforma.training.importing.exceptions import UnreadableFileError
from qualiforma.training.importing.kinds import KINDS
from qualiforma.training.importing.table import Table
from tests.qualiforma.training.bombs import OLD, packed_xlsb
from tests.qualiforma.training.sheets import csv_file, xlsx_file

HERE = Path(__file__).parent
ROWS = [["Raison sociale", "SIRET", "E-mail"], ["Café Élan", "01234567400001", "a@b.example"]]
PIECES = [
    b"",
    b"\0",
    b"<",
    b"&",
    b'"',
    b"\xff\xfe",
    b"9" * 400,
    b"-1",
    b"</row>",
    b"r:id",
    b"NaN",
    b"%s",
]


def spoilt(content, chance):
    """Return the bytes with some of them changed, cut or doubled."""
    data = bytearray(content)
    for _time in range(chance.randint(1, 6)):
        at = chance.randrange(len(data) + 1)
        end = min(len(data), at + chance.choice([0, 1, 1, 4, 60]))
        data[at:end] = chance.choice([*PIECES, bytes(data[at:end]) * 2, chance.randbytes(3)])
    return bytes(data)


def spoil_part(path, chance):
    """Spoil what is packed in an archive, not the archive around it."""
    with zipfile.ZipFile(path) as archive:
        parts = {one: archive.read(one) for one in archive.namelist()}
    name = chance.choice([one for one in parts if one.endswith((".xml", ".rels"))])
    parts[name] = spoilt(parts[name], chance)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for one, content in parts.items():
            archive.writestr(one, content)


def spoil_one(folder, originals, chance):
    """Return one of the files with some of its bytes, or of a packed part's, spoilt."""
    original = chance.choice(originals)
    path = folder / f"spoilt{original.suffix}"
    path.write_bytes(original.read_bytes())
    if original.suffix in {".csv", ".xls"} or chance.random() < 0.3:
        path.write_bytes(spoilt(path.read_bytes(), chance))
    else:
        spoil_part(path, chance)
    return path


def made(folder):
    """Files of each format that can be read."""
    return [
        xlsx_file(folder, *ROWS),
        csv_file(folder, *(";".join(row) for row in ROWS)),
        *sorted((HERE / "workbooks").glob("*.ods")),
        *others(folder),
    ]


def others(folder):
    """Files of the formats that are refused with what to do."""
    old, binary = folder / "old.xls", folder / "binary.xlsb"
    old.write_bytes(OLD + bytes(512) + "EncryptedPackage".encode("utf-16-le"))
    packed_xlsb(binary, bytes(64))
    return [old, binary]


@pytest.mark.parametrize("times", [150, pytest.param(10_000, marks=pytest.mark.long)])
def test_every_spoilt_file_is_read_or_refused(tmp_path, times):
    chance = random.Random(26)
    originals = made(tmp_path)
    for _time in range(times):
        path = spoil_one(tmp_path, originals, chance)
        with suppress(UnreadableFileError):
            list(Table(path, KINDS["companies"].columns).rows())


@pytest.mark.django_db
@pytest.mark.parametrize("times", [25, pytest.param(2_000, marks=pytest.mark.long)])
def test_the_page_answers_every_spoilt_file(acme, admin_client, tmp_path, times):
    """With what would happen, or with why it cannot be read; never with an error of ours."""
    chance = random.Random(27)
    originals = made(tmp_path)
    for _time in range(times):
        path = spoil_one(tmp_path, originals, chance)
        file = SimpleUploadedFile(path.name, path.read_bytes() or b" ")
        answer = admin_client.send("/admin/training/company/import/", {"file": file})
        assert answer.status_code in {302, 422}
        if answer.status_code == 302:
            assert admin_client.get(answer.url).status_code == 200
    remove_below(tenant_folder().rstrip("/"))
