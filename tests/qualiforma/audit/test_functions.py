"""The trail's functions as one connection keeps them: over an upgrade, and under another name."""

import json
from importlib import import_module

import pytest

from qualiforma.audit.verify_trail import Chain
from tests.qualiforma.audit.scratch import owner

MIGRATIONS = "qualiforma.audit.migrations"
BEFORE = import_module(f"{MIGRATIONS}.0002_functions")
NOW = import_module(f"{MIGRATIONS}.0003_static_statements")
INSERT = (
    "INSERT INTO accounts_user (id, email, name, role, password, is_active, created_at, "
    "token_generation, version) VALUES (%s, %s || '@x.fr', 'R', 'ADMIN', 'x', true, now(), 1, 1)"
)
ENTRIES = (
    "SELECT to_jsonb(audit_event) || jsonb_build_object('at', to_char(at AT TIME ZONE 'UTC', "
    '\'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\')) FROM audit_event ORDER BY seq'
)


@pytest.fixture
def connection(acme):
    """The owner's, in acme; nothing stays."""
    with owner(acme.schema_name) as connection, connection.transaction(force_rollback=True):
        yield connection


def checked(connection):
    """The sequence of the last entry of a chain that holds."""
    chain = Chain()
    for (entry,) in connection.execute(ENTRIES):
        chain.add(entry)
    chain.finish()
    return chain.seq


def change(connection, name):
    connection.execute(INSERT, [name, name])
    connection.execute("UPDATE accounts_user SET name = 'S' WHERE id = %s", [name])
    connection.execute("DELETE FROM accounts_user WHERE id = %s", [name])


def test_a_chain_goes_on_over_the_upgrade(connection):
    before = checked(connection)
    for statement in (BEFORE.TAKE_LOCK, BEFORE.RECORD):
        connection.execute(statement.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
    change(connection, "usr_old")
    for statement in (NOW.TAKE_LOCK, NOW.RECORD):
        connection.execute(statement)
    change(connection, "usr_new")
    assert checked(connection) == before + 6
    sealed = [
        json.loads(text)
        for (text,) in connection.execute(
            "SELECT canonical FROM audit_event WHERE seq > %s ORDER BY seq", [before]
        )
    ]
    shapes = [(sorted(one), sorted(one["values"]), one["operation"]) for one in sealed]
    assert shapes[:3] == shapes[3:]


def test_a_renamed_schema_keeps_its_trail_on_an_open_connection(connection, acme):
    before = checked(connection)
    for n in range(8):  # plans are kept from the sixth on
        change(connection, f"usr_{n}")
    connection.execute(f'ALTER SCHEMA "{acme.schema_name}" RENAME TO "t renommé"')
    connection.execute('SET LOCAL search_path = "t renommé", public')
    change(connection, "usr_renamed")
    assert checked(connection) == before + 27


def test_a_statement_leaves_the_caller_s_path_as_it_was(connection):
    path = connection.execute("SHOW search_path").fetchone()
    change(connection, "usr_path")
    assert connection.execute("SHOW search_path").fetchone() == path


def test_the_functions_stay_private_after_being_replaced(connection):
    names = ["audit_take_lock", "audit_record", "audit_keep", "audit_refuse_truncate"]
    public = connection.execute(
        "SELECT has_function_privilege('public', (current_schema() || '.' || name)::regproc, "
        "'EXECUTE') FROM unnest(%s::text[]) AS name",
        [names],
    ).fetchall()
    assert public == [(False,)] * 4
