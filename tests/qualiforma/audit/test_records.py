"""A row that was changed behind the triggers is named with the entry that says otherwise."""

import pytest

from qualiforma.accounts.models import User
from qualiforma.audit import records
from qualiforma.audit.erasure import Target, erase_values
from qualiforma.audit.registry import recorded_models
from qualiforma.tenants.context import leave_tenant, tenant_context
from qualiforma.tenants.owner import as_owner
from tests.committed import committed_tenant
from tests.qualiforma.audit.scratch import owner
from tests.qualiforma.audit.test_verify import fill, verify

ONE = "email = 'un@x.fr'"
COPIED = """
INSERT INTO accounts_user SELECT (jsonb_populate_record(one, '{"id": "usr_x", "email": "x@x.fr"}')).*
FROM people AS one WHERE email = 'un@x.fr'
"""
AGAIN = "INSERT INTO accounts_user SELECT * FROM people WHERE email = 'deux@x.fr'"


@pytest.fixture
def kept(django_db_setup, django_db_blocker):
    """A tenant with two users, the first changed three times, and the ids of both."""
    with django_db_blocker.unblock(), committed_tenant("kept") as tenant:
        with tenant_context(tenant):
            fill()
            ids = {user.email: user.pk for user in User.objects.all()}
        leave_tenant()
        with owner(tenant.schema_name) as connection:
            connection.execute("CREATE TABLE people AS TABLE accounts_user")
            yield tenant, connection, ids


@pytest.fixture
def people(kept, db):
    """The users as they were, and no trigger that would say what is done to them."""
    _, connection, _ = kept
    connection.execute("ALTER TABLE accounts_user DISABLE TRIGGER USER")
    connection.execute("DELETE FROM accounts_user")
    connection.execute("INSERT INTO accounts_user SELECT * FROM people")
    return kept


BEHIND = {
    "a text": (f"UPDATE accounts_user SET name = 'Moi' WHERE {ONE}", 5, "name"),
    "a flag": (f"UPDATE accounts_user SET is_active = false WHERE {ONE}", 2, "is_active"),
    "a number": (f"UPDATE accounts_user SET token_generation = 9 WHERE {ONE}", 2, "generation"),
    "an instant": (f"UPDATE accounts_user SET created_at = now() WHERE {ONE}", 2, "created_at"),
    "two columns": (
        f"UPDATE accounts_user SET name = 'Moi', role = 'AUDITOR' WHERE {ONE}",
        5,
        "name, role",
    ),
    "a key": (f"UPDATE accounts_user SET id = 'usr_x' WHERE {ONE}", 5, "the record is gone"),
    "a row deleted": (f"DELETE FROM accounts_user WHERE {ONE}", 5, "the record is gone"),
    "a row added": (
        COPIED,
        0,
        "usr_x, entry 0: no entry says where the record comes from",
    ),
}


@pytest.mark.parametrize("what", BEHIND)
def test_what_was_done_behind_the_triggers_is_named(people, what):
    tenant, connection, _ = people
    statement, seq, reason = BEHIND[what]
    connection.execute(statement)
    code, said = verify("--tenant", tenant.slug, "--records")
    assert code == 1
    assert f"{tenant.slug}: intact" in said  # the chain itself is
    assert f"entry {seq}: " in said
    assert reason in said


def test_what_was_recorded_is_no_difference(people):
    tenant, _connection, _ = people
    code, said = verify("--tenant", tenant.slug, "--records")
    assert (code, said.splitlines()[1]) == (
        0,
        f"{tenant.slug}: every record is what the trail says of it",
    )
    assert verify("--all-tenants", "--records")[0] == 0


def test_a_deleted_row_that_is_back_is_named(kept, django_db_blocker):
    tenant, connection, ids = kept
    with django_db_blocker.unblock(), tenant_context(tenant):
        connection.execute("ALTER TABLE accounts_user ENABLE TRIGGER USER")
        connection.execute("DELETE FROM accounts_user WHERE email = 'deux@x.fr'")
        assert list(records.differences()) == []
        connection.execute("ALTER TABLE accounts_user DISABLE TRIGGER USER")
        connection.execute(AGAIN)
        [found] = records.differences()
    assert (found.object_id, found.seq) == (ids["deux@x.fr"], 7)
    assert found.reason == "the record is there, though it was deleted"
    connection.execute("ALTER TABLE accounts_user ENABLE TRIGGER USER")
    connection.execute(f"DELETE FROM accounts_user WHERE email = 'deux@x.fr'; {AGAIN}")


def test_erased_values_are_not_compared_and_the_others_are(kept, django_db_blocker):
    tenant, connection, ids = kept
    with django_db_blocker.unblock():
        leave_tenant()
        with as_owner(), tenant_context(tenant):
            erase_values(target=Target(ids["un@x.fr"], fields=["name"]), reason="Demande")
            assert list(records.differences()) == []
            connection.execute("ALTER TABLE accounts_user DISABLE TRIGGER USER")
            connection.execute(f"UPDATE accounts_user SET name = 'X', role = 'AUDITOR' WHERE {ONE}")
            [found] = records.differences()
    assert (found.seq, found.reason) == (2, "not what was recorded: role")


def test_no_kind_of_record_is_compared_twice(kept):
    names = [one.object_type for one in recorded_models.values()]
    assert len(names) == len(set(names))
