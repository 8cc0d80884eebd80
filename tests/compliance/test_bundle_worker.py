"""An audit bundle made by real worker processes that are killed with -9, and mailed by a real mail server."""

import pytest
from django.core.files.storage import default_storage

from qualiforma.accounts import services as accounts
from qualiforma.accounts.actor import Actor
from qualiforma.bundle import verify_bundle
from qualiforma.bundle.requests import request_bundle
from qualiforma.bundle.scope import Wish
from qualiforma.exports.models import FileExport
from qualiforma.files import scope_folder, stored_below
from qualiforma.tenants.context import tenant_context
from tests.cast import PASSWORD
from tests.committed import committed_tenant
from tests.live import wait_until


@pytest.fixture
def export(django_db_setup, django_db_blocker):
    """A bundle that somebody asked for, committed."""
    with (
        django_db_blocker.unblock(),
        committed_tenant("bundles") as tenant,
        tenant_context(tenant),
    ):
        ana = accounts.create_user(
            email="ana@bundles.fr", name="Ana", role="ADMIN", password=PASSWORD
        )
        yield request_bundle(wish=Wish(), recipient="", actor=Actor.of(ana))


def test_killed_in_the_middle_it_is_made_again_and_mailed_once(workers, export, mailbox, tmp_path):
    mailbox.start()
    steps = ("packing", "stored", "composing", "sending")
    workers.start(*steps)
    wait_until(lambda: mailbox.messages, seconds=240)
    assert not workers.left()
    assert [one["To"] for one in mailbox.messages] == ["ana@bundles.fr"]
    export = FileExport.objects.get(pk=export.pk)
    [(key, size)] = stored_below(scope_folder("downloads").rstrip("/"))
    assert (export.state, export.file_key, export.size) == ("READY", key, size)
    assert list(workers.scratch.glob("qualiforma-*")) == []
    path = tmp_path / "bundle.zip"
    with default_storage.open(key) as stored:
        path.write_bytes(stored.read())
    assert verify_bundle.verify(str(path)).faults == []
