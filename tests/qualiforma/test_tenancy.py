"""Schemas, roles and provisioning."""

import io
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import DatabaseError, ProgrammingError, connection, transaction
from django.db.models import ForeignKey

from improvements.models import ImprovementPlan
from improvements.models.plans import PlanYear
from qualiforma.accounts.models import User
from qualiforma.env import ConfigurationError
from qualiforma.errors import InvalidFieldsError
from qualiforma.ids import IdField
from qualiforma.provisioning import removal, services
from qualiforma.provisioning.services import TenantExistsError
from qualiforma.tenants.context import (
    autonomous_connection,
    current_tenant,
    forget_tenants,
    leave_tenant,
    platform_context,
    tenant_context,
)
from qualiforma.tenants.models import PLATFORM_SCHEMA, Domain, StorageMark, Tenant, TenantStatus
from qualiforma.tenants.owner import as_owner
from tests.cast import ALICE, PASSWORD, Client


def tables(schema):
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema])
        return {name for (name,) in cursor.fetchall()}


def test_no_table_is_both_shared_and_a_tenants(acme):
    assert tables("public") & tables(acme.schema_name) == {"django_migrations"}
    assert tables(PLATFORM_SCHEMA) == tables(acme.schema_name)


def test_public_holds_only_the_registration(acme):
    registration = {"tenants_tenant", "tenants_domain"}
    queue = {f"procrastinate_{name}" for name in ("jobs", "events", "workers", "periodic_defers")}
    kept = {"django_migrations", "throttles_counter", "jobs_jobeffect", "jobs_jobtrouble"}
    kept |= {"jobs_morningrun", "tenants_storagemark"}
    assert tables("public") == registration | queue | kept


def test_no_foreign_key_leaves_a_schema(acme):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' AND "
            "(SELECT relnamespace FROM pg_class WHERE oid = conrelid) <> "
            "(SELECT relnamespace FROM pg_class WHERE oid = confrelid)"
        )
        assert cursor.fetchall() == []


def test_our_tables_have_text_keys_and_no_sequence(db):
    ours = ("tenants", "accounts", "improvements", "compliance", "actionplans")
    found = {one for label in ours for one in apps.get_app_config(label).get_models()}
    for model in found - {StorageMark, PlanYear}:  # counters, whose keys are 1 and the year
        key = model._meta.pk
        while isinstance(key, ForeignKey):  # a one-to-one key is the other row's
            key = key.target_field
        assert isinstance(key, IdField), model


