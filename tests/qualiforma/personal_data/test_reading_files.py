"""What an erasure reads of stored files: also of damaged ones, of large ones, of those made to be large."""

import io
import tracemalloc
import zipfile
import zlib

import pytest

from qualiforma.personal_data import finding
from qualiforma.uploads import DOCX, Upload, check_upload
from tests.files import PDF

NAME = "Zélie Quintrebert"
MEGABYTE = 1024 * 1024


def document(parts, compression=zipfile.ZIP_STORED):
    """A DOCX with more parts, by their names."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr("word/document.xml", "<x/>")
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def is_named_in(content):
    return any(NAME in text for text in finding.texts_of(io.BytesIO(content)))


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_damaged_part_stops_no_erasure(compression):
    """Its upload was taken: only the end of the part says that it is damaged."""
    parts = {"word/media/plan.png": bytes(range(256)) * 400, "word/notes.xml": f"<t>{NAME}</t>"}
    damaged = bytearray(document(parts, compression))
    place = damaged.index(b"plan.png") + (300 if compression == zipfile.ZIP_DEFLATED else 60_000)
    damaged[place] ^= 0xFF
    content = bytes(damaged)
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() or compression == zipfile.ZIP_DEFLATED
    assert check_upload(Upload("a.docx", len(content), io.BytesIO(content))) == DOCX
    assert is_named_in(content)


def test_a_part_with_a_wrong_sum_is_read():
    content = document({"word/notes.xml": f"<t>{NAME}</t>"}).replace(b"<t>", b"<u>")
    assert is_named_in(content)


@pytest.mark.parametrize("end", [b"PK\5\6" + b"\0" * 18, b"PK\5\6" + b"\xff" * 16 + b"\0\0"])
def test_a_list_that_ends_like_an_archive_is_read(end):
    assert is_named_in(f"nom;note\n{NAME};12\n".encode() + end)


def test_a_part_of_many_megabytes_is_read_to_its_end():
    content = document({"word/notes.xml": " " * 65 * MEGABYTE + NAME}, zipfile.ZIP_DEFLATED)
    assert is_named_in(content)


@pytest.mark.parametrize("before", range(-30, 30, 3))
def test_a_name_on_the_border_of_two_pieces_is_read(monkeypatch, before):
    monkeypatch.setattr(finding, "PIECE_BYTES", 512)
    assert is_named_in(document({"word/notes.xml": "x" * (512 + before) + NAME}))


def pdf_with(content):
    return PDF.replace(b"<<>>\nendobj", b"<<>>\nstream\n" + content + b"\nendstream\nendobj")


def test_what_a_pdf_unpacks_to_fills_no_memory():
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b" " * MEGABYTE) for _ in range(200))
    content = pdf_with(packed + packer.compress(f"({NAME}) Tj".encode()) + packer.flush())
    tracemalloc.start()
    try:
        assert is_named_in(content)
        assert tracemalloc.get_traced_memory()[1] < 100 * MEGABYTE
    finally:
        tracemalloc.stop()
