"""What guards a trail is compared with what the migrations make, and each difference is named."""

import io

import pytest
from django.core.management import call_command
from django.utils import timezone

from qualiforma.provisioning import guard_checks, guards
from qualiforma.provisioning.jobs import check_guards_by_night
from qualiforma.provisioning.templates import DumpError
from qualiforma.tenants.context import leave_tenant, tenant_context
from qualiforma.tenants.owner import as_owner
from tests.admin_client import text_of
from tests.committed import committed_tenant
from tests.qualiforma.audit.entries import clear, since
from tests.qualiforma.audit.scratch import owner

LIST = "/admin/audit/auditevent/"
RECORD = "accounts_user.audit_record"
EMPTY = (
    "CREATE OR REPLACE FUNCTION audit_record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER "
    "SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS 'BEGIN RETURN NULL; END'"
)
HUNG = (
    "DROP TRIGGER audit_record ON accounts_user; CREATE TRIGGER audit_record AFTER INSERT OR UPDATE OR "
    "DELETE ON accounts_user FOR EACH ROW "
)
# What is done; of which kind and name the first difference is, and what is said of it.
TAKEN = {
    "disabled": ("ALTER TABLE accounts_user DISABLE TRIGGER audit_record", "trigger", RECORD),
    "disabled all": ("ALTER TABLE audit_event DISABLE TRIGGER USER", "trigger", "audit_event."),
    "for replicas only": (
        "ALTER TABLE accounts_user ENABLE REPLICA TRIGGER audit_record",
        "trigger",
        RECORD,
    ),
    "dropped": ("DROP TRIGGER audit_record ON accounts_user", "trigger", f"{RECORD}: is missing"),
    "recreated for less": (
        f"{HUNG} WHEN (false) EXECUTE FUNCTION audit_record()",
        "trigger",
        RECORD,
    ),
    "recreated with other arguments": (
        f"{HUNG} EXECUTE FUNCTION audit_record('user', 'id', 'id', '{{password,name}}', '{{}}')",
        "trigger",
        RECORD,
    ),
    "one more": (
        "CREATE TRIGGER zz BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_keep()",
        "trigger",
        "audit_event.zz: no migration made it",
    ),
    "emptied": (EMPTY, "function", "audit_record()"),
    "of another path": (
        "ALTER FUNCTION audit_record() SET search_path = public",
        "function",
        "audit_record()",
    ),
    "without the owner's rights": (
        "ALTER FUNCTION audit_record() SECURITY INVOKER",
        "function",
        "audit_record()",
    ),
    "not called where something is null": (
        "ALTER FUNCTION audit_check_reserved(text, boolean, text, jsonb, bigint) STRICT",
        "function",
        "audit_check_reserved(text,boolean,text,jsonb,bigint)",
    ),
    "a function for all": (
        "GRANT EXECUTE ON FUNCTION audit_record() TO PUBLIC",
        "function",
        "audit_record()",
    ),
    "a right": ("GRANT INSERT ON audit_event TO PUBLIC", "table", "audit_event"),
    "a right to a column": (
        "GRANT UPDATE (actor) ON audit_event TO PUBLIC",
        "table",
        "audit_event",
    ),
    "to the application": (
        "GRANT UPDATE, DELETE ON audit_event TO qualiforma_app",
        "table",
        "audit_event",
    ),
    "row security": ("ALTER TABLE audit_event ENABLE ROW LEVEL SECURITY", "table", "audit_event"),
    "a table beneath": ("CREATE TABLE beneath () INHERITS (audit_event)", "table", "audit_event"),
    "no key": (
        "ALTER TABLE audit_event DROP CONSTRAINT audit_event_pkey",
        "constraint",
        "audit_event.audit_event_pkey",
    ),
    "no check of sequences": (
        "ALTER TABLE audit_event DROP CONSTRAINT audit_event_seq",
        "constraint",
        "audit_event.audit_event_seq",
    ),
    "a rule": (
        "CREATE RULE quiet AS ON INSERT TO audit_entry DO INSTEAD NOTHING",
        "rule",
        "audit_entry.quiet",
    ),
    "a default": (
        "ALTER TABLE audit_event ALTER door SET DEFAULT 'api'",
        "column",
        "audit_event.door",
    ),
    "nothing allowed": (
        "ALTER TABLE audit_event ALTER hash DROP NOT NULL",
        "column",
        "audit_event.hash",
    ),
    "another type": (
        "CREATE DOMAIN {schema}.said AS text; ALTER TABLE accounts_user ALTER name TYPE said",
        "column",
        "accounts_user.name",
    ),
    "a type of one's own": ("CREATE DOMAIN {schema}.said AS text", "type", "said"),
    "another order of letters": (
        'ALTER TABLE accounts_user ALTER name TYPE varchar(255) COLLATE "C"',
        "column",
        "accounts_user.name",
    ),
    "a column made of others": (
        "ALTER TABLE accounts_user ADD loud text GENERATED ALWAYS AS (upper(name)) STORED",
        "column",
        "accounts_user.loud: no migration made it",
    ),
    "an operator": (
        (
            "CREATE FUNCTION {schema}.joined(int, text) RETURNS text LANGUAGE sql AS 'SELECT $2'; "
            "CREATE OPERATOR {schema}.|| (LEFTARG = int, RIGHTARG = text, FUNCTION = {schema}.joined)"
        ),
        "operator",
        "||(integer,text)",
    ),
    "the schema": ("GRANT CREATE ON SCHEMA {schema} TO PUBLIC", "schema", "itself"),
}


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        leave_tenant()
        return guards.wanted()


