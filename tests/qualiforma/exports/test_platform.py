"""The platform's own trail is exported as an organisation's is, to a folder of its own."""

from qualiforma.admin import audit_check
from qualiforma.admin import audit_trail as trail_pages
from qualiforma.exports.models import FileExport
from qualiforma.tenants.context import platform_context, tenant_context
from tests.admin_client import text_of
from tests.jobs import run_jobs
from tests.qualiforma.admin.test_platform_pages import AUDIT, operator


def test_a_long_export_of_the_platforms_trail(acme, monkeypatch):
    monkeypatch.setattr(trail_pages, "DIRECT_ROWS", 0)
    ops = operator()
    page = ops.send(f"{AUDIT}export/csv/?action=accounts.user.created")["Location"]
    run_jobs()
    with platform_context():
        assert FileExport.objects.get().file_key.startswith("platform/downloads/exp_")
    file = ops.send(f"{page}file/")
    assert b"accounts.user.created" in b"".join(file.streaming_content)
    with tenant_context(acme):
        assert not FileExport.objects.exists()


def test_the_platforms_chain_is_checked_by_a_worker(acme, monkeypatch):
    monkeypatch.setattr(audit_check, "DIRECT_ENTRIES", 0)
    ops = operator()
    assert "Vérification en cours" in text_of(ops.send(f"{AUDIT}verify/", follow=True))
    run_jobs()
    assert "Intact jusqu’à l’entrée" in text_of(ops.get(AUDIT))
