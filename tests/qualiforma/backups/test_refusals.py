"""Backups that are not whole, restores that would do harm, files that go meanwhile."""

import hashlib
import json
import re
from contextlib import contextmanager

import boto3
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from improvements.models import PlanAttachment
from qualiforma.accounts import services as accounts
from qualiforma.backups import parts, restoring, sealing
from qualiforma.backups.archive import Archive
from qualiforma.backups.errors import BackupError
from qualiforma.backups.installation import back_up, verify
from qualiforma.backups.restoring import restore
from qualiforma.files import remove_below
from qualiforma.provisioning import services
from qualiforma.tenants.context import leave_tenant, tenant_context
from qualiforma.tenants.models import Tenant
from tests.cast import PASSWORD
from tests.improvements.factories import make_plan
from tests.qualiforma.tenants.processes import run_python

# Where the backup's process is killed: before which call, and the how manieth.
POINTS = [
    *(("archive.Digesting.write", number) for number in (1, 7, 40)),
    *(("installation.write_part", number) for number in (1, 2, 4)),
    ("installation.Staging", 1), ("installation._write_manifest", 1), ("places._sync", 1),
    ("places.sync", 1), ("places.Path.rename", 1), ("folders.shutil.rmtree", 1),
]  # fmt: skip
# A process each, forked from one that has done what is slow.
KILL = """
import operator, signal
from qualiforma import folders
from qualiforma.backups import archive, installation, places
for point, number in {points!r}:
    if not os.fork():
        calls = iter(range(1, number))
        *path, name = point.split(".")
        owner = operator.attrgetter(".".join(path[1:]))(globals()[path[0]]) if path[1:] else globals()[path[0]]
        before = getattr(owner, name)
        def counted(*args, **kwargs):
            if next(calls, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
            return before(*args, **kwargs)
        setattr(owner, name, counted)
        installation.back_up(output={output!r})
        os._exit(3)
    assert os.wait()[1] == signal.SIGKILL, point
"""


@pytest.fixture
def filed(committed):
    """An organisation with a stored file, and what stores another."""
    tenant = services.create_tenant(slug="initech", name="Initech")
    with tenant_context(tenant):
        user = accounts.create_user(email="a@b.fr", name="A", role="ADMIN", password=PASSWORD)
        plan = make_plan(owner_id=user.pk)

    def store(name):
        key = f"tenants/initech/improvements/{plan.pk}/{name}"
        default_storage.save(key, ContentFile(name.encode()))
        digest = hashlib.sha256(name.encode()).hexdigest()
        with tenant_context(tenant):
            return PlanAttachment.objects.create(
                plan=plan, uploaded_by=user, key=key, name=name, size=len(name), sha256=digest,
                content_type="application/pdf",
            )  # fmt: skip

    store("a.pdf")
    leave_tenant()
    yield store
    remove_below("tenants/initech")


def test_killed_at_any_point_nothing_that_verifies_is_not_whole(committed, tmp_path):
    done = run_python(KILL.format(points=POINTS, output=str(tmp_path)), seconds=600)
    assert done.returncode == 0, done.stderr[-2000:]
    left = list(tmp_path.iterdir())
    whole = set(Tenant.objects.values_list("slug", flat=True)) | {""}
    for folder in left:
        try:
            manifest = verify(str(folder))
        except BackupError:
            assert folder.name.startswith(".partial-")
        else:
            assert {one["slug"] for one in manifest["archives"].values()} == whole
    # The next one removes what those that were killed left.
    assert len(list(tmp_path.glob(".partial-*"))) == 1
    back_up(output=str(tmp_path))
    assert list(tmp_path.glob(".partial-*")) == []


def test_a_file_that_goes_with_its_row_costs_another_instant(filed, tmp_path, monkeypatch):
    """It was there at the first instant, and could not be copied any more."""
    take, instants = parts._instant, list[object]()

    @contextmanager
    def taken():
        row = None if instants else filed("b.pdf")
        with take() as instant:
            instants.append(instant)
            if row:
                default_storage.delete(row.key)
                with tenant_context(Tenant.objects.get(slug="initech")):
                    row.delete()
                leave_tenant()
            yield instant

    monkeypatch.setattr(parts, "_instant", taken)
    manifest = back_up(output=str(tmp_path), slug="initech")
    assert len(instants) == 2
    [(name, one)] = manifest["archives"].items()
    assert one["missing"] == []
    with Archive(tmp_path / manifest["name"] / name) as archive:
        assert [member for member in archive.members if "b.pdf" in member] == []
        assert archive.manifest["tables"]["improvements_planattachment"]["rows"] == 1


