"""What the application role tries against the trail, and the owner too: refused or without effect."""

import json
import os

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from improvements.models import Complaint
from qualiforma import audit
from qualiforma.audit import chain, checking
from qualiforma.audit.models import AuditEvent
from tests.improvements.factories import make_complaint
from tests.qualiforma.audit.entries import clear, last_seq, since

COLUMNS = "door, actor, action, operation, object_type, object_id, root_id, request_id"
FORGED = (
    f"INSERT INTO audit_event (seq, at, {COLUMNS}, database_user, clear, canonical, previous, hash) "
    f"SELECT seq + 1, at, {COLUMNS}, database_user, clear, canonical, previous, hash "
    "FROM audit_event ORDER BY seq DESC LIMIT 1"
)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET actor = 'usr_bob'",
        "UPDATE audit_event SET clear = '{}'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        FORGED,
        "COPY audit_event FROM STDIN",
        "SELECT * FROM audit_event FOR UPDATE",
        "LOCK audit_event IN ACCESS EXCLUSIVE MODE",
        "ALTER TABLE audit_event DISABLE TRIGGER ALL",
        "ALTER TABLE improvements_complaint DISABLE TRIGGER audit_record",
        "DROP TRIGGER audit_record ON improvements_complaint",
        "ALTER FUNCTION audit_record() RESET search_path",
        "CREATE OR REPLACE FUNCTION audit_record() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
        "TRUNCATE improvements_complaint CASCADE",
        "UPDATE audit_lock SET id = 2",
        "DELETE FROM audit_lock",
        "INSERT INTO audit_lock VALUES (2)",
        "SELECT * FROM audit_entry",
        "SET session_replication_role = replica",
        "ALTER ROLE CURRENT_USER SUPERUSER",
        "SET ROLE owner",
        "SET SESSION AUTHORIZATION owner",
        "SET plpgsql.variable_conflict = use_column",
        "CREATE RULE quiet AS ON INSERT TO audit_event DO INSTEAD NOTHING",
        "SELECT lo_import('/etc/passwd')",
    ],
)
def test_denied_to_the_application(acme, statement):
    make_complaint()
    before = list(AuditEvent.objects.order_by("seq").values_list("hash", flat=True))
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert list(AuditEvent.objects.order_by("seq").values_list("hash", flat=True)) == before


@pytest.mark.parametrize(
    "setting",
    [
        "search_path = pg_temp, public",
        "search_path = ''",
        "TimeZone = 'Pacific/Auckland'",
        "DateStyle = 'German'",
        "IntervalStyle = 'sql_standard'",
        "standard_conforming_strings = off",
        "backslash_quote = on",
        "bytea_output = 'escape'",
        "transform_null_equals = on",
        "quote_all_identifiers = on",
        "extra_float_digits = -15",
        "client_encoding = 'LATIN1'",
        "array_nulls = off",
        "row_security = off",
        "check_function_bodies = off",
        "pgtrigger.ignore = '{all}'",
        "qualiforma.erasing = 'on'",
        "qualiforma.context = ''",
        "default_transaction_read_only = off",
        "enable_indexscan = off",
        "plan_cache_mode = force_generic_plan",
    ],
)
def test_no_setting_silences_diverts_or_bends_the_trail(acme, setting):
    complaint = make_complaint(subject="Été")
    table = f'"{acme.schema_name}".improvements_complaint'
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL {setting}")
        cursor.execute(f"UPDATE {table} SET subject = 'Hiver' WHERE id = %s", [complaint.pk])
        name = setting.split(" ")[0]
        cursor.execute(f"SET LOCAL {name} TO DEFAULT")
        cursor.execute(f'SET LOCAL search_path = "{acme.schema_name}", public')
    created, changed = since(last_seq() - 2)
    assert clear(changed) == {"before.subject": "Été", "after.subject": "Hiver"}
    assert changed.previous == created.hash
    assert changed.canonical.count(changed.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")) == 1


def test_a_malformed_context_refuses_the_write(acme):
    before, complaint = last_seq(), make_complaint()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL qualiforma.context = 'no json'; "
            "UPDATE improvements_complaint SET subject = 'Autre'"
        )
    complaint.refresh_from_db()
    assert (complaint.subject, last_seq()) == ("Convocation reçue trop tard", before + 1)


