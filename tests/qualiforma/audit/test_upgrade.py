"""A trail of version 1, with data and an erasure, goes on in version 2 and can still be checked."""

import copy
import json
from importlib import import_module

import pytest
from django.db import connection as of_application

from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.accounts.services import change_user
from qualiforma.audit import checking, records
from qualiforma.audit.audit import AUDIT_TRAIL
from qualiforma.audit.erasure import Target, erase_values
from qualiforma.audit.verify_trail import ERASED, FIELDS, FORMAT, check
from qualiforma.provisioning.schemas import migrate_schema
from qualiforma.tenants.context import leave_tenant, tenant_context
from qualiforma.tenants.owner import as_owner
from tests.committed import committed_tenant
from tests.qualiforma.audit.falsified import MOVED_TO_SALT, MOVED_TO_TEXT, copied, on, value
from tests.qualiforma.audit.scratch import owner, rows_of
from tests.qualiforma.audit.test_verify import fill

VERSION_2 = import_module("qualiforma.audit.migrations.0004_version_2")


@pytest.fixture(scope="module")
def upgraded(django_db_setup, django_db_blocker):
    """Six entries of version 1, whose names an erasure of version 1 (6) blanked, then the rest."""
    with (
        django_db_blocker.unblock(),
        committed_tenant("upgraded") as tenant,
        owner(tenant.schema_name) as connection,
    ):
        go_back(connection)
        with tenant_context(tenant):
            fill()
        erase_as_version_1(tenant)
        exported = export_as_version_1(connection)
        connection.execute("ALTER TABLE audit_event DISABLE TRIGGER ALL")
        connection.execute(copied(0, 1))  # must not stop the upgrade
        leave_tenant()
        assert migrate_schema(tenant.schema_name) == 2
        connection.execute("DELETE FROM audit_event WHERE seq = 0")
        with tenant_context(tenant):
            one = User.objects.get(email="un@x.fr")
            change_user(user=one, changes={"name": "Cinq"}, actor=Actor.of(one))
        leave_tenant()
        connection.execute("CREATE TABLE kept AS TABLE audit_event")
        yield tenant, connection, exported


def export_as_version_1(connection):
    """The lines of a file as version 1 wrote it: nothing seals what its first one says."""
    rows = [dict(zip(FIELDS, row, strict=True)) for row in rows_of(connection)]
    head = [rows[-1]["seq"], rows[-1]["hash"]]
    first = {"format": FORMAT, "version": 1, "tenant": "upgraded", "withheld": False, "head": head}
    return [first, *rows]


def go_back(connection):
    """As the schema was before the upgrade, with an empty trail."""
    connection.execute("ALTER TABLE audit_event DISABLE TRIGGER ALL; TRUNCATE audit_event")
    connection.execute("ALTER TABLE audit_event ENABLE TRIGGER ALL")
    connection.execute("ALTER TABLE audit_event DROP CONSTRAINT audit_event_seq")
    for statement in VERSION_2.UNDO:
        connection.execute(statement)
    connection.execute("DELETE FROM django_migrations WHERE app = 'audit' AND name ~ '^000[4-9]'")


def erase_as_version_1(tenant):
    leave_tenant()
    with as_owner(), tenant_context(tenant), audit.action(ERASED, reason="Demande"):
        audit.log_event(AUDIT_TRAIL, sequences=[1, 2])
        with of_application.cursor() as cursor:
            cursor.execute("SET LOCAL qualiforma.erasing = 'on'")
            cursor.execute(
                "UPDATE audit_event SET clear = clear - 'after.name' - 'before.name' WHERE seq <= 2"
            )


@pytest.fixture
def trail(upgraded, db):
    with tenant_context(upgraded[0]):
        yield entries_as_they_were(upgraded)


def entries_as_they_were(upgraded):
    connection = upgraded[1]
    connection.execute("TRUNCATE audit_event")
    connection.execute("INSERT INTO audit_event SELECT * FROM kept")
    return connection


def faults():
    return [fault.seq for fault in checking.check().faults]


