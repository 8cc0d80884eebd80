"""An import whose confirmer loses the right to it before a worker has written it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role
from qualiforma.training.importing import importer, pages, uploads
from qualiforma.training.importing.models import RecordImport
from qualiforma.training.models import Company
from tests.cast import ALICE, MONA
from tests.jobs import run_jobs


@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"role": Role.LEARNER}, {"is_active": False}])
def test_who_may_not_import_any_more_writes_nothing_and_another_goes_on(acme, admin_client, monkeypatch, change):  # fmt: skip
    monkeypatch.setattr(uploads, "DIRECT_ROWS", 1)
    file = SimpleUploadedFile("clients.csv", b"Raison sociale\nUne\nDeux")
    answer = admin_client.send("/admin/training/company/import/", {"file": file})
    run_jobs()
    assert admin_client.send(answer.url).status_code == 302
    User.objects.filter(pk=ALICE.id).update(**change)
    run_jobs()
    assert not Company.objects.exists()
    running = RecordImport.objects.get()
    assert uploads.is_interrupted(running)
    mona = Actor.of(User.objects.get(pk=MONA.id))
    pages._confirm(running, importer.Mode.ALL, mona)
    run_jobs()
    assert Company.objects.count() == 2