@pytest.fixture(scope="module")
def temporary_tables(django_db_setup):
    """The right that some databases give to everybody, given before a test's transaction begins."""
    role = settings.DATABASE_APPLICATION_ROLE
    database = settings.DATABASES["default"]["NAME"]
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute(f'GRANT TEMPORARY ON DATABASE "{database}" TO "{role}"')
        yield
        owner.execute(f'REVOKE TEMPORARY ON DATABASE "{database}" FROM "{role}"')


@pytest.mark.usefixtures("temporary_tables")
def test_temporary_tables_and_types_of_its_names_divert_nothing(acme):
    with connection.cursor() as cursor:
        for name in ("audit_event", "audit_lock", "audit_entry", "jsonb", "text", "pg_class"):
            cursor.execute(f"CREATE TEMPORARY TABLE {name} (id int) ON COMMIT DROP")
        cursor.execute("SET LOCAL search_path = pg_temp, public")
        table = f'"{acme.schema_name}".improvements_complaint'
        cursor.execute(
            f"INSERT INTO {table} (id, subject, description, channel, kind, complainant_name, "
            "complainant_role, received_at, status, resolution, created_at, version) VALUES "
            "('cmp_x', 'S', '', 'EMAIL', 'COMPLAINT', '', 'LEARNER', now(), 'OPEN', '', now(), 1)"
        )
        cursor.execute("SELECT count(*) FROM pg_temp.audit_event")
        assert cursor.fetchone() == (0,)
        cursor.execute(f'SET LOCAL search_path = pg_catalog, "{acme.schema_name}", public, pg_temp')
    [event] = since(last_seq() - 1)
    assert event.object_id == "cmp_x"


@pytest.mark.usefixtures("temporary_tables")
@pytest.mark.parametrize("function", ["audit_record", "audit_take_lock", "audit_keep"])
def test_the_functions_cannot_be_hung_on_a_table_of_ones_own(acme, function):
    """Else the owner would insert into a table whose triggers are the attacker's."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE bait (id text) ON COMMIT DROP")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "CREATE TRIGGER bait AFTER INSERT ON bait FOR EACH ROW "
            f"EXECUTE FUNCTION \"{acme.schema_name}\".{function}('x', 'id', 'id', '{{}}', '{{}}')"
        )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET actor = 'usr_bob'",
        "UPDATE audit_event SET clear = '{}'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "TRUNCATE improvements_complaint CASCADE",
        "SET qualiforma.erasing = 'on'; UPDATE audit_event SET actor = 'usr_bob'",
        "SET qualiforma.erasing = 'on'; UPDATE audit_event SET clear = '{\"x\": 1}'",
        "SET qualiforma.erasing = 'on'; DELETE FROM audit_event",
    ],
)
def test_refused_to_the_owner_too_unless_he_disables_the_triggers(acme, statement):
    path = f"-c search_path={acme.schema_name},public"
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], options=path) as owner:
        count = owner.execute("SELECT count(*) FROM audit_event").fetchone()
        assert count != (0,)
        with pytest.raises(psycopg.errors.RestrictViolation):
            owner.execute(statement)
        owner.rollback()
        assert owner.execute("SELECT count(*) FROM audit_event").fetchone() == count


def test_what_the_application_says_of_itself_is_beside_what_it_is(acme):
    """A name can be claimed in raw SQL; the database's role cannot."""
    with connection.cursor() as cursor:
        cursor.execute('SET LOCAL qualiforma.context = \'{"actor": "usr_bob", "action": "x"}\'')
    make_complaint()
    assert Complaint.objects.exists()
    [event] = since(last_seq() - 1)
    assert event.database_user == connection.settings_dict["USER"]
    assert event.door == "sql"


