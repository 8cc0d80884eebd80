"""What the owner does with triggers disabled is found, by the command and by the file's verifier."""

import io
import json
import shutil
import subprocess
import sys

import pytest
from django.core.management import call_command

from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role
from qualiforma.accounts.services import change_user, create_user
from qualiforma.audit.export import VERIFIER
from qualiforma.tenants.context import inside, leave_tenant
from tests.cast import PASSWORD
from tests.committed import committed_tenant
from tests.qualiforma.audit.scratch import commands, owner

REBUILD = """
DO $$ DECLARE one record; last text := repeat('0', 64); said text; BEGIN
FOR one IN SELECT * FROM audit_event ORDER BY seq LOOP
    said := jsonb_set(one.canonical::jsonb, '{previous}', to_jsonb(last))::text;
    said := replace(said, 'accounts.user.created', 'accounts.user.invited');
    UPDATE audit_event SET canonical = said, previous = last, action = said::jsonb ->> 'action',
        hash = encode(sha256(convert_to(said, 'UTF8')), 'hex') WHERE seq = one.seq;
    SELECT hash INTO last FROM audit_event WHERE seq = one.seq;
END LOOP; END $$
"""
SWAP = """
UPDATE audit_event AS one SET canonical = two.canonical, clear = two.clear
FROM audit_event AS two WHERE (one.seq, two.seq) IN ((3, 4), (4, 3))
"""
# What is done, the first bad sequence, what is said of it; the last are found by a kept head only.
TAMPERED = {
    "a column": ("UPDATE audit_event SET actor = 'usr_x' WHERE seq = 3", 3, "actor is not"),
    "an instant": ("UPDATE audit_event SET at = at + '1 us' WHERE seq = 3", 3, "at is not"),
    "a value": (
        "UPDATE audit_event SET clear = jsonb_set(clear, '{after.name,1}', '\"\\\"Moi\\\"\"') WHERE seq = 3",
        3,
        "after.name is not",
    ),
    "a text": (
        "UPDATE audit_event SET canonical = replace(canonical, 'UPDATE', 'INSERT') WHERE seq = 3",
        3,
        "sealed text",
    ),
    "a deleted row": ("DELETE FROM audit_event WHERE seq = 3", 3, "missing"),
    "the first row": ("DELETE FROM audit_event WHERE seq = 1", 1, "missing"),
    "a swapped pair": (SWAP, 3, "sealed text"),
    "a silent erasure": ("UPDATE audit_event SET clear = '{}' WHERE seq = 3", 3, "no erasure"),
    "a cut tail": ("DELETE FROM audit_event WHERE seq > 4", 5, "missing; sequence 6 was kept"),
    "a rebuilt chain": (REBUILD, 6, "whose hash was kept"),
}


@pytest.fixture(scope="module")
def spoilt(django_db_setup, django_db_blocker):
    """A tenant with six entries, and a copy of them to go back to."""
    with django_db_blocker.unblock(), committed_tenant("spoilt") as tenant:
        with inside(tenant):
            fill()
        leave_tenant()
        with owner(tenant.schema_name) as connection:
            connection.execute("CREATE TABLE kept AS TABLE audit_event")
            connection.execute("ALTER TABLE audit_event DISABLE TRIGGER ALL")
            yield tenant.slug, connection


def fill():
    person = {"role": Role.ADMIN, "password": PASSWORD}
    one = create_user(email="un@x.fr", name="Une Personne", **person)
    for name in ("Deux", "Trois", "Quatre"):
        change_user(user=one, changes={"name": name}, actor=Actor.of(one))
    create_user(email="deux@x.fr", name="Autre", **person)


@pytest.fixture
def tenant(spoilt, db):
    """The same with its entries as they were; what a command adds in this process is taken back."""
    return entries_as_they_were(spoilt)


def entries_as_they_were(spoilt):
    slug, connection = spoilt
    connection.execute("TRUNCATE audit_event")
    connection.execute("INSERT INTO audit_event SELECT * FROM kept")
    return slug, connection


def verify(*words):
    """The command's status and what it says, in this process."""
    said = io.StringIO()
    try:
        call_command("verify_audit_trail", *words, stdout=said)
    except SystemExit as stop:
        return stop.code, said.getvalue()
    return 0, said.getvalue()


def said_by(*words):
    said = io.StringIO()
    call_command(*words, stdout=said)
    return said.getvalue().strip()


def head_of(slug):
    return said_by("audit_head", "--tenant", slug)


def alone(file, *words):
    """The verifier beside the file, isolated from the project and its packages."""
    program = [sys.executable, "-I", "-S", str(file.with_name("verify_trail.py")), str(file)]
    done = subprocess.run(
        [*program, *words], capture_output=True, text=True, check=False, cwd=file.parent
    )
    return done.returncode, done.stdout + done.stderr


def copy(connection, file):
    """The table as an export would hold it, without asking the product for more than its verifier."""
    shutil.copy(VERIFIER, file.parent)
    rows = connection.execute(
        "SELECT to_jsonb(audit_event) || jsonb_build_object('at', to_char(at AT TIME ZONE 'UTC', "
        '\'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\')) FROM audit_event ORDER BY seq'
    ).fetchall()
    last = rows[-1][0]
    with file.open("w") as lines:
        first = {"format": "qualiforma-audit-trail", "version": 1, "withheld": False}
        lines.write(json.dumps(first | {"head": [last["seq"], last["hash"]]}) + "\n")
        lines.writelines(json.dumps(row) + "\n" for (row,) in rows)


