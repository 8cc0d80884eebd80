"""manage.py verify_files: what is missing, altered or extra is named, and the exit status says so."""

from io import StringIO

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from improvements.models import PlanAttachment
from qualiforma.stored_files.registry import registered
from qualiforma.training.importing.models import RecordImport
from tests.qualiforma.test_stored_files import attachment, closing_report, evidence, export, put


def verify(*words):
    """Exit status and what is said."""
    said = StringIO()
    try:
        call_command("verify_files", *words, stdout=said)
    except SystemExit as end:
        return end.code, said.getvalue()
    return 0, said.getvalue()


@pytest.fixture
def stored(as_alice, acme, each_storage):
    """A file of each kind, and an upload of an import."""
    keys = [store(as_alice)[0] for store in (attachment, evidence, closing_report, export)]
    # Stored before imports kept a digest.
    upload = default_storage.save("tenants/acme/imports/rim_1/upload", ContentFile(b"a;b"))
    RecordImport.objects.create(
        kind="x", file_name="x", upload_key=upload, language="fr", started_by_id="usr_alice"
    )
    return keys


def test_all_as_stored(stored):
    status, said = verify("--tenant", "acme")
    assert status == 0
    assert said.splitlines() == [
        "acme: 5 files, no difference",
        "acme: 1 of them were stored without a SHA-256",
    ]


@pytest.mark.parametrize("number", range(4))
def test_each_kind_altered_or_missing(stored, number):
    key = stored[number]
    with default_storage.open(key) as file:
        content = file.read()
    put(key, content[:-1] + b"?")
    status, said = verify("--tenant", "acme")
    assert status == 1
    assert said.startswith(f"acme: ALTERED {key} (")
    assert "acme: 5 files, 1 differences" in said
    default_storage.delete(key)
    status, said = verify("--tenant", "acme")
    assert status == 1
    assert said.startswith(f"acme: MISSING {key} (")


def test_what_no_row_names_is_extra(stored):
    for key in ("tenants/acme/evidence/a.pdf", "tenants/acme/b/c/d.pdf", "tenants/acme/e"):
        default_storage.save(key, ContentFile(b"x"))
    status, said = verify("--tenant", "acme")
    assert status == 1
    assert sorted(said.splitlines())[-3:] == [
        "acme: EXTRA tenants/acme/b/c/d.pdf",
        "acme: EXTRA tenants/acme/e",
        "acme: EXTRA tenants/acme/evidence/a.pdf",
    ]


def test_a_key_in_another_organisations_folder_is_not_followed(stored):
    [key] = PlanAttachment.objects.values_list("key", flat=True)
    other = default_storage.save("tenants/globex/improvements/x.pdf", ContentFile(b"x"))
    PlanAttachment.objects.update(key=other)
    status, said = verify("--tenant", "acme")
    assert status == 1
    assert f"acme: OUTSIDE {other} (" in said
    assert f"acme: EXTRA {key}" in said


def test_a_name_cannot_forge_a_line(acme, settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path},
        }
    }
    folder = tmp_path / "tenants" / "acme"
    folder.mkdir(parents=True)
    (folder / "x\nacme: 0 files, no difference").touch()
    (folder / "\udce9").touch()
    status, said = verify("--tenant", "acme")
    assert status == 1
    assert len(said.splitlines()) == 3
    assert r"\udce9" in said


def test_all_organisations_are_checked_though_one_cannot_be_read(
    as_alice, globex, settings, tmp_path
):
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path},
        }
    }
    (tmp_path / "tenants").mkdir()
    (tmp_path / "tenants" / "acme").write_text("no folder")
    extra = default_storage.save("tenants/globex/x.pdf", ContentFile(b"x"))
    stray = default_storage.save("tenants/ghost/x.pdf", ContentFile(b"x"))
    status, said = verify("--all-tenants")
    assert status == 1
    assert "acme: UNREADABLE: " in said
    assert f"globex: EXTRA {extra}" in said
    assert f"EXTRA {stray.rpartition('/')[0]} (of no organisation)" in said


def test_an_unknown_organisation_is_wrong_usage(acme):
    with pytest.raises(CommandError) as refused:
        verify("--tenant", "nobody")
    assert refused.value.returncode == 2


def test_one_organisation_or_all(acme):
    for words in ([], ["--tenant", "acme", "--all-tenants"]):
        with pytest.raises(CommandError):
            verify(*words)


def test_each_model_with_a_digest_of_a_file_is_registered():
    models = {rows.model for rows in registered}
    names = {model: {one.name for one in model._meta.fields} for model in apps.get_models()}
    keys = {"key", "file_key", "attachment_s3_key", "upload_key", "report_key", "logo"}
    digests = {"size", "sha256", "attachment_sha256", "upload_key", "logo_sha256"}
    assert {model for model, has in names.items() if has & keys and has & digests} == models