ENTER = "INSERT INTO audit_entry (id, object_type, object_id, noted) VALUES (1, %s, '', %s)"
RENAME = "UPDATE accounts_user SET name = 'X' WHERE id = 'usr_alice'"
HEAD = "a" * 64
RESERVED = {
    "an erasure": ("audit.values.erased", "audit_trail", '{"values": {"1": ["after.name"]}}'),
    "an erasure of nothing": ("audit.values.erased", "audit_trail", "{}"),
    "guards": ("audit.guards.intact", "audit_trail", "{}"),
    "no guards": ("audit.guards.broken", "audit_trail", "{}"),
    "a false head": ("audit.trail.verified", "audit_trail", f'{{"seq": 1, "hash": "{HEAD}"}}'),
    "a head of text": ("audit.trail.verified", "audit_trail", '{"seq": "x", "hash": "y"}'),
    "a head of garbage": ("audit.trail.verified", "audit_trail", '{"seq": 1e400, "hash": []}'),
    "a head and more": ("audit.trail.verified", "audit_trail", '{"seq": 1, "hash": "", "x": 1}'),
    "no head": ("audit.trail.verified", "audit_trail", "{}"),
    "of a record": ("audit.trail.verified", "user", "{}"),
    "broken nowhere": ("audit.trail.broken", "audit_trail", '{"reason": "x", "faults": 1}'),
    "broken without a reason": ("audit.trail.broken", "audit_trail", '{"seq": 1, "faults": 1}'),
    "no object": ("accounts.user.changed", "user", "[1]"),
    "a text": ("accounts.user.changed", "user", '"x"'),
    "JSON null": ("accounts.user.changed", "user", "null"),
    "NULL": ("accounts.user.changed", "user", None),
    "of no type": ("accounts.user.changed", None, "{}"),
}


@pytest.mark.parametrize("what", RESERVED)
def test_the_application_enters_nothing_that_a_check_relies_on(acme, what):
    code, object_type, noted = RESERVED[what]
    before = last_seq()
    with pytest.raises(DatabaseError), audit.action(code), connection.cursor() as cursor:
        cursor.execute(ENTER, [object_type, noted])
    assert last_seq() == before
    assert checking.check().faults == []


@pytest.mark.parametrize("code", ["audit.values.erased", "audit.trail.verified"])
def test_a_change_cannot_be_called_an_erasure_or_a_check(acme, code):
    with pytest.raises(DatabaseError), audit.action(code), connection.cursor() as cursor:
        cursor.execute(RENAME)
    assert checking.check().faults == []


@pytest.mark.parametrize(
    "context", ["[1]", '"x"', "1", "{", '{"action": []}', '{"name": {"a": 1}}']
)
def test_a_malformed_context_is_refused(acme, context):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL qualiforma.context = %s", [context])
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute(RENAME)
        cursor.execute("SET LOCAL qualiforma.context = ''")
    assert checking.check().faults == []


def test_a_check_that_the_application_made_is_entered(acme):
    head = chain.head()
    with audit.action("audit.trail.verified"):
        audit.log_event("audit_trail", seq=head[0], hash=head[1])
    assert checking.check().faults == []


def test_the_session_stands_in_the_sealed_text(acme):
    make_complaint()
    sealed = json.loads(AuditEvent.objects.latest("seq").canonical)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert sealed["session"] == cursor.fetchone()[0]


COPIED = ("audit_event", "audit_lock", "audit_entry", "improvements_complaint")


def test_copies_of_the_trails_tables_divert_nothing(acme):
    """A trial's copies, asked for by a captured process that then writes the records themselves."""
    complaint, before = make_complaint(), last_seq()
    with transaction.atomic(), connection.cursor() as cursor:
        for name in COPIED:
            cursor.execute("INSERT INTO exchange_tablecopy (id, name) VALUES (1, %s)", [name])
        cursor.execute("UPDATE improvements_complaint SET subject = 'Copie'")
        cursor.execute(
            f'UPDATE "{acme.schema_name}".improvements_complaint SET subject = %s', ["Fiche"]
        )
        cursor.execute(
            f'SELECT seq, object_id FROM "{acme.schema_name}".audit_event WHERE seq > %s', [before]
        )
        assert cursor.fetchall() == [(before + 1, complaint.pk)]
        transaction.set_rollback(True)
