"""Suspending, resuming, renaming, listing; creating and deleting, also when killed in the middle."""

import io
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from qualiforma.accounts import services as accounts
from qualiforma.errors import IllegalTransitionError, InvalidFieldsError, MissingError
from qualiforma.files import remove_below, stored_below
from qualiforma.provisioning import services
from qualiforma.provisioning.removal import contents
from qualiforma.provisioning.services import TenantExistsError
from qualiforma.ratelimit.models import Counter
from qualiforma.tenants.context import CACHE_SECONDS, forget_tenants, get_tenant, tenant_context
from qualiforma.tenants.models import Domain, Tenant, TenantStatus
from qualiforma.tenants.owner import as_owner
from tests.admin_client import AdminClient, text_of
from tests.cast import PASSWORD, Client
from tests.qualiforma.tenants.conftest import schemas
from tests.qualiforma.tenants.processes import manage, run_killed_at

pytestmark = pytest.mark.usefixtures("committed")
LOGIN = "/api/v1/auth/login"


@pytest.fixture
def initech(committed):
    """A tenant with a user, two files and a counter."""
    tenant = services.create_tenant(slug="initech", name="Initech")
    with tenant_context(tenant):
        accounts.create_user(email="a@b.fr", name="A", role="ADMIN", password=PASSWORD)
    for key in ("tenants/initech/a.txt", "tenants/initech/deep/er/b.txt", "tenants/initech-2/c"):
        default_storage.save(key, ContentFile(b"content"))
    log_in("wrong")
    yield tenant
    for folder in ("tenants/initech", "tenants/initech-2"):
        remove_below(folder)


def log_in(password=PASSWORD, slug="initech"):
    body = {"email": "a@b.fr", "password": password}
    return Client(slug).post(LOGIN, body).status_code


def run(*command):
    output = io.StringIO()
    call_command(*command, stdout=output)
    return output.getvalue()


def page(host):
    answer = AdminClient(host).get("/admin/login/")
    return answer.status_code, "Organisme inconnu" in text_of(answer)


def test_suspend_and_resume(initech):
    assert log_in() == 200
    assert page("initech.localhost") == (200, False)
    for _twice in range(2):
        assert "SUSPENDED" in run("suspend_tenant", "initech")
        assert log_in() == 404
        assert page("initech.localhost") == page("nowhere.localhost") == (404, True)
    for _twice in range(2):
        assert "ACTIVE" in run("resume_tenant", initech.pk)
        assert log_in() == 200


def test_a_session_ends_with_its_organisation(initech):
    """One that names its organisation itself finds it no more than the header does."""
    url = "/api/v1/company/session"
    body = {"email": "a@b.fr", "password": PASSWORD}
    held = {"HTTP_SESSIONID": Client("initech").post(url, body).json()["sessionId"]}
    assert Client(None).get(url, **held).status_code == 200
    run("suspend_tenant", "initech")
    answer = Client(None).get(url, **held)
    assert (answer.status_code, answer.json()["code"]) == (401, "TOKEN_INVALID")
    run("resume_tenant", "initech")
    assert Client(None).get(url, **held).status_code == 200


@pytest.mark.parametrize("status", [TenantStatus.PROVISIONING, TenantStatus.DELETING])
def test_what_is_half_there_is_neither_opened_nor_renamed(initech, status):
    with as_owner():
        Tenant.objects.filter(pk=initech.pk).update(status=status)
    forget_tenants()  # as other processes do within 30 s
    assert log_in() == 404
    for change in (services.resume_tenant, services.suspend_tenant):
        with pytest.raises(IllegalTransitionError):
            change(name="initech")
    with pytest.raises(IllegalTransitionError):
        services.rename_tenant(name="initech", slug="other")
    with pytest.raises(MissingError):
        get_tenant("initech")
    with pytest.raises(CommandError, match=f"current: {status}"):
        run("resume_tenant", "initech")


def test_rename(initech):
    for _twice in range(2):
        assert "initrode" in run("rename_tenant", initech.pk, "initrode")
    assert (log_in(), log_in(slug="initrode")) == (404, 200)
    tenant = Tenant.objects.get(slug="initrode")
    assert tenant.storage_prefix == "initech"
    assert tenant.schema_name == initech.schema_name
    assert Domain.objects.get(tenant=tenant).domain == "initrode.localhost"


@pytest.mark.parametrize("name", [" ", "a" * 201, "a\x00b", "a\nb"])
def test_a_name_that_no_list_can_show_is_refused(db, name):
    with pytest.raises(InvalidFieldsError) as refused:
        services.create_tenant(slug="initrode", name=name)
    assert [error.field for error in refused.value.errors] == ["name"]
    with pytest.raises(CommandError):
        run("create_tenant", "initrode", "--name", name)
    assert not Tenant.objects.filter(slug="initrode").exists()


def test_a_domain_of_its_own_stays():
    services.create_tenant(slug="initech", name="I", domain="qualite.initech.fr")
    services.rename_tenant(name="initech", slug="initrode")
    assert Domain.objects.get(tenant__slug="initrode").domain == "qualite.initech.fr"


@pytest.mark.parametrize(
    ("slug", "error"),
    [("globex", TenantExistsError), ("Big", InvalidFieldsError), ("api", InvalidFieldsError)],
)
def test_names_that_cannot_be_had(initech, slug, error):
    with pytest.raises(error):
        services.rename_tenant(name="initech", slug=slug)
    with pytest.raises(CommandError):
        run("rename_tenant", "initech", slug)
    assert Tenant.objects.get(pk=initech.pk).slug == "initech"


