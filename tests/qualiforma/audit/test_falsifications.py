"""Every falsification is named with its sequence by the command, by the file's verifier and by the
back-office's check, and none of them stops at it. See `tests.qualiforma.audit.falsified`.
"""

import io
import json
import re
from contextlib import closing

import pytest
from django.core.management import call_command
from openpyxl import load_workbook

from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role
from qualiforma.audit import chain, checking, parts, verify_trail
from qualiforma.audit.erasure import Target, erase_values
from qualiforma.audit.export import export_trail, write_lines
from qualiforma.tenants.context import leave_tenant, tenant_context
from qualiforma.tenants.owner import as_owner
from tests.admin_client import entered, text_of
from tests.cast import Client, Person
from tests.committed import committed_tenant
from tests.conftest import log_in
from tests.qualiforma.audit.falsified import FALSIFIED, REBUILT, RESEAL
from tests.qualiforma.audit.scratch import owner
from tests.qualiforma.audit.test_verify import fill, verify

NAMED = re.compile(r"BROKEN at (-?\d+): ")


@pytest.fixture(scope="module")
def falsified(django_db_setup, django_db_blocker, tmp_path_factory):
    """A tenant with nine entries, a copy of them to go back to, and the first line of its export."""
    file = tmp_path_factory.mktemp("export") / "trail.jsonl"
    with django_db_blocker.unblock(), committed_tenant("falsified") as tenant:
        with tenant_context(tenant):
            fill()
            one = User.objects.get(email="un@x.fr")
        leave_tenant()
        with as_owner(), tenant_context(tenant):
            erase_values(target=Target(one.pk, fields=["name"]), reason="Demande")
        with tenant_context(tenant):
            checking.note(checking.check_on(checking.Progress(), seconds=60), actor=Actor.of(one))
            export_trail(file, tenant=tenant.slug)
        leave_tenant()
        with owner(tenant.schema_name) as connection:
            connection.execute("CREATE TABLE kept AS TABLE audit_event")
            connection.execute("ALTER TABLE audit_event DISABLE TRIGGER ALL")
            connection.execute(RESEAL)
            free(connection)
            yield tenant, connection, file.read_text().splitlines()


def free(connection):
    """No constraint is left: the person who owns the database drops them first."""
    connection.execute("ALTER TABLE audit_event DROP CONSTRAINT audit_event_pkey")
    connection.execute("ALTER TABLE audit_event DROP CONSTRAINT audit_event_seq")
    for name in verify_trail.FIELDS:
        connection.execute(f"ALTER TABLE audit_event ALTER {name} DROP NOT NULL")


@pytest.fixture(scope="module")
def pages(falsified, cheap_passwords, django_db_blocker):
    """What shows the trail, to an administrator of that tenant. Each returns the answer's text."""
    admin = Person("", "deux@x.fr", "", Role.ADMIN, falsified[0].slug)
    with django_db_blocker.unblock():
        admin_client, api = entered(admin), Client(admin.tenant, log_in(admin))
    trail = "/admin/audit/auditevent/"
    return {
        "list": lambda: admin_client.get(trail),
        "entry": lambda: admin_client.get(f"{trail}3/change/"),
        "csv": lambda: admin_client.send(f"{trail}export/csv/"),
        "xlsx": lambda: admin_client.send(f"{trail}export/xlsx/"),
        "api": lambda: api.get("/api/v1/audit-events"),
    }


@pytest.fixture
def trail(falsified, db, monkeypatch):
    """The trail as it was; batches of two, so that each falsification is at a border, too."""
    monkeypatch.setattr(chain, "BATCH", 2)
    return entries_as_they_were(falsified)


def entries_as_they_were(falsified):
    connection = falsified[1]
    connection.execute("TRUNCATE audit_event")
    connection.execute("INSERT INTO audit_event SELECT * FROM kept ORDER BY seq")
    return falsified


def head_in(lines):
    return tuple(json.loads(lines[0])["head"])


def by_command(tenant, head=None):
    words = ("--expect", "{}:{}".format(*head)) if head else ()
    return found_in(verify("--tenant", tenant.slug, *words))


def found_in(answer):
    code, said = answer
    named = [int(seq) for seq in NAMED.findall(said)]
    assert code == bool(named)
    return named


def by_page(tenant, seconds=60):
    progress = checking.Progress()
    with tenant_context(tenant):
        while not progress.is_done:
            progress = checking.check_on(progress, seconds=seconds)
    return sorted(seq for seq, _ in progress.faults)


def by_file(connection, lines, head=None):
    file = io.StringIO()

    def run(statement, parameters):
        return connection.execute(statement, parameters).fetchall()

    write_lines(file, json.loads(lines[0]), chain.entries(run=run))
    return [
        fault.seq for fault in verify_trail.check(iter(file.getvalue().splitlines()), head).faults
    ]