def test_keys_compare_by_bytes_and_have_one_index(acme):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE schemaname = %s AND indexname LIKE '%%_like' "
            "AND tablename LIKE 'improvements%%'",
            [acme.schema_name],
        )
        assert cursor.fetchall() == []
        cursor.execute(
            "SELECT collation_name FROM information_schema.columns WHERE table_schema = %s "
            "AND table_name = 'improvements_correctiveaction' AND column_name IN ('id', 'plan_id')",
            [acme.schema_name],
        )
        assert cursor.fetchall() == [("C",), ("C",)]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE extra (id int)",
        "CREATE SCHEMA extra",
        "CREATE TEMPORARY TABLE extra (id int)",
        "ALTER TABLE improvements_improvementplan ADD COLUMN extra int",
        "DROP TABLE improvements_improvementplan",
        "TRUNCATE improvements_improvementplan",
        "DELETE FROM django_migrations",
        "UPDATE public.tenants_tenant SET status = 'SUSPENDED'",
        "DELETE FROM public.tenants_domain",
    ],
)
def test_the_application_role_changes_data_only(acme, statement):
    with (
        pytest.raises(ProgrammingError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_without_a_tenant_there_is_no_data(acme):
    leave_tenant()
    with pytest.raises(LookupError):
        current_tenant()
    with pytest.raises(DatabaseError), transaction.atomic():
        User.objects.first()


def test_the_same_address_is_two_people(acme, globex):
    User.objects.create(email="same@x.fr", name="Un", role="ADMIN")
    with tenant_context(globex):
        User.objects.create(email="same@x.fr", name="Deux", role="ADMIN")
        assert User.objects.get(email="same@x.fr").name == "Deux"
    assert User.objects.get(email="same@x.fr").name == "Un"


def test_the_platform_is_no_tenant(acme):
    answer = Client("platform").get("/api/v1/auth/me")
    assert answer.json()["code"] == "TENANT_NOT_FOUND"
    with platform_context():
        assert not User.objects.exists()


def test_a_schema_name_is_no_slug(acme):
    answer = Client(acme.schema_name).get("/api/v1/auth/me")
    assert answer.json()["code"] == "TENANT_NOT_FOUND"
    assert acme.slug not in acme.schema_name


@pytest.mark.parametrize("slug", ["ACME", " acme", "acme;drop", "acme' OR 1=1", "é", "a" * 500])
def test_odd_slugs_are_unknown(acme, slug):
    if slug.isascii():
        assert Client(slug).get("/api/v1/auth/me").status_code == 404


@pytest.fixture
def committed(django_db_setup, django_db_blocker):
    """For provisioning, which commits: what a test creates it removes."""
    with django_db_blocker.unblock():
        before = set(Tenant.objects.values_list("slug", flat=True))
        leave_tenant()
        forget_tenants()
        yield
        forget_tenants()
        leave_tenant()
        with as_owner():
            for tenant in Tenant.objects.exclude(slug__in=before):
                removal.drop(tenant)


def schemas():
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 't\\_%'")
        return {name for (name,) in cursor.fetchall()}


def test_create_tenant_then_a_user_logs_in(committed):
    output = io.StringIO()
    call_command("create_tenant", "initech", "--name", "Initech", stdout=output)
    slug, tenant_id, schema = output.getvalue().split()
    assert schema in schemas()
    tenant = Tenant.objects.get(slug=slug)
    assert (tenant.pk, tenant.status, tenant.storage_prefix) == (tenant_id, "ACTIVE", "initech")
    assert Domain.objects.get(tenant=tenant).domain == "initech.localhost"


def test_create_user_reads_the_password_from_standard_input(committed, monkeypatch):
    services.create_tenant(slug="initech", name="Initech")
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))
    command = ["create_user", "bill@initech.fr", "--tenant", "initech", "--name", "Bill"]
    call_command(*command, "--role", "ADMIN", "--password-stdin", stdout=io.StringIO())
    body = {"email": "bill@initech.fr", "password": PASSWORD}
    assert Client("initech").post("/api/v1/auth/login", body).status_code == 200
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    with pytest.raises(CommandError, match=r"email: .*password: "):
        call_command(*command, "--role", "ADMIN", "--password-stdin")


def test_create_user_without_a_terminal_says_what_to_do(acme):
    command = [sys.executable, "manage.py", "create_user", "x@y.fr", "--tenant", "acme"]
    told = subprocess.run(
        [*command, "--name", "X", "--role", "ADMIN"],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        check=False,
    )
    assert told.returncode == 1
    assert "--password-stdin" in told.stderr
    assert "Traceback" not in told.stderr


def test_create_user_of_the_platform(acme, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))
    command = ["create_user", "ops@platform.fr", "--name", "Ops", "--role", "ADMIN"]
    call_command(*command, "--platform", "--password-stdin", stdout=io.StringIO())
    body = {"email": "ops@platform.fr", "password": PASSWORD}
    assert Client(None).post("/platform/v1/auth/login", body).status_code == 200
    assert Client("acme").post("/api/v1/auth/login", body).status_code == 401
    for where in ([], ["--platform", "--tenant", "acme"], ["--tenant", "nowhere"]):
        with pytest.raises(CommandError):
            call_command(*command, *where, "--password-stdin")