def test_what_was_lost_before_is_named_and_stops_no_backup(filed, tmp_path):
    lost, altered = filed("lost.pdf"), filed("altered.pdf")
    default_storage.delete(lost.key)
    default_storage.delete(altered.key)
    default_storage.save(altered.key, ContentFile(b"something else"))
    manifest = back_up(output=str(tmp_path), slug="initech")
    [one] = manifest["archives"].values()
    assert sorted(one["missing"]) == sorted([lost.key, altered.key])


def change(folder, **values):
    """Alter the manifest and its sum."""
    path, sums = folder / "manifest.json", folder / "SHA256SUMS"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    sums.write_text(re.sub(r"\w+(?=  manifest.json)", digest, sums.read_text()))
    return str(folder)


def test_what_is_not_restored(committed, backups):
    folder = backups()
    with pytest.raises(BackupError, match=r"has \d+ organisation\(s\): restore into an empty one"):
        restore(source=str(folder), reason="x")
    with pytest.raises(BackupError, match="another passphrase"):
        restore(source=str(folder), reason="x", secret_key_to=folder / "key", passphrase="x")
    with pytest.raises(BackupError, match="of PostgreSQL 14, the database here is"):
        restore(source=change(folder, postgresql=14), reason="x")
    with pytest.raises(BackupError, match=r"holds the organisation acme alone.*import_tenant"):
        restore(source=change(folder, tenant="acme"), reason="x")
    (folder / "manifest.json").write_text("{}")
    with pytest.raises(BackupError, match=r"manifest\.json is not what was written"):
        verify(str(folder))
    (folder / "shared.zip").unlink()
    with pytest.raises(BackupError, match=r"shared\.zip is missing"):
        verify(str(folder))


def test_where_the_secret_key_goes_is_tried_first(tmp_path):
    """Before anything is restored: an installation that is filled cannot be filled again."""
    kept = restoring._secret_at
    with (
        pytest.raises(BackupError, match=r"cannot be written.*nothing was restored"),
        kept(tmp_path / "no folder" / "key", "word"),
    ):
        raise AssertionError("it went on")
    path = tmp_path / "key"
    with pytest.raises(KeyError), kept(path, "word"):
        raise KeyError(path.read_text())
    assert not path.exists()
    path.write_text("word")  # of a try that was killed
    with kept(path, "word"):
        assert path.read_text() == "word"
    with pytest.raises(BackupError, match="cannot be written"), kept(path, "another word"):
        raise AssertionError("it went on")


def test_the_secret_key_is_sealed():
    sealed = sealing.seal("the secret key", "correct horse battery")
    assert "secret" not in json.dumps(sealed).replace("sealed", "")
    assert sealing.unseal(sealed, "correct horse battery") == "the secret key"
    for wrong in (sealed | {"salt": sealed["nonce"]}, {}, sealed | {"sealed": "é"}):
        with pytest.raises(BackupError, match="another passphrase"):
            sealing.unseal(wrong, "correct horse battery")
    with pytest.raises(BackupError, match="another passphrase"):
        sealing.unseal(sealed, "wrong horse battery")
    with pytest.raises(BackupError, match="12 characters at least"):
        sealing.seal("the secret key", "short")


def test_a_backup_in_a_bucket(committed, bucket, settings):
    settings.S3_ENDPOINT, settings.S3_REGION = bucket["endpoint_url"], bucket["region_name"]
    made = f"s3://files/backups/{back_up(output='s3://files/backups')['name']}"
    assert {one["slug"] for one in verify(made)["archives"].values()} >= {"acme", "globex", ""}
    client = boto3.client("s3", endpoint_url=bucket["endpoint_url"], region_name="eu-west-3")
    client.delete_object(Bucket="files", Key=f"{made.removeprefix('s3://files/')}/SHA256SUMS")
    with pytest.raises(BackupError, match="no whole backup"):
        verify(made)
    with pytest.raises(BackupError, match="cannot be written"):
        back_up(output="s3://nobody/backups")
    with pytest.raises(BackupError, match="names no place like"):
        back_up(output="s3://")
