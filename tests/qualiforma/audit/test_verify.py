"""What the owner does with triggers disabled is found, by the command and by the file's verifier."""

import io
import json
import subprocess
import sys

import pytest
from django.core.management import call_command

from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role
from qualiforma.accounts.services import change_user, create_user
from qualiforma.tenants.context import leave_tenant, tenant_context
from tests.cast import PASSWORD
from tests.committed import committed_tenant
from tests.qualiforma.audit.scratch import commands, owner


@pytest.fixture(scope="module")
def spoilt(django_db_setup, django_db_blocker):
    """A tenant with six entries, and a copy of them to go back to."""
    with django_db_blocker.unblock(), committed_tenant("spoilt") as tenant:
        with tenant_context(tenant):
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
    assert (code, said.split(", head")[0]) == (0, "intact, 7 entries")  # the export is one
    assert file.stat().st_mode & 0o777 == 0o600


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
    values = json.loads(clear["after.values"][1])
    assert list(values) == ["2", "3", "4", "5"]
    assert set(values["2"]) == {"after.email", "after.name"}
    assert json.loads(clear["reason"][1]) == "Demande du 3 mars"


def test_an_export_may_withhold_the_values(tenant, tmp_path):
    slug, _ = tenant
    file = tmp_path / "trail.jsonl"
    said_by("export_audit_trail", "--tenant", slug, str(file), "--withhold-values")
    assert "Personne" not in file.read_text()
    assert alone(file)[0] == 0
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(lines[:-1]))
    code, said = alone(file)
    assert (code, said.startswith("BROKEN at 7: the export was made up to 7:")) == (1, True)
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
