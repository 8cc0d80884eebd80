"""What a 201 answered for is on the disk: the file and its name, before the row that names it."""

import errno
import os
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile

from improvements.models import PlanAttachment
from tests.files import PDF
from tests.improvements.factories import make_plan


@pytest.fixture
def synced(monkeypatch):
    """Paths that the disk was told to hold, and whether a row named a file already."""
    told: list[tuple[Path, bool]] = []

    def fsync(descriptor):
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        told.append((path, PlanAttachment.objects.exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    return told


def test_an_upload_is_on_the_disk_before_its_row_is_written(as_alice, synced):
    url = f"/api/v1/improvement-plans/{make_plan().pk}/attachments"
    file = SimpleUploadedFile("bilan.pdf", PDF)
    assert as_alice.post(url, {"file": file}, format="multipart").status_code == 201
    path, root = (
        Path(default_storage.path(PlanAttachment.objects.get().key)),
        default_storage.path(""),
    )
    folders = [one for one in path.parents if one.is_relative_to(root)]
    assert len(folders) > 2  # the first file of an organisation makes its folders
    assert synced == [(one, False) for one in (path, *folders)]


def test_a_file_that_is_moved_into_place_is_synced_there(acme, synced):
    with TemporaryUploadedFile("moved.txt", "text/plain", 5, None) as upload:
        upload.write(b"moved")
        upload.flush()
        key = default_storage.save("tenants/acme/moved.txt", upload)
        assert Path(default_storage.path(key)) in [path for path, _row in synced]
    default_storage.delete(key)


def test_a_file_that_the_disk_does_not_take_is_not_kept(acme, monkeypatch):
    def refuse(descriptor):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        default_storage.save("tenants/acme/lost.txt", ContentFile(b"lost"))
    assert not default_storage.exists("tenants/acme/lost.txt")


def test_a_file_system_that_syncs_no_folder_is_used_all_the_same(acme, monkeypatch):
    def refuse_folders(descriptor):
        if Path(f"/proc/self/fd/{descriptor}").readlink().is_dir():
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    monkeypatch.setattr(os, "fsync", refuse_folders)
    key = default_storage.save("tenants/acme/kept.txt", ContentFile(b"kept"))
    with default_storage.open(key) as file:
        assert file.read() == b"kept"
    default_storage.delete(key)