def test_deleting_says_what_would_go(initech):
    before = contents(initech)
    said = run("delete_tenant", "initech", "--dry-run")
    for word in (initech.schema_name, "accounts_user", "2 below tenants/initech/", "initech.loc"):
        assert word in said
    assert before.rows["accounts_user"] == 1
    assert before.schema_bytes > 500_000
    assert contents(initech) == before
    assert log_in() == 200


def gone(tenant):
    assert tenant.schema_name not in schemas()
    assert not Tenant.objects.filter(pk=tenant.pk).exists()
    assert not Domain.objects.filter(domain="initech.localhost").exists()
    assert not Counter.objects.filter(scope=tenant.pk).exists()
    assert not list(stored_below("tenants/initech"))
    assert not default_storage.exists("tenants/initech")
    assert default_storage.exists("tenants/initech-2/c"), "another's"
    return True


def test_delete_leaves_nothing(initech):
    assert Counter.objects.filter(scope=initech.pk).exists()
    others = Counter.objects.exclude(scope=initech.pk).count()
    with pytest.raises(CommandError, match="--confirm initech"):
        run("delete_tenant", "initech")
    with pytest.raises(CommandError, match="confirm: "):
        run("delete_tenant", "initech", "--confirm", "globex", "--now")
    assert log_in() == 200
    assert "deleted" in run("delete_tenant", "initech", "--confirm", "initech", "--now")
    assert gone(initech)
    assert Counter.objects.count() == others
    with pytest.raises(CommandError, match="initech"):
        run("delete_tenant", "initech", "--confirm", "initech", "--now")
    assert services.create_tenant(slug="initech", name="Again").pk != initech.pk


@pytest.mark.parametrize("point", ["time.sleep", "import_string", "remove_below", "drop"])
def test_deletion_killed_goes_on(initech, point):
    call = "delete_tenant(name='initech', confirm='initech', grace_seconds=0)"
    run_killed_at(point, call, module="removal")
    assert Tenant.objects.get(pk=initech.pk).status == TenantStatus.DELETING
    forget_tenants()
    assert log_in() == 404
    done = manage("delete_tenant", "initech", "--confirm", "initech", "--now")
    assert done.returncode == 0, done
    assert gone(initech)


@pytest.mark.parametrize(
    ("module", "point"),
    [
        ("services", "fill_schema"),
        ("templates", "psycopg.Connection.execute"),
        ("services", "Tenant.save"),
    ],
)
def test_creation_killed_starts_over(module, point):
    templates_made = services.create_tenant(slug="first", name="First")
    before = schemas()
    killed = run_killed_at(point, "create_tenant(slug='initech', name='Initech')", module)
    assert killed.returncode < 0
    assert Client("initech").get("/api/v1/auth/me").status_code == 404
    tenant = services.create_tenant(slug="initech", name="Initech")
    assert schemas() - before == {tenant.schema_name}
    assert Tenant.objects.filter(slug="initech").count() == 1
    assert templates_made.status == TenantStatus.ACTIVE


def test_list(initech):
    run("suspend_tenant", "initech")
    rows = {row["slug"]: row for row in json.loads(run("list_tenants", "--json"))}
    assert rows["initech"]["status"] == "SUSPENDED"
    assert rows["initech"]["behind"] == 0
    assert rows["initech"]["schema"] == initech.schema_name
    head, *lines = run("list_tenants").splitlines()
    assert head.split() == ["slug", "status", "id", "schema", "created", "behind", "name"]
    assert [line.split()[0] for line in lines] == sorted(rows)


def test_exit_statuses(initech):
    assert manage("suspend_tenant", "nowhere").returncode == 1
    assert manage("suspend_tenant").returncode == 2
    assert manage("migrate_tenants", "--processes", "0").returncode == 2
    assert manage("delete_tenant", "initech").returncode == 1
    assert manage("list_tenants", DATABASE_URL="mysql://x").returncode == 2


def test_two_creators_of_one_slug():
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: manage("create_tenant", "twin", "--name", "T"), range(2)))
    assert sorted(one.returncode for one in done) == [0, 1], done
    assert Tenant.objects.get(slug="twin").status == TenantStatus.ACTIVE


def test_a_person_types_the_slug(initech, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    for typed in ("", "Initech", "y"):
        monkeypatch.setattr("builtins.input", lambda prompt, typed=typed: typed)
        with pytest.raises(CommandError, match="confirm: "):
            run("delete_tenant", "initech", "--now")
    monkeypatch.setattr("builtins.input", lambda prompt: " initech ")
    assert "accounts_user" in run("delete_tenant", "initech", "--now")
    assert gone(initech)


def test_deleting_waits_for_who_may_still_remember_it(initech, monkeypatch):
    """Within the time that others keep a tenant in memory, its schema and files are still there."""
    seen = []
    monkeypatch.setattr(
        "qualiforma.provisioning.removal.time.sleep",
        lambda seconds: seen.append((seconds, initech.schema_name in schemas(), log_in())),
    )
    run("delete_tenant", "initech", "--confirm", "initech")
    assert seen == [(CACHE_SECONDS, True, 404)]
    assert gone(initech)
