"""`migrate_tenants`: who is behind, what fails, two at once; and what `/readyz` says of it."""

import io
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.postgresql_backend.introspection import DatabaseSchemaIntrospection
from django_tenants.utils import schema_context

from qualiforma.provisioning import readiness, schemas, services, upgrades
from qualiforma.server.demo import Stopped
from qualiforma.tenants.locks import locked
from qualiforma.tenants.models import Tenant, TenantStatus
from qualiforma.tenants.owner import as_owner
from tests.cast import Client
from tests.live import wait_until
from tests.qualiforma.tenants.catalogue import catalogue
from tests.qualiforma.tenants.conftest import run_as_owner
from tests.qualiforma.tenants.processes import (
    manage,
    processes_of,
    run_killed_at,
    run_python,
    start,
)

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def tenants(committed):
    """Four tenants, of which the last three lack the last migration of the retries app."""
    made = [services.create_tenant(slug=f"late-{n}", name="L") for n in range(4)]
    for tenant in made[1:]:
        undo(tenant)
    readiness.forget_readiness()
    yield made
    readiness.forget_readiness()


def undo(tenant):
    """Bring a tenant back to before the retries app had a table."""
    run_as_owner(
        f"DELETE FROM {tenant.schema_name}.django_migrations WHERE app = 'retries'",
        f"DROP TABLE {tenant.schema_name}.{TABLE}",
    )


TABLE = "retries_keptanswer"


def run(*options):
    output, errors = io.StringIO(), io.StringIO()
    try:
        call_command("migrate_tenants", *options, stdout=output, stderr=errors)
    except CommandError as error:
        return output.getvalue(), f"{errors.getvalue()}{error}"
    return output.getvalue(), errors.getvalue()


def behind():
    return [one.slug for one in upgrades.tenants_behind()]


def test_only_those_behind_are_migrated(tenants, monkeypatch):
    migrated = []

    def migrate(schema):
        migrated.append(schema)
        return schemas.migrate_schema(schema)

    monkeypatch.setattr(upgrades, "migrate_schema", migrate)
    said, _ = run("--dry-run")
    assert said.splitlines()[-1] == "3 behind"
    assert "late-1: 1 to apply" in said
    assert migrated == []
    assert run() == ("3 migrated, 0 failed\n", "")
    assert migrated == [tenant.schema_name for tenant in tenants[1:]]
    assert catalogue(tenants[1].schema_name) == catalogue(tenants[2].schema_name)
    for kind in ("relations", "indexes", "grants", "permissions"):
        first, second = (catalogue(tenant.schema_name)[kind] for tenant in tenants[:2])
        assert first == second, kind
    assert run() == ("0 migrated, 0 failed\n", "")


def test_one_that_fails_is_named_and_the_others_go_on(tenants):
    run_as_owner(f"CREATE TABLE {tenants[2].schema_name}.{TABLE} (id int)")
    done = manage("migrate_tenants", "--processes", "2")
    assert done.returncode == 1
    assert done.stdout == "2 migrated, 1 failed\n"
    assert done.stderr.count("\n") == 2, done.stderr
    first, second = done.stderr.splitlines()
    assert first.startswith("late-2: ProgrammingError: ")
    assert TABLE in first
    assert second == "CommandError: Not migrated: late-2"
    assert behind() == ["late-2"]
    run_as_owner(f"DROP TABLE {tenants[2].schema_name}.{TABLE}")
    assert manage("migrate_tenants").returncode == 0
    assert behind() == []


def test_no_process_is_left_to_the_end_of_the_interpreter(tenants):
    """Python closes the pipe of a pool that still ends, and then writes to it."""
    before = threading.active_count()
    done = upgrades.migrate_everything(processes=2)
    assert threading.active_count() == before
    assert [outcome.tenant.slug for outcome in done] in ([], ["late-1", "late-2", "late-3"])


def test_two_at_once_do_no_harm(tenants):
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: manage("migrate_tenants"), range(2)))
    assert [one.returncode for one in done] == [0, 0], done
    assert behind() == []
    with schema_context(tenants[1].schema_name), connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT (app, name)) FROM django_migrations")
        count, distinct = cursor.fetchone()
    assert count == distinct


def test_a_schema_without_its_list_of_migrations_lacks_them_all(tenants):
    lost = tenants[1].schema_name
    run_as_owner(f"DROP SCHEMA {lost} CASCADE")
    assert schemas.lacking([lost, tenants[0].schema_name])[lost] > 10
    assert run()[0] == "3 migrated, 0 failed\n"
    assert behind() == []


def test_grants_are_renewed(tenants):
    name = tenants[0].schema_name
    wanted = catalogue(name)["grants"]
    run_as_owner(f"REVOKE ALL ON {name}.accounts_user FROM qualiforma_app")
    assert catalogue(name)["grants"] != wanted
    run("--all")
    assert catalogue(name)["grants"] == wanted


def test_who_is_behind_takes_one_statement(tenants):
    names = list(Tenant.objects.values_list("schema_name", flat=True))
    schemas.lacking(names)
    with CaptureQueriesContext(connection) as statements:
        schemas.lacking(names)
    ours = [one["sql"] for one in statements if not one["sql"].startswith("SET search_path")]
    assert len(ours) == 2  # the catalogue, then the lists