@pytest.mark.parametrize(
    "names",
    [
        {"slug": "ACME"},
        {"slug": "a b"},
        {"slug": "-a"},
        {"slug": "platform"},
        {"slug": "public"},
        {"slug": "x" * 64},
        {"slug": "ok", "storage_prefix": "../x"},
        {"slug": "ok", "name": " "},
    ],
    ids=str,
)
def test_names_of_a_wrong_shape(committed, names):
    before = schemas()
    with pytest.raises(InvalidFieldsError):
        services.create_tenant(**{"name": "X"} | names)
    assert schemas() == before


@pytest.mark.parametrize(
    "names",
    [
        {"slug": "acme"},
        {"slug": "other", "storage_prefix": "acme"},
        {"slug": "other", "domain": "acme.localhost"},
    ],
    ids=str,
)
def test_names_that_are_taken(committed, names):
    before = schemas()
    with pytest.raises(TenantExistsError):
        services.create_tenant(name="X", **names)
    assert schemas() == before


def test_a_failure_leaves_nothing_behind(committed, monkeypatch):
    before = schemas()

    def burst(schema):
        raise DatabaseError("disk full")

    monkeypatch.setattr(services, "fill_schema", burst)
    with pytest.raises(DatabaseError):
        services.create_tenant(slug="initech", name="Initech")
    assert schemas() == before
    assert not Tenant.objects.filter(slug="initech").exists()
    assert not Domain.objects.filter(domain="initech.localhost").exists()


def test_a_half_made_tenant_is_made_anew(committed):
    with as_owner():
        Tenant.objects.create(slug="initech", name="X", storage_prefix="initech")
    assert Client("initech").get("/api/v1/auth/me").status_code == 404
    tenant = services.create_tenant(slug="initech", name="Initech")
    assert Tenant.objects.get(slug="initech").pk == tenant.pk
    assert tenant.status == TenantStatus.ACTIVE


def test_migrate_schemas_is_idempotent(committed):
    call_command("migrate_schemas", verbosity=0)
    with tenant_context(Tenant.objects.get(slug="acme")):
        assert User.objects.count() > 1
        assert not ImprovementPlan.objects.exists()


def test_owner_is_not_to_be_had_inside_a_transaction(acme):
    with pytest.raises(RuntimeError), as_owner():
        pass


def test_owner_address_missing(committed, settings):
    settings.DATABASE_OWNER = None
    with pytest.raises(ConfigurationError, match="DATABASE_OWNER_URL"), as_owner():
        pass


def test_two_threads_two_tenants(committed):
    """Each thread has its own connection, hence its own tenant."""

    def ask(slug):
        with tenant_context(Tenant.objects.get(slug=slug)):
            names = {tuple(User.objects.values_list("email", flat=True)) for _ in range(50)}
        connection.close()
        return slug, names

    with ThreadPoolExecutor(2) as pool:
        for slug, names in pool.map(ask, ["acme", "globex"] * 3):
            assert len(names) == 1
            assert all(email.endswith(f"@{slug}.fr") for email in names.pop())


def test_a_savepoint_rollback_keeps_the_tenant(acme, globex):
    """Django-tenants before 4.0.1 answered with the other tenant's rows here."""
    with transaction.atomic():
        with tenant_context(globex):
            assert User.objects.filter(email__endswith="@globex.fr").exists()
        try:
            with transaction.atomic():
                assert User.objects.filter(email__endswith="@acme.fr").exists()
                raise ValueError
        except ValueError:
            pass
        assert User.objects.filter(email__endswith="@acme.fr").exists()
        assert not User.objects.filter(email__endswith="@globex.fr").exists()


def test_aside_is_another_connection_in_the_same_tenant(acme):
    User.objects.filter(pk=ALICE.id).update(name="Not committed")
    with autonomous_connection() as cursor:
        cursor.execute("SELECT current_schema(), pg_backend_pid(), name FROM accounts_user WHERE id = %s", [ALICE.id])  # fmt: skip
        schema, process, name = cursor.fetchone()
    with connection.cursor() as own:
        own.execute("SELECT pg_backend_pid()")
        assert process != own.fetchone()[0]
    assert (schema, name) == (acme.schema_name, ALICE.name)
