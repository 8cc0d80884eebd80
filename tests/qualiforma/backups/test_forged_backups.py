"""Backups whose sums are right and whose contents are somebody's: refused, and nothing half-written.

What an archive of one organisation may not hold is in `test_moves.py`.
"""

import hashlib
import json
import shutil
from itertools import count

import psycopg
import pytest
from django.db import connection

from qualiforma.backups.archive import Archive, Writer
from qualiforma.backups.errors import BackupError
from qualiforma.backups.installation import back_up, verify
from qualiforma.backups.restoring import restore
from qualiforma.tenants.context import leave_tenant
from tests.qualiforma.backups.conftest import refused

TRAIL = "tables/audit_event"


@pytest.fixture(scope="module")
def whole(django_db_setup, django_db_blocker, tmp_path_factory):
    """A backup of the tests' own installation, which is right."""
    parent = tmp_path_factory.mktemp("backups")
    with django_db_blocker.unblock():
        leave_tenant()
        folder = parent / back_up(output=str(parent))["name"]
        verify(str(folder))
        connection.close()
    return folder


@pytest.fixture
def backups(whole, tmp_path):
    """Copy that backup; returns the folder that was made."""
    numbers = count()
    return lambda: shutil.copytree(whole, tmp_path / str(next(numbers)) / whole.name)


def manifest_of(folder):
    return json.loads((folder / "manifest.json").read_text())


def organisation_of(folder, slug="acme"):
    archives = manifest_of(folder)["archives"]
    return next(name for name, one in archives.items() if one["slug"] == slug)


def sign(folder, **changes):
    """Alter the manifest, and write each file's sum anew."""
    (folder / "manifest.json").write_text(json.dumps(manifest_of(folder) | changes))
    (folder / "SHA256SUMS").unlink()
    names = [str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file()]
    sums = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    lines = "".join(f"{digest}  {name}\n" for name, digest in sums.items())
    (folder / "SHA256SUMS").write_text(lines)


def forge(folder, name, *, rows=None, added=None, **changes):
    """Write an archive anew: other rows of some tables, members of its own, another manifest."""
    with Archive(folder / name) as old:
        members = {member: b"".join(old.pieces(member)) for member in old.members}
        manifest = {key: value for key, value in old.manifest.items() if key != "members"}
    for member, change in (rows or {}).items():
        members[member] = change(members[member])
    writer = Writer(folder / "forged")
    for member, content in (members | (added or {})).items():
        with writer.member(member) as out:
            out.write(content)
    writer.finish(manifest | changes)
    (folder / "forged").replace(folder / name)
    sign(folder)


def part_of(folder, name, key):
    with Archive(folder / name) as archive:
        return archive.manifest[key]


def registered_as(**changes):
    """Have one organisation's registration say something else."""

    def change(folder):
        name = organisation_of(folder)
        row = part_of(folder, name, "registration") | changes
        forge(folder, name, registration=row)

    return change


def without(name):
    """Leave one archive out, of the list too."""

    def change(folder):
        (folder / name).unlink()
        archives = manifest_of(folder)["archives"]
        del archives[name]
        sign(folder, archives=archives)

    return change


def outside(folder):
    """Name an archive that lies beside the backup."""
    name, archives = organisation_of(folder), manifest_of(folder)["archives"]
    (folder / name).rename(folder.parent / "outside.zip")
    archives["../outside.zip"] = archives.pop(name)
    sign(folder, archives=archives)


def linked(folder):
    """Have an archive be a link to a file elsewhere."""
    name = organisation_of(folder)
    (folder / name).rename(folder.parent / "outside.zip")
    (folder / name).symlink_to(folder.parent / "outside.zip")


def migrations_with_a_gap(folder):
    name = organisation_of(folder)
    found = part_of(folder, name, "migrations")
    forge(folder, name, migrations=[one for one in found if one[1] != "0001_initial"])


FORGED = {
    "a schema of the server's": (registered_as(schema_name="pg_catalog"), "is not the organi"),
    "files of others": (registered_as(storage_prefix="../platform"), "storage_prefix"),
    "a name twice": (registered_as(slug="globex"), "two organisations whose slug is globex"),
    "no number": (registered_as(id=5), "no registration as QualiForma writes it"),
    "another number": (registered_as(id="../x"), "holds something else than its name says"),
    "a state": (registered_as(status="DELETING"), "none of a whole one"),
    "no platform": (without("platform.zip"), "no archive of platform"),
    "a path": (outside, "does not belong there"),
    "a link": (linked, "is no plain file"),
    "a gap": (migrations_with_a_gap, "its migrations lack"),
    "no instant": (lambda folder: sign(folder, at="yesterday"), "has no at as"),
    "a name": (lambda folder: sign(folder, name="a\nb"), "has no name as"),
    "no list": (lambda folder: sign(folder, archives=["x"]), "has no archives as"),
    "a key": (lambda folder: sign(folder, secret_key="x"), "has no secret_key as"),
    "a sequence": (
        lambda folder: forge(folder, "shared.zip", sequences={"x": 1}),
        "has no sequences as",
    ),
    "a head": (
        lambda folder: forge(folder, organisation_of(folder), head=None),
        "is of another backup",
    ),
    "a trail": (
        lambda folder: forge(
            folder, organisation_of(folder), rows={TRAIL: lambda text: b"x\n" + text}
        ),
        "cannot be read",
    ),
}


@pytest.mark.parametrize(("change", "words"), FORGED.values(), ids=FORGED)
def test_a_forged_backup_is_refused_before_anything_is_written(committed, backups, change, words):
    """This installation is not empty: that it is not looked at shows that the backup was refused first."""
    folder = backups()
    change(folder)
    with pytest.raises(BackupError, match=words):
        restore(source=str(folder), reason="x")


def shared_registrations(folder):
    """Rows of a table that each installation has its own of."""
    tables = part_of(folder, "shared.zip", "tables")
    tables["tenants_tenant"]["rows"] = 1
    row = "\t".join("x" for _ in tables["tenants_tenant"]["columns"]) + "\n"
    added = {"tables/tenants_tenant": row.encode()}
    forge(folder, "shared.zip", added=added, tables=tables, without=[])


def other_migrations(folder):
    name = organisation_of(folder)
    forge(
        folder,
        name,
        rows={"tables/django_migrations": lambda text: text.replace(b"0001_initial", b"0001_x", 1)},
    )


def test_what_fails_in_the_middle_is_taken_away(committed, backups, elsewhere):
    """By rows that only the database can tell to be wrong; then the same call restores what is whole."""
    for change, words in (
        (shared_registrations, "rows of tenants_tenant do not belong there"),
        (other_migrations, "its list of migrations is not that of its tables"),
    ):
        folder = backups()
        change(folder)
        refused(elsewhere.run(["restore", str(folder), "--reason", "x"]), words)
        with psycopg.connect(elsewhere.owner) as session:
            assert not session.execute("SELECT FROM tenants_tenant").rowcount
            left = session.execute(
                "SELECT FROM pg_namespace WHERE nspname ~ '^t_' OR nspname = 'platform'"
            )
            assert not left.rowcount
    elsewhere.does(
        ["restore", str(backups()), "--reason", "x"], ["verify_audit_trail", "--all-tenants"]
    )