def test_it_goes_on_and_every_record_is_what_it_says(trail):
    versions = trail.execute(
        "SELECT (canonical::jsonb -> 'version')::int FROM audit_event ORDER BY seq"
    ).fetchall()
    assert [version for (version,) in versions] == [1] * 6 + [2]
    assert faults() == []
    assert list(records.differences()) == []


@pytest.mark.parametrize(
    ("statement", "seq"),
    [
        (on(5, MOVED_TO_TEXT), 5),
        (on(5, MOVED_TO_SALT), 5),
        (on(5, value("after.token_generation", "'7'::text")), 5),
        (on(5, "clear = clear - 'after.email'"), 5),
        (on(5, "clear = jsonb_set(clear, '{after.name}', '[\"\", \"\"]')"), 5),
        (on(6, value("after.sequences", "'[1, 2, 5]'::text")), 1),
        ("DELETE FROM audit_event WHERE seq = 6", 1),
    ],
)
def test_what_was_falsified_in_version_1_is_named(trail, statement, seq):
    trail.execute(statement)
    assert min(faults()) == seq


def test_an_entry_erased_under_version_1_is_erased_again(upgraded, django_db_blocker):
    tenant, connection = upgraded[0], entries_as_they_were(upgraded)
    with django_db_blocker.unblock():
        with tenant_context(tenant):
            one = User.objects.get(email="un@x.fr")
        leave_tenant()
        with as_owner(), tenant_context(tenant):
            found = erase_values(target=Target(one.pk, fields=["name", "email"]), reason="Demande")
            assert found == [1, 3, 4, 7]
            assert faults() == []
    connection.execute("DELETE FROM audit_event WHERE seq = 8")


# --- A file that version 1 wrote


def set_value(lines, seq, name, text, part=1):
    lines[seq]["clear"][name][part] = text


def move_a_digit(lines):
    salt, text = lines[5]["clear"]["after.token_generation"]
    lines[5]["clear"]["after.token_generation"] = [salt + text[:1], text[1:]]


def swap(lines):
    lines[3], lines[4] = lines[4], lines[3]


FILES = {
    "nothing": (lambda lines: None, []),
    "a text": (lambda lines: set_value(lines, 5, "after.name", '"Moi"'), [5]),
    "a number": (lambda lines: set_value(lines, 5, "after.token_generation", "7"), [5]),
    "a salt": (lambda lines: set_value(lines, 5, "after.name", "", 0), [5]),
    "a digit moved from text to salt": (move_a_digit, [5]),
    "a value taken out": (lambda lines: lines[5]["clear"].pop("after.email"), [5]),
    "all values taken out": (lambda lines: lines[4].update(clear={}), [4]),
    "an actor": (lambda lines: lines[3].update(actor="usr_x"), [3]),
    "a line out": (lambda lines: lines.pop(3), [3]),
    "two lines exchanged": (swap, [3, 3]),
    "a line twice": (lambda lines: lines.insert(4, lines[3]), [3]),
    "cut": (lambda lines: lines.pop(), [1, 2, 6]),
    "a longer erasure": (
        lambda lines: set_value(lines, 6, "after.sequences", "[1, 2, 5]"),
        [1, 2, 6],
    ),
    "said to be of version 2": (lambda lines: lines[0].update(version=2), [6, 6, 6]),
    "of a version to come": (lambda lines: lines[0].update(version=3), None),
    "values beside the word that they are withheld": (
        lambda lines: lines[0].update(withheld=True),
        [1, 2, 3, 4, 5, 6],
    ),
}


@pytest.mark.parametrize("what", FILES)
def test_the_verifier_reads_a_file_of_version_1(upgraded, what):
    lines = copy.deepcopy(upgraded[2])
    change, named = FILES[what]
    change(lines)
    written = map(json.dumps, lines)
    if named is None:
        with pytest.raises(ValueError, match="newer version"):
            check(written)
    else:
        assert [fault.seq for fault in check(written).faults] == named


def test_a_kept_head_holds_for_a_file_of_version_1(upgraded):
    lines = upgraded[2]
    written = [json.dumps(line) for line in lines]
    assert check(iter(written), (4, lines[4]["hash"])).faults == []
    assert [fault.seq for fault in check(iter(written), (4, "0" * 64)).faults] == [4]