@pytest.fixture(scope="module")
def guarded(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), committed_tenant("guarded") as tenant:
        leave_tenant()
        yield tenant


def facts(connection, schema):
    found = guards.facts_of(connection, schema)
    connection.execute(f"SET LOCAL search_path = {schema}, public")
    return found


@pytest.mark.parametrize("what", TAKEN)
def test_each_difference_is_named(made, guarded, what):
    statement, kind, name = TAKEN[what]
    schema = guarded.schema_name
    with owner(schema) as connection, connection.transaction(force_rollback=True):
        assert facts(connection, schema) == made
        connection.execute(statement.replace("{schema}", schema))
        found = guards.compared(made, guards.facts_of(connection, schema))
    assert [one for one in found if one.kind == kind and name in str(one)]


def outcome():
    found = guard_checks.last_outcome()
    assert found
    return found


def said_by(*words):
    said = io.StringIO()
    try:
        call_command("check_audit_guards", *words, stdout=said)
    except SystemExit as stop:
        return stop.code, said.getvalue()
    return 0, said.getvalue()


def test_the_command_checks_them_all_and_the_outcome_is_an_entry(guarded, django_db_blocker):
    with django_db_blocker.unblock(), owner(guarded.schema_name) as connection:
        code, said = said_by("--all-tenants")
        assert (code, "guarded: the guards are as" in said, "platform: the guards are" in said) == (
            0,
            True,
            True,
        )
        assert count() == 0
        connection.execute("ALTER TABLE accounts_user DISABLE TRIGGER audit_record")
        code, said = said_by("--all-tenants")
        assert code == 1
        assert f"guarded: GUARD trigger {RECORD}: is " in said
        assert "platform: the guards are as" in said
        assert count() == 1
        with tenant_context(guarded):
            assert outcome().count == 1
            [*_, event] = since(0, action__startswith="audit.guards")
            assert RECORD in clear(event)["after.named"][0]
        connection.execute("ALTER TABLE accounts_user ENABLE TRIGGER audit_record")
        assert said_by("--tenant", "guarded")[0] == 0
        assert count() == 0


def count():
    leave_tenant()
    return guard_checks.count_broken_guards()


def test_the_nightly_job_enters_it(guarded, django_db_blocker):
    with django_db_blocker.unblock(), as_owner():  # as the owner's worker does
        leave_tenant()
        with tenant_context(guarded):
            check_guards_by_night.function()
            before = outcome().at
            check_guards_by_night.function()
            assert outcome().at > before
            assert outcome().count == 0


@pytest.mark.parametrize(
    ("count", "told"), [(0, "En place, vérifiées le"), (3, "Modifiées dans la base de données")]
)
def test_the_page_says_it(admin_client, monkeypatch, count, told):
    assert "Jamais vérifiées." in text_of(admin_client.get(LIST))
    made = guard_checks.Outcome(timezone.now(), count)
    monkeypatch.setattr(guard_checks, "last_outcome", lambda: made)
    assert told in text_of(admin_client.get(LIST))


def test_a_schema_made_by_migrations_has_the_same(made, monkeypatch, django_db_blocker):
    def refuse():
        raise DumpError("none here")

    monkeypatch.setattr(guards, "template", refuse)
    with django_db_blocker.unblock(), as_owner():
        leave_tenant()
        assert guards.wanted() == made