def test_the_trail_is_intact_before(trail):
    tenant, connection, lines = trail
    assert head_in(lines)[0] == 9
    for head in (None, head_in(lines)):
        assert by_command(tenant, head) == []
        assert by_file(connection, lines, head) == []
    assert by_page(tenant) == by_page(tenant, seconds=0) == []


@pytest.mark.parametrize("what", FALSIFIED)
def test_every_verifier_names_it(trail, what):
    tenant, connection, lines = trail
    statement, seq = FALSIFIED[what]
    connection.execute(statement)
    named = {
        "command": by_command(tenant),
        "command, head kept": by_command(tenant, head_in(lines)),
        "file": by_file(connection, lines),
        "page": by_page(tenant),
        "page, in steps": by_page(tenant, seconds=0),
    }
    assert {verifier: min(found, default=None) for verifier, found in named.items()} == (
        dict.fromkeys(named, seq)
    )


@pytest.mark.parametrize("what", REBUILT)
def test_a_kept_head_tells_of_a_chain_that_was_cut_or_rebuilt(trail, what):
    tenant, connection, lines = trail
    statement, seq = REBUILT[what]
    connection.execute(statement)
    assert min(by_command(tenant, head_in(lines))) == seq
    assert min(by_file(connection, lines)) == seq
    # The last check's own head, where that entry is left.
    is_there = connection.execute("SELECT FROM audit_event WHERE seq = 8").rowcount
    assert bool(by_page(tenant)) == bool(is_there and "sealed" in what)


GARBAGE = re.compile(
    "no |value|sealed|at sequence|below|before|after|in another|an empty|an erasure"
)


@pytest.mark.parametrize("page", ["list", "entry", "csv", "api"])
def test_every_page_shows_it(falsified, pages, django_db_blocker, page):
    found = {}
    with django_db_blocker.unblock():
        for what in filter(GARBAGE.match, FALSIFIED):
            entries_as_they_were(falsified)[1].execute(FALSIFIED[what][0])
            with closing(pages[page]()) as answer:
                found[what] = answer.status_code
    assert len(found) > 30
    assert {what: status for what, status in found.items() if status != 200} == {}


@pytest.mark.parametrize("instant", ["-infinity", "infinity", "0044-03-15 BC", "12026-01-01"])
def test_unreadable_instant_is_labelled(falsified, pages, django_db_blocker, instant):
    entries_as_they_were(falsified)
    falsified[1].execute("UPDATE audit_event SET at = %s WHERE seq = 3", [instant])
    with django_db_blocker.unblock():
        assert " 3 illisible " in text_of(pages["list"]())
        assert "instant illisible – " in text_of(pages["entry"]())
        assert "\n3;illisible;" in b"".join(pages["csv"]()).decode()
        assert (
            load_workbook(io.BytesIO(b"".join(pages["xlsx"]())))["Journal"]["B9"].value
            == "illisible"
        )
        shown = {one["sequence"]: one["at"] for one in pages["api"]().json()["data"]}
    assert [seq for seq, at in shown.items() if at is None] == [3]


def test_unknown_source_is_shown_unchanged(falsified, pages, django_db_blocker):
    entries_as_they_were(falsified)
    falsified[1].execute("UPDATE audit_event SET door = 'la cave', action = '100 %' WHERE seq = 3")
    with django_db_blocker.unblock():
        assert "la cave" in text_of(pages["list"]())
        assert "100 %" in text_of(pages["entry"]())
        assert "la cave" in b"".join(pages["csv"]()).decode()


def test_several_are_all_named(trail):
    tenant, connection, lines = trail
    for what in ("an actor", "a quoted text", "at sequence 0"):
        connection.execute(FALSIFIED[what][0])
    connection.execute("DELETE FROM audit_event WHERE seq = 4")
    named = [0, 3, 4, 6, 7]  # the erasure names a value of 4
    assert by_command(tenant) == by_page(tenant) == by_file(connection, lines) == named


def test_a_thousand_are_counted(trail):
    tenant, connection, _ = trail
    connection.execute("INSERT INTO audit_event SELECT kept.* FROM kept, generate_series(1, 200)")
    code, said = verify("--tenant", tenant.slug)
    assert (code, len(NAMED.findall(said))) == (1, verify_trail.MOST_FAULTS)
    assert "BROKEN in 1700 more places" in said


def test_a_row_of_an_inheriting_table_is_found(trail):
    tenant, connection, _ = trail
    connection.execute("CREATE TABLE child () INHERITS (audit_event)")
    connection.execute("INSERT INTO child SELECT * FROM kept WHERE seq = 5")
    try:
        assert by_command(tenant) == by_page(tenant) == [5]
    finally:
        connection.execute("DELETE FROM child")


