"""What of the whole database passes by every trail is named, beside the guards of one schema."""

import io

import pytest
from django.core.management import call_command
from django.db import connection

from qualiforma.provisioning import guards
from qualiforma.provisioning.database_guards import database_differences
from qualiforma.tenants.context import leave_tenant
from tests.committed import committed_tenant
from tests.qualiforma.audit.scratch import superuser

IN_DATABASE = "ALTER ROLE qualiforma_app IN DATABASE qualiforma SET "
FUNCTION = "CREATE FUNCTION public.quiet() RETURNS event_trigger LANGUAGE plpgsql AS "
# What is done as the superuser; the kind and name that must be said.
DONE = {
    "a membership": ("GRANT pg_write_all_data TO qualiforma_app", "role qualiforma_app"),
    "one not inherited": (
        "GRANT qualiforma_owner TO qualiforma_app WITH INHERIT FALSE",
        "role qualiforma_app",
    ),
    "a right to schemas": (
        "GRANT CREATE ON DATABASE qualiforma TO qualiforma_app",
        "right of the application CREATE in the database",
    ),
    "the database's owner": (
        "ALTER DATABASE qualiforma OWNER TO qualiforma_app",
        "right of the application CREATE in the database",
    ),
    "a right to functions": (
        "GRANT CREATE ON SCHEMA public TO PUBLIC",
        "right of the application CREATE in the schema public",
    ),
    "a right to switch triggers off": (
        "GRANT SET ON PARAMETER session_replication_role TO qualiforma_app",
        "right of the application SET session_replication_role",
    ),
    "the list of organisations": (
        "GRANT UPDATE ON public.tenants_tenant TO qualiforma_app",
        "right of the application writing to public.tenants_tenant",
    ),
    "rights to come": (
        "ALTER DEFAULT PRIVILEGES FOR ROLE qualiforma_owner GRANT ALL ON TABLES TO qualiforma_app",
        "default right of qualiforma_owner for qualiforma_app UPDATE on tables",
    ),
    "rights to come, for all": (
        "ALTER DEFAULT PRIVILEGES FOR ROLE qualiforma_owner GRANT DELETE ON TABLES TO PUBLIC",
        "default right of qualiforma_owner for PUBLIC DELETE on tables",
    ),
    "triggers off for a role": (
        f"{IN_DATABASE} session_replication_role = replica",
        "setting qualiforma_app session_replication_role",
    ),
    "triggers off in the database": (
        "ALTER DATABASE qualiforma SET session_replication_role = replica",
        "setting session_replication_role",
    ),
    "an actor for all": (
        f'{IN_DATABASE} qualiforma.context = \'{{"actor": "usr_x"}}\'',
        "setting qualiforma_app qualiforma.context",
    ),
    "an event trigger": (
        f"{FUNCTION} 'BEGIN END'; CREATE EVENT TRIGGER quiet ON ddl_command_end EXECUTE FUNCTION public.quiet()",
        "setting quiet",
    ),
    "a subscription": (
        "CREATE SUBSCRIPTION quiet CONNECTION 'host=127.0.0.1' PUBLICATION p WITH (connect = false)",
        "subscription quiet",
    ),
    "a function replaced": (
        (
            "CREATE OR REPLACE FUNCTION pg_catalog.gen_random_uuid() RETURNS uuid LANGUAGE sql "
            "AS 'SELECT NULL::uuid'"
        ),
        "function of PostgreSQL gen_random_uuid()",
    ),
    "a function that fits better": (
        (
            "CREATE FUNCTION pg_catalog.to_jsonb(tenants_tenant) RETURNS jsonb LANGUAGE sql "
            "AS 'SELECT NULL::jsonb'"
        ),
        "function of PostgreSQL to_jsonb(public.tenants_tenant)",
    ),
    "a cast": (
        (
            "CREATE TYPE public.lie AS (v text); CREATE FUNCTION public.told(public.lie) RETURNS json "
            "LANGUAGE sql AS 'SELECT NULL::json'; CREATE CAST (public.lie AS json) "
            "WITH FUNCTION public.told(public.lie)"
        ),
        "cast public.lie as json",
    ),
}


@pytest.fixture
def database(db):
    with superuser() as connection, connection.transaction(force_rollback=True):
        yield connection


def found(database):
    database.execute("SET LOCAL search_path = pg_catalog")
    return [str(one) for one in database_differences(database)]


@pytest.mark.parametrize("what", DONE)
def test_each_is_named(database, what):
    statement, said = DONE[what]
    assert found(database) == []
    database.execute("SET LOCAL search_path = public")
    database.execute(statement)
    assert [one for one in found(database) if one.startswith(f"{said}: ")]


# What a superuser writes into the catalogue itself; the triggers look as they did.
OVERLOOKED = {
    "triggers": "UPDATE pg_class SET relhastriggers = false WHERE oid = 'audit_event'::regclass",
    "indexes": "UPDATE pg_class SET relhasindex = false WHERE oid = 'audit_event'::regclass",
}


@pytest.mark.parametrize("what", OVERLOOKED)
def test_a_table_that_is_said_to_have_none_is_named(database, what):
    before = guards.facts_of(database, "platform")
    database.execute("SET LOCAL allow_system_table_mods = on; SET LOCAL search_path = platform")
    database.execute(OVERLOOKED[what])
    named = guards.compared(before, guards.facts_of(database, "platform"))
    assert [(one.kind, one.name) for one in named] == [("table", "audit_event")]


# --- The command, where the database lets nothing through


REFUSING = f"""
{FUNCTION} 'BEGIN RAISE EXCEPTION ''no''; END';
CREATE EVENT TRIGGER quiet ON ddl_command_start EXECUTE FUNCTION public.quiet()
"""


@pytest.fixture
def changed(django_db_setup, django_db_blocker):
    """Yields what changes the database for good, and afterwards takes it back."""
    with django_db_blocker.unblock(), committed_tenant("open") as tenant, superuser() as own:
        leave_tenant()
        taking_back = []

        def change(statement, back):
            own.execute(statement.format(tenant.schema_name))
            taking_back.append(back)

        yield change
        for statement in taking_back:
            own.execute(statement)


def said_by_the_command():
    said = io.StringIO()
    with pytest.raises(SystemExit) as stop:
        call_command("check_audit_guards", "--all-tenants", stdout=said)
    assert stop.value.code == 1
    return said.getvalue()


def test_a_database_that_lets_no_schema_be_made_is_named(changed):
    changed(REFUSING, "DROP EVENT TRIGGER quiet; DROP FUNCTION public.quiet()")
    assert guards.wanted() is None
    said = said_by_the_command()
    for name in ("open", "platform"):
        assert f"{name}: GUARD setting quiet: may silence triggers" in said
        assert f"{name}: GUARD schema " in said


def test_what_differs_is_said_though_it_cannot_be_entered(changed):
    hidden = "ALTER TABLE {0}.audit_event ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
    changed(hidden, "SELECT")
    said = said_by_the_command()
    assert "open: GUARD table audit_event: is " in said
    assert "open: GUARDS cannot be entered in the trail: new row violates" in said
    assert "platform: the guards are as the migrations make them" in said


def test_a_style_of_dates_in_the_database_changes_nothing(changed):
    changed(
        "ALTER DATABASE qualiforma SET datestyle = 'German'",
        "ALTER DATABASE qualiforma RESET datestyle",
    )
    connection.close()
    said = io.StringIO()
    call_command("verify_audit_trail", "--all-tenants", "--records", stdout=said)
    assert "open: intact" in said.getvalue()