def test_a_schema_migrated_while_it_is_looked_at_says_nothing_of_others(tenants, monkeypatch):
    """Looked at late, the first is up to date by then; the others with the same list are not."""
    plan = schemas._Executor.plan

    def late(executor):
        monkeypatch.setattr(schemas._Executor, "plan", plan)
        assert manage("migrate_tenants", "--dry-run").stdout.endswith("3 behind\n")
        done = run_python(
            "from qualiforma.provisioning.schemas import migrate_schema; "
            f"migrate_schema('{tenants[1].schema_name}')"
        )
        assert done.returncode == 0, done
        return plan(schemas._Executor())

    schemas._lacking.clear()
    assert schemas.lacking([tenants[0].schema_name]) == {}
    monkeypatch.setattr(schemas._Executor, "plan", late)
    schemas.lacking([tenants[1].schema_name])
    assert behind() == ["late-2", "late-3"]


def test_migrate_schemas_still_works(tenants):
    call_command("migrate_schemas", verbosity=0)
    assert behind() == []


def test_not_ready_while_a_tenant_is_behind(tenants):
    answer = Client(None).get("/readyz")
    assert (answer.status_code, answer.json()["tenantsBehind"]) == (503, 3)
    assert answer.json()["checks"]["tenants"] == "behind"
    assert b"late" not in answer.content
    services.suspend_tenant(name="late-1")
    run()
    readiness._kept["until"] = 0.0
    answer = Client(None).get("/readyz")
    assert (answer.status_code, "tenantsBehind" in answer.json()) == (200, False), answer.json()


def test_suspended_tenant_does_not_affect_readiness(tenants):
    with as_owner():
        Tenant.objects.filter(slug__startswith="late").update(status=TenantStatus.SUSPENDED)
    assert readiness.count_behind() == 0


def test_readiness_is_cheap(tenants, django_assert_num_queries):
    readiness.count_behind()
    with django_assert_num_queries(0):
        readiness.count_behind()


def test_killed_before_a_migration_is_recorded_its_tables_are_not_there(tenants):
    name = tenants[1].schema_name
    run_killed_at("record_migration", f"migrate_schema('{name}')", module="schemas._Executor")
    assert TABLE not in "".join(catalogue(name)["relations"])
    assert run()[0] == "3 migrated, 0 failed\n"
    assert behind() == []


@pytest.mark.parametrize("point", ["emit_post_migrate_signal", "grant_to_application"])
def test_killed_after_the_last_migration_it_still_is_behind(tenants, point):
    """What comes after the migrations, rights and permissions, is made up for by the next run."""
    name = tenants[1].schema_name
    run_killed_at(point, f"migrate_schema('{name}')", module="schemas")
    assert "late-1" in behind()
    assert run()[0] == "3 migrated, 0 failed\n"
    assert behind() == []
    first, second = (catalogue(tenant.schema_name) for tenant in tenants[:2])
    assert first["grants"] == second["grants"]
    without_ids = [
        {row.split(",", 1)[1] for row in rows}
        for rows in (first["migrations"], second["migrations"])
    ]
    assert without_ids[0] == without_ids[1]


def test_workers_end_with_their_command(tenants):
    """Killed with -9 while another holds a schema; no process stays, the next run does the rest."""
    with as_owner(), locked(tenants[2].schema_name):
        process = start("migrate_tenants", "--processes", "2")
        wait_until(lambda: behind() == ["late-2"], process)
        process.kill()
        process.wait()
        wait_until(lambda: not processes_of(process.pid))
    assert run()[0] == "1 migrated, 0 failed\n"


def test_the_list_of_tables_is_the_schemas_own(tenants):
    with schema_context(tenants[0].schema_name), connection.cursor() as cursor:
        ours = connection.introspection.get_table_list(cursor)
        theirs = DatabaseSchemaIntrospection(connection).get_table_list(cursor)
    assert sorted(ours) == sorted(theirs)
    assert len(ours) > 10


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_bar_grows_on_a_terminal(tenants):
    terminal = Terminal()
    call_command("migrate_tenants", stdout=io.StringIO(), stderr=terminal)
    assert "░ 1/3, 0 failed" in terminal.getvalue()
    assert "█ 3/3, 0 failed" in terminal.getvalue()


def test_being_asked_to_stop_is_no_tenants_failure(tenants, monkeypatch):
    def stop(schema):
        raise Stopped

    monkeypatch.setattr(upgrades, "migrate_schema", stop)
    with pytest.raises(Stopped):
        upgrades.migrate_everything()


def test_killed_worker_is_reported(tenants):
    """The command itself goes on to its end; run again, the rest is done."""
    with as_owner(), locked(tenants[2].schema_name):
        process = start("migrate_tenants", "--processes", "2")
        wait_until(lambda: behind() == ["late-2"], process)
        for worker in processes_of(process.pid):
            if worker != str(process.pid):
                os.kill(int(worker), signal.SIGKILL)
        assert process.wait(30) == 1
    assert run()[0] == "1 migrated, 0 failed\n"