def test_rows_that_an_index_does_not_reach_are_counted(trail, monkeypatch):
    tenant, _, _ = trail
    found = chain.entries
    monkeypatch.setattr(
        chain, "entries", lambda **given: (one for one in found(**given) if one[0] < 9)
    )
    with tenant_context(tenant):
        assert checking.check().faults == []  # what follows the last may have been written since
        monkeypatch.setattr(chain, "count_until", lambda seq: 9)
        assert checking.check().faults == [(9, "9 entries are there, 8 stand in order")]


def test_a_trail_that_cannot_be_read_stops_no_other(trail):
    tenant, connection, _ = trail
    connection.execute("ALTER TABLE audit_event RENAME canonical TO elsewhere")
    said = io.StringIO()
    try:
        with pytest.raises(SystemExit) as stop:
            call_command("verify_audit_trail", "--all-tenants", "--records", stdout=said)
    finally:
        connection.execute("ALTER TABLE audit_event RENAME elsewhere TO canonical")
    assert stop.value.code == 1
    assert f"{tenant.slug}: BROKEN: it cannot be read" in said.getvalue()
    assert "platform: intact" in said.getvalue()


# --- In parts


PARTED = (
    "an actor",
    "what was erased",
    "a deleted row",
    "at sequence 0",
    "a duplicate",
    "no sequence",
)


@pytest.mark.parametrize("what", [*PARTED, "an erasure of less", ""])
def test_a_long_trail_is_checked_in_parts(falsified, django_db_blocker, monkeypatch, what):
    tenant, connection, _ = entries_as_they_were(falsified)
    statement, seq = FALSIFIED[what] if what else ("SELECT", None)
    connection.execute(statement)
    counts = []

    def in_parts(*given):
        checked = parts.check_in_parts(*given)
        counts.append(checked.count if checked else 0)
        return checked

    monkeypatch.setattr(parts, "LEAST", 2)
    monkeypatch.setattr(checking, "check_in_parts", in_parts)
    with django_db_blocker.unblock():
        leave_tenant()
        named = by_command(tenant)
    assert counts == [connection.execute("SELECT FROM audit_event").rowcount]
    assert min(named, default=None) == seq


# --- The file


def first_line(**changed):
    return lambda lines: [json.dumps(json.loads(lines[0]) | changed), *lines[1:]]


def entry(rank, change):
    def done(lines):
        one = json.loads(lines[rank])
        change(one)
        return [*lines[:rank], json.dumps(one), *lines[rank + 1 :]]

    return done


def instead(rank, text):
    return lambda lines: [*lines[:rank], text, *lines[rank + 1 :]]


def without(rank, name):
    return entry(rank, lambda one: one["clear"].pop(name))


FILES = {
    "a value taken out": (without(6, "after.name"), 6, "after.name"),
    "a value taken out and withheld set": (
        lambda lines: first_line(withheld=True)(without(6, "after.name")(lines)),
        1,
        "values were to be withheld",
    ),
    "all taken out and withheld set": (
        lambda lines: first_line(withheld=True)(
            [lines[0], *(json.dumps(json.loads(one) | {"clear": {}}) for one in lines[1:])]
        ),
        9,
        "first line is not what was sealed: withheld",
    ),
    "withheld set": (first_line(withheld=True), 1, "values were to be withheld"),
    "another organisation": (first_line(tenant="acme"), 9, "sealed: tenant"),
    "another version": (first_line(version=1), None, ""),
    "a line of no JSON": (instead(3, "{"), 3, "without a sequence"),
    "a line of null": (instead(3, "null"), 3, "without a sequence"),
    "a list": (instead(3, "[1, 2]"), 3, "without a sequence"),
    "a text for a sequence": (entry(3, lambda one: one.update(seq="3")), 3, "without a sequence"),
    "half a letter": (
        entry(3, lambda one: one.update(canonical="\ud800")),
        3,
        "is no entry that this program can read",
    ),
    "a line twice": (lambda lines: [*lines, lines[3]], 3, "twice"),
    "an empty file but for its first line": (lambda lines: lines[:1], 1, "was made up to 9"),
    "cut": (lambda lines: lines[:-1], 9, "was made up to 9"),
}


@pytest.mark.parametrize("what", FILES)
def test_a_falsified_file_is_named(falsified, what):
    change, seq, reason = FILES[what]
    checked = verify_trail.check(iter(change(falsified[2])))
    assert min((fault.seq for fault in checked.faults), default=None) == seq
    assert reason in "".join(fault.reason for fault in checked.faults)
