"""A disk that is full answers 503, keeps what is there, and is not filled further by halves of files."""

import errno
import os
from pathlib import Path
from typing import Any, cast

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from improvements.models import ComplaintAttachment, PlanAttachment
from tests.admin_client import text_of
from tests.files import PDF
from tests.improvements.factories import make_complaint, make_plan

NUMBERS = [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ESTALE]


@pytest.fixture(params=NUMBERS, ids=errno.errorcode.get)
def full_disk(request, monkeypatch):
    """Let each file be begun, and then take no byte."""

    def refuse(*args):
        raise OSError(request.param, os.strerror(request.param))

    monkeypatch.setattr("django.core.files.storage.filesystem.locks.lock", refuse)


def a_file():
    return SimpleUploadedFile("bilan.pdf", PDF)


def stored():
    return sorted(str(one) for one in Path(default_storage.path("")).rglob("*") if one.is_file())


@pytest.mark.usefixtures("acme", "full_disk")
def test_nothing_is_half_stored_and_the_answer_says_so(as_alice):
    before, plan, complaint = stored(), make_plan(), make_complaint()
    for family, row in (("improvement-plans", plan), ("complaints", complaint)):
        answer = as_alice.post(
            f"/api/v1/{family}/{row.pk}/attachments", {"file": a_file()}, format="multipart"
        )
        assert (answer.status_code, answer.json()["code"]) == (503, "STORAGE_UNAVAILABLE")
        assert answer["Retry-After"]
    assert stored() == before
    assert not PlanAttachment.objects.exists()
    assert not ComplaintAttachment.objects.exists()


@pytest.mark.usefixtures("acme", "full_disk")
def test_a_page_says_it_in_words(admin_client):
    page = f"/admin/improvements/complaint/{make_complaint().pk.replace('_', '_5F')}/attachments/"
    answer = admin_client.send(page, {"file": a_file()})
    assert answer.status_code == 503
    assert "Stockage des fichiers momentanément indisponible" in text_of(answer)


def test_a_file_that_is_there_stays(acme, full_disk):
    path = Path(default_storage.path("tenants/acme/there.txt"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("there")
    with pytest.raises(OSError, match=r"\w"):
        cast("Any", default_storage)._save("tenants/acme/there.txt", ContentFile(b"new"))
    assert path.read_text() == "there"
    path.unlink()
