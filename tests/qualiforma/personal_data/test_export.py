"""What a person is handed out: everything, as JSON, as PDF, with the files, and nobody's secrets."""

import json
import subprocess
import zipfile

import pytest
from django.core.management.base import CommandError

from qualiforma.audit.models import AuditEvent
from qualiforma.personal_data import exporting
from qualiforma.tenants.context import tenant_context
from tests.qualiforma.personal_data import someone
from tests.qualiforma.personal_data.conftest import run

REASON = "--reason=Droit d’accès"


def test_the_archive_holds_everything_of_the_person(oubli, tmp_path):
    tenant, admin, her = oubli
    output = tmp_path / "elle.zip"
    code, said = run("export_person", tenant, someone.ADDRESS, REASON, f"--output={output}")
    assert code == 0, said
    assert output.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(output) as archive:
        found = json.loads(archive.read("personne.json"))
        text = as_text(archive.read("personne.pdf"), tmp_path)
        assert any(one.startswith("fichiers/") for one in archive.namelist())
    types = {one["type"]: one["rows"] for one in found["records"]}
    assert {"accounts.user", "training.enrollment", "training.submission"} <= set(types)
    assert {"improvements.complaint", "compliance.needsanalysis", "compliance.evidence"} <= set(
        types
    )
    assert types["compliance.needsanalysis"][0]["accessibility_needs"] == "Malentendante"
    assert set(found["person"]["names"]) == {someone.NAME, someone.FORMER}
    assert "password" not in types["accounts.user"][0]
    assert admin.pk not in json.dumps(found["records"])
    for words in (someone.NAME, "Malentendante", "Chronologie", "Salle froide"):
        assert words in text
    with tenant_context(tenant):
        entry = AuditEvent.objects.get(action="personal_data.person.exported")
        assert (entry.actor, entry.object_id) == (admin.pk, her.pk)


def test_nobody_else_reads_it_while_it_is_written(oubli, tmp_path, monkeypatch):
    tenant, _admin, her = oubli
    modes: list[str] = []
    render = exporting.render

    def rendered(*args):
        modes.extend(oct(one.stat().st_mode & 0o777) for one in tmp_path.iterdir())
        return render(*args)

    monkeypatch.setattr(exporting, "render", rendered)
    run("export_person", tenant, her.pk, REASON, f"--output={tmp_path / 'elle.zip'}")
    assert modes == ["0o600"]


def as_text(content, folder):
    path = folder / "personne.pdf"
    path.write_bytes(content)
    command = ["pdftotext", "-layout", path, "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_a_dry_run_counts_and_what_cannot_be_written_is_said(oubli, tmp_path):
    tenant, _admin, her = oubli
    code, said = run("export_person", tenant, her.pk, REASON, "--dry-run")
    assert code == 0
    assert "1 Inscriptions" in said
    taken = tmp_path / "taken.zip"
    taken.touch()
    for output, words in ((taken, "exists already"), (tmp_path / "no/x.zip", "cannot be written")):
        with pytest.raises(CommandError, match=words):
            run("export_person", tenant, her.pk, REASON, f"--output={output}")
    assert [one.name for one in tmp_path.iterdir()] == ["taken.zip"]
