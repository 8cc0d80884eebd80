"""An organisation as one file: exported, imported elsewhere and under another slug, and refused."""

import json
import os
import re
import zipfile

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection

from improvements.models import PlanAttachment
from qualiforma.accounts import services as accounts
from qualiforma.audit import chain
from qualiforma.backups.archive import Archive, Writer
from qualiforma.backups.errors import BackupError
from qualiforma.backups.organisations import export_tenant, import_tenant
from qualiforma.files import remove_below, stored_below
from qualiforma.provisioning import services
from qualiforma.tenants.context import forget_tenants, get_tenant, leave_tenant, tenant_context
from qualiforma.tenants.models import Domain, Tenant
from tests import forks
from tests.cast import PASSWORD, Client
from tests.improvements.factories import make_plan

DEMO = "qualiforma-demo"
ADMIN = ("admin@qualiforma.fr", "mot-de-passe-de-test")
LOGIN = "/api/v1/auth/login"
ATTACHMENTS = f"tables/{PlanAttachment._meta.db_table}"


@pytest.fixture
def initech(committed):
    """An organisation with a user, a plan and a stored file."""
    tenant = services.create_tenant(slug="initech", name="Initech", domain="qualite.initech.fr")
    with tenant_context(tenant):
        user = accounts.create_user(email="a@b.fr", name="A", role="ADMIN", password=PASSWORD)
        plan = make_plan(owner_id=user.pk)
        key = default_storage.save(
            f"tenants/initech/improvements/{plan.pk}/a.pdf", ContentFile(b"1")
        )
        PlanAttachment.objects.create(
            plan=plan, uploaded_by=user, key=key, name="a.pdf", size=1, content_type="application/pdf",
            sha256="6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b",
        )  # fmt: skip
    leave_tenant()
    yield tenant
    remove_below("tenants/initech")


@pytest.fixture
def exported(initech, tmp_path):
    """The file that the organisation was exported to, and the head in it."""
    found = export_tenant(slug="initech", output=tmp_path / "initech.zip", reason="Déménagement")
    return tmp_path / "initech.zip", found["head"]


def head_of(slug):
    with tenant_context(get_tenant(slug)):
        return list(chain.head())


def is_analyzed(schema, table):
    """Say whether PostgreSQL knows what is in a table, without waiting for autovacuum."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stats WHERE schemaname = %s AND tablename = %s",
            [schema, table],
        )
        return bool(cursor.fetchone()[0])


def log_in(slug):
    return Client(slug).post(LOGIN, {"email": "a@b.fr", "password": PASSWORD})


def asked(installation, slug):
    """Return the answers of an installation, of this one for None."""
    environment = {
        "DJANGO_SETTINGS_MODULE": "qualiforma.settings",
        "QUALIFORMA_ALLOWED_HOSTS": "testserver",
        **(installation.environment if installation else {}),
    }
    words = ("-m", "tests.qualiforma.backups.answers", slug, *ADMIN)
    done = forks.run(*words, env=os.environ | environment, seconds=300)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def test_an_organisation_elsewhere_under_another_slug(demo_server, committed, elsewhere, tmp_path):
    """With all that the demonstration has: every answer is the same, and so is the trail's head."""
    before = asked(None, DEMO)
    found = export_tenant(slug=DEMO, output=tmp_path / "demo.zip")
    head = "{}:{}".format(*found["head"])
    said = elsewhere.does(
        ["migrate_tenants"],
        ["import_tenant", str(tmp_path / "demo.zip"), "--slug", "moved"],
        ["verify_audit_trail", "--tenant", "moved", "--expect", head, "--records"],
        ["verify_files", "--tenant", "moved"],
        ["check_audit_guards", "--all-tenants"],
    )
    assert f"ACTIVE, head {head}" in said
    after = asked(elsewhere, "moved")
    assert len(before) > 100
    assert before.keys() == after.keys()
    assert [(one, before[one], after[one]) for one in before if before[one] != after[one]] == []


def test_exported_deleted_imported_under_another_slug(initech, exported):
    file, head = exported
    assert file.stat().st_mode & 0o777 == 0o600
    files = sorted(stored_below("tenants/initech"))
    assert files
    token = log_in("initech").json()["data"]["accessToken"]
    services.delete_tenant(name="initech", confirm="initech", grace_seconds=0)
    assert not list(stored_below("tenants/initech"))
    tenant = import_tenant(source=file, slug="initrode")
    assert tenant.pk != initech.pk
    assert head_of("initrode") == head
    assert sorted(stored_below("tenants/initech")) == files
    domains = dict(Domain.objects.filter(tenant=tenant).values_list("domain", "is_primary"))
    assert domains == {"qualite.initech.fr": True, "initrode.localhost": False}
    assert Client("initrode", token).get("/api/v1/improvement-plans").status_code == 403
    assert is_analyzed(tenant.schema_name, "improvements_improvementplan")
    again = Client("initrode", log_in("initrode").json()["data"]["accessToken"])
    assert len(again.get("/api/v1/improvement-plans").json()["data"]) == 1


