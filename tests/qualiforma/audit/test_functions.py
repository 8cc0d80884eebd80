"""The trail's functions as one connection keeps them: over an upgrade, and under another name."""

import json
from importlib import import_module

import pytest

from qualiforma.audit.verify_trail import Chain
from tests.qualiforma.audit.scratch import owner, rows_of

MIGRATIONS = "qualiforma.audit.migrations"
NOW = import_module(f"{MIGRATIONS}.0004_version_2")
INSERT = (
    "INSERT INTO accounts_user (id, email, name, role, password, is_active, created_at, "
    "token_generation, version) VALUES (%s, %s || '@x.fr', 'R', 'ADMIN', 'x', true, now(), 1, 1)"
)


@pytest.fixture
def connection(acme):
    """The owner's, in acme; nothing stays."""
    with owner(acme.schema_name) as connection, connection.transaction(force_rollback=True):
        yield connection


def checked(connection):
    """The sequence of the last entry of a chain that holds."""
    chain = Chain()
    for entry in rows_of(connection):
        chain.add(entry)
    chain.finish()
    assert chain.faults == []
    return chain.seq


def change(connection, name):
    connection.execute(INSERT, [name, name])
    connection.execute("UPDATE accounts_user SET name = 'S' WHERE id = %s", [name])
    connection.execute("DELETE FROM accounts_user WHERE id = %s", [name])


def versions(connection):
    """Of each entry: version, names of what is sealed, names of values, operation."""
    sealed = [json.loads(row[13]) for row in rows_of(connection)]
    return [
        (one.pop("version"), sorted(one), sorted(one["values"]), one["operation"]) for one in sealed
    ]


def test_a_chain_goes_on_over_the_upgrade(connection):
    connection.execute("ALTER TABLE audit_event DISABLE TRIGGER ALL; DELETE FROM audit_event")
    for statement in NOW.UNDO:
        connection.execute(statement)
    change(connection, "usr_old")
    for statement in (NOW.CHECK_RESERVED, NOW.PRIVATE, NOW.RECORD, NOW.KEEP):
        connection.execute(statement)
    change(connection, "usr_new")
    assert checked(connection) == 6
    old, new = versions(connection)[:3], versions(connection)[3:]
    assert [version for version, *_ in [*old, *new]] == [1] * 3 + [2] * 3
    assert [rest for _, _, *rest in old] == [rest for _, _, *rest in new]
    assert {*new[0][1]} - {*old[0][1]} == {"session"}


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
    public = connection.execute(
        "SELECT has_function_privilege('public', oid, 'EXECUTE') FROM pg_proc "
        "WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'audit_%'"
    ).fetchall()
    assert public == [(False,)] * 5