def test_an_intact_trail(tenant, tmp_path):
    slug, _ = tenant
    head, file = head_of(slug), tmp_path / "trail.jsonl"
    export = ("export_audit_trail", "--tenant", slug, str(file))
    done = commands(
        ("audit_head", "--tenant", slug),
        ("verify_audit_trail", "--tenant", slug, "--expect", head),
        export,
        export,
    )
    assert [code for code, _, _ in done] == [0, 0, 0, 2]  # an existing file is not replaced
    assert done[0][1] == f"{head}\n"
    assert done[1][1] == f"{slug}: intact, 6 entries, head {head}\n"
    code, said = alone(file, "--expect", head)
    assert (code, said.split(",")[0]) == (0, "intact: 7 entries")  # the export is one
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_tampered_with_is_found(tenant, tmp_path, what):
    slug, connection = tenant
    head = head_of(slug)
    statement, seq, reason = TAMPERED[what]
    connection.execute(statement)
    code, said = verify("--tenant", slug, "--expect", head)
    assert code == 1
    assert said.startswith(f"{slug}: BROKEN at {seq}: ")
    assert reason in said
    file = tmp_path / "trail.jsonl"
    copy(connection, file)
    assert alone(file, "--expect", head) == (1, said.replace(f"{slug}: ", ""))


def test_only_a_kept_head_tells_of_a_cut_tail_and_a_rebuilt_chain(tenant):
    slug, connection = tenant
    connection.execute(REBUILD)
    connection.execute("DELETE FROM audit_event WHERE seq > 4")
    assert verify("--tenant", slug)[0] == 0


def test_an_erasure_blanks_and_says_so(spoilt, django_db_blocker):
    slug, connection = entries_as_they_were(spoilt)
    [(user,)] = connection.execute("SELECT object_id FROM audit_event WHERE seq = 2").fetchall()
    connection.execute("ALTER TABLE audit_event ENABLE TRIGGER ALL")
    erase = ("erase_audit_values", "--tenant", slug, "--reason", "Demande du 3 mars")
    who = ("--object", user, "--field", "name", "--field", "email", "--actor", user)
    everything = "SELECT string_agg(audit_event::text, '' ORDER BY seq) FROM audit_event"
    with django_db_blocker.unblock():
        assert "values of 4 entries would be" in said_by(*erase, *who, "--dry-run")
        assert "Une Personne" in connection.execute(everything).fetchone()[0]
        assert "values of 4 entries blanked" in said_by(*erase, *who)
        assert verify("--tenant", slug)[0] == 0
    connection.execute("ALTER TABLE audit_event DISABLE TRIGGER ALL")
    left = connection.execute(everything).fetchone()[0]
    assert not [word for word in ("Une Personne", "un@x.fr", "Deux", "Quatre") if word in left]
    assert "Autre" in left
    [(action, clear)] = connection.execute(
        "SELECT action, clear FROM audit_event WHERE seq = 7"
    ).fetchall()
    assert action == "audit.values.erased"
    assert json.loads(clear["after.sequences"][1]) == [2, 3, 4, 5]
    assert json.loads(clear["reason"][1]) == "Demande du 3 mars"


def test_an_export_may_withhold_the_values(tenant, tmp_path):
    slug, _ = tenant
    file = tmp_path / "trail.jsonl"
    said_by("export_audit_trail", "--tenant", slug, str(file), "--withhold-values")
    assert "Personne" not in file.read_text()
    assert alone(file)[0] == 0
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(lines[:-1]))
    assert alone(file) == (1, "BROKEN at 7: missing; the export was made up to 7\n")
    file.write_text("{}\n")
    assert alone(file)[0] == 2


MISUSED = [
    ("verify_audit_trail",),
    ("verify_audit_trail", "--tenant", "nowhere"),
    ("verify_audit_trail", "--platform", "--expect", "12"),
    ("verify_audit_trail", "--all-tenants", "--expect", f"1:{'0' * 64}"),
    ("erase_audit_values", "--platform", "--reason", "x"),
    ("erase_audit_values", "--platform", "--reason", "x", "--actor", "u", "--field", "name"),
]


def test_the_status_says_misused_or_broken(tenant):
    slug, connection = tenant
    connection.execute("DELETE FROM audit_event WHERE seq = 3")
    *misused, broken = commands(*MISUSED, ("verify_audit_trail", "--tenant", slug))
    assert [(code, bool(complaint)) for code, _, complaint in misused] == [(2, True)] * len(MISUSED)
    assert (broken[0], broken[1].split(":")[1]) == (1, " BROKEN at 3")


def test_all_tenants_and_the_platform(db):
    _, said = verify("--all-tenants")  # the spoilt one may be among them
    names = [line.partition(":")[0] for line in said.splitlines()]
    for name in ("acme", "globex", "platform"):
        assert f"{name}: intact, " in said
    heads = said_by("audit_head", "--all-tenants").splitlines()
    assert [line.split(" ")[0] for line in heads] == names