def test_what_is_refused_leaves_nothing(initech, exported, tmp_path):
    file, _head = exported
    slugs = set(Tenant.objects.values_list("slug", flat=True))
    for slug, words in (
        ("", "initech is taken"),
        ("initrode", "initech has its own"),
        ("Big", "Big:"),
    ):
        with pytest.raises(BackupError, match=words):
            import_tenant(source=file, slug=slug)
    with pytest.raises(BackupError, match="exists already"):
        export_tenant(slug="initech", output=file)
    with pytest.raises(BackupError, match="nobody"):
        export_tenant(slug="nobody", output=tmp_path / "nobody.zip")
    assert set(Tenant.objects.values_list("slug", flat=True)) == slugs
    assert [path.name for path in tmp_path.iterdir()] == ["initech.zip"]


def rewritten(file, name, change, **manifest):
    """Write the archive anew with one member changed and all digests right, as an attacker would."""
    target = file.with_name(f"rewritten-{len(list(file.parent.iterdir()))}.zip")
    with Archive(file) as archive:
        writer = Writer(target)
        for member in archive.members:
            with writer.member(member) as out:
                content = archive.open(member).read()
                out.write(change(content) if member == name else content)
        writer.finish(
            {key: value for key, value in archive.manifest.items() if key != "members"} | manifest
        )
    return target


def test_a_broken_trail_and_a_newer_release_are_refused(initech, exported):
    file, _head = exported
    services.delete_tenant(name="initech", confirm="initech", grace_seconds=0)
    broken = rewritten(file, "tables/audit_event", lambda text: text.replace(b"a@b.fr", b"c@d.fr"))
    with pytest.raises(BackupError, match=r"trail of initech is broken at \d+"):
        import_tenant(source=broken)
    cut = rewritten(file, "tables/audit_event", lambda text: text[: text.rindex(b"\n", 0, -1) + 1])
    with pytest.raises(BackupError, match="trail of initech is broken"):
        import_tenant(source=cut)
    newer = rewritten(file, "", bytes, product="9.0.0")
    with pytest.raises(BackupError, match=r"QualiForma 9\.0\.0, newer than this one"):
        import_tenant(source=newer)
    assert not Tenant.objects.filter(slug="initech").exists()


FORGED = {
    "others' folders below": {"storage_prefix": "globex/evidence"},
    "a folder above": {"storage_prefix": "../platform"},
    "the folder of all": {"storage_prefix": "."},
    "no folder": {"storage_prefix": ""},
    "no text": {"storage_prefix": 5},
    "a state": {"status": "DELETING"},
    "a reserved name": {"slug": "platform"},
    "a name of two lines": {"name": "Initech\nGlobex"},
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_a_forged_registration_is_refused(initech, exported, forged):
    file, _head = exported
    services.delete_tenant(name="initech", confirm="initech", grace_seconds=0)
    with Archive(file) as archive:
        row = archive.manifest["registration"] | forged
    with pytest.raises(BackupError):
        import_tenant(source=rewritten(file, "", bytes, registration=row))
    assert not Tenant.objects.filter(name__startswith="Initech").exists()


@pytest.mark.parametrize("host", ["localhost", "pas un hôte", "10.0.0.1", "a..b"])
def test_a_forged_host_is_refused(initech, exported, host, settings):
    settings.PLATFORM_HOSTS = ["localhost"]
    file, _head = exported
    services.delete_tenant(name="initech", confirm="initech", grace_seconds=0)
    domains = [{"domain": host, "is_primary": True}]
    with pytest.raises(BackupError, match="domain"):
        import_tenant(source=rewritten(file, "", bytes, domains=domains))


@pytest.mark.parametrize("key", ["tenants/globex/improvements/imp_x/a.pdf", "tenants/initech/../a"])
def test_rows_that_name_files_of_others_are_refused(initech, exported, key):
    """A purge would delete, and a page hand out, what they name."""
    file, _head = exported
    services.delete_tenant(name="initech", confirm="initech", grace_seconds=0)
    [old] = re.findall(rb"tenants/initech/improvements/[^\t]+", table_of(file, ATTACHMENTS))
    forged = rewritten(file, ATTACHMENTS, lambda text: text.replace(old, key.encode()))
    with pytest.raises(BackupError, match="a row names"):
        import_tenant(source=forged)
    assert not Tenant.objects.filter(slug="initech").exists()
    assert not list(stored_below("tenants/initech"))


def table_of(file, member):
    with Archive(file) as archive:
        return archive.open(member).read()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_half_a_file_is_refused(initech, exported, share):
    file, _head = exported
    file.write_bytes(file.read_bytes()[: int(file.stat().st_size * share)])
    with pytest.raises(BackupError, match=r"not a whole archive|is not what was written"):
        import_tenant(source=file, slug="other")


def test_one_altered_byte_is_found(initech, exported):
    file, _head = exported
    with zipfile.ZipFile(file) as archive:
        info = next(one for one in archive.infolist() if one.filename.startswith("files/"))
    content = bytearray(file.read_bytes())
    content[info.header_offset + 30 + len(info.filename) + 20] ^= 1
    file.write_bytes(content)
    with pytest.raises(BackupError):
        import_tenant(source=file, slug="other")


def test_a_failure_in_the_middle_leaves_nothing(initech, exported, monkeypatch):
    file, _head = exported
    services.delete_tenant(name="initech", confirm="initech", grace_seconds=0)
    monkeypatch.setattr("qualiforma.backups.organisations.LEFT_BEHIND", [None])
    with pytest.raises(AttributeError, match="_meta"):
        import_tenant(source=file)
    forget_tenants()
    assert not Tenant.objects.filter(slug="initech").exists()
    assert not list(stored_below("tenants/initech"))
