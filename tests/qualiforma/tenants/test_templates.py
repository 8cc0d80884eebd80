"""New schemas by replay: the same as by migrations, whatever happens to the kept dump."""

import logging
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import connection
from django_tenants.utils import schema_context

from qualiforma.accounts.models import User
from qualiforma.provisioning import templates
from qualiforma.provisioning.schemas import lacking, migrate_schema
from qualiforma.tenants.models import PLATFORM_SCHEMA
from qualiforma.tenants.owner import as_owner
from tests import forks
from tests.qualiforma.tenants.catalogue import catalogue
from tests.qualiforma.tenants.conftest import run_as_owner, schemas

pytestmark = pytest.mark.usefixtures("committed")

# As the audit trail does it: a table that the application only reads, written by a trigger.
TRAIL = """
CREATE TABLE {0}.trail (seq bigint PRIMARY KEY, kind text, note text DEFAULT E'a\\\\b;\\n\\\\x');
INSERT INTO {0}.trail VALUES (7, 'x', E'line\\n\\\\unrestrict me\\n$$ -- '' "');
CREATE FUNCTION {0}.write_trail() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $body$
BEGIN
    EXECUTE format('INSERT INTO %I.trail VALUES ((SELECT max(seq) + 1 FROM %1$I.trail), $1, $2)',
        TG_TABLE_SCHEMA) USING TG_ARGV[0], '{0}';
    RETURN NEW;
END $body$;
REVOKE ALL ON FUNCTION {0}.write_trail() FROM PUBLIC;
CREATE TRIGGER watch AFTER INSERT OR UPDATE ON {0}.accounts_user
    FOR EACH ROW EXECUTE FUNCTION {0}.write_trail('user');
ALTER TABLE {0}.accounts_user ENABLE ALWAYS TRIGGER watch;
GRANT SELECT ON {0}.trail TO qualiforma_app;
"""


@pytest.fixture
def quickly(monkeypatch):
    """Migrating without what it takes: instead, what migrations made when this run began."""
    migrate = partial(templates.replay, templates.template())
    monkeypatch.setattr(templates, "migrate_schema", migrate)
    return migrate


@pytest.fixture
def templates_folder(tmp_path, settings):
    """An empty home, so that the test makes its own template."""
    settings.HOME = tmp_path
    return tmp_path / "templates"


def test_replay_makes_what_migrations_make(templates_folder):
    templates.fill_schema("t_replayed")
    migrate_schema("t_migrated")
    migrated = catalogue("t_migrated")
    for replayed in (catalogue("t_replayed"), catalogue(PLATFORM_SCHEMA)):
        differing = {k: set(v) ^ set(migrated[k]) for k, v in replayed.items() if v != migrated[k]}
        assert differing == {}
    assert all(replayed[kind] for kind in replayed if kind not in {"triggers", "functions"})
    assert lacking(["t_replayed"]) == {}
    assert len(list(templates_folder.iterdir())) == 1


def test_triggers_functions_and_narrow_grants_travel(quickly, templates_folder, monkeypatch):
    def migrate_with_trail(schema):
        quickly(schema)
        run_as_owner(TRAIL.format(schema))

    monkeypatch.setattr(templates, "migrate_schema", migrate_with_trail)
    templates.fill_schema("t_replayed")
    migrate_with_trail("t_migrated")
    replayed, migrated = catalogue("t_replayed"), catalogue("t_migrated")
    assert replayed == migrated
    assert replayed["triggers"]
    assert replayed["functions"]
    with schema_context("t_replayed"), connection.cursor() as cursor:  # as the application
        User.objects.create(email="a@b.fr", name="A", role="ADMIN")
        cursor.execute("SELECT seq, kind, note FROM trail ORDER BY seq")
        first, second = cursor.fetchall()
    assert first == (7, "x", "line\n\\unrestrict me\n$$ -- ' \"")
    assert second == (8, "user", "t_replayed")


def test_a_damaged_dump_is_made_anew(quickly, templates_folder, caplog):
    templates.template()
    (path,) = templates_folder.iterdir()
    kept = path.read_bytes()
    for damaged in (b"", kept[: len(kept) // 2], kept.replace(b"text", b"tent", 1), b"\xff"):
        path.write_bytes(damaged)
        templates.fill_schema("t_replayed")
        assert lacking(["t_replayed"]) == {}
        run_as_owner("DROP SCHEMA t_replayed CASCADE")
        assert templates._read(path) is not None
    assert caplog.text.count("is damaged") == 8  # seen, then seen again under the lock


def test_another_release_server_or_role_has_another_dump(templates_folder, settings, monkeypatch):
    with as_owner():
        seen = [templates._digest(), templates._digest()]
        settings.DATABASE_APPLICATION_ROLE = "another"
        seen.append(templates._digest())
        monkeypatch.setattr(templates, "_server_major", lambda: 99)
        seen.append(templates._digest())
        templates._release.cache_clear()
        settings.TENANT_APPS = settings.TENANT_APPS[:-3]  # other migrations
        seen.append(templates._digest())
        templates._release.cache_clear()
    assert seen[0] == seen[1]
    assert len(set(seen)) == 4


@pytest.mark.parametrize("program", ["absent", "old", "failing"])
def test_without_a_fit_pg_dump_by_migrations(
    quickly, templates_folder, monkeypatch, caplog, program
):
    folder = templates_folder.parent / "bin"
    folder.mkdir()
    scripts = {"old": "echo 'pg_dump (PostgreSQL) 9.6'", "failing": '[ "$1" = --version ] && '
               "echo 'pg_dump (PostgreSQL) 99.1' || { echo burst >&2; exit 1; }"}  # fmt: skip
    if program in scripts:
        (folder / "pg_dump").write_text("#!/bin/sh\n" + scripts[program])
        (folder / "pg_dump").chmod(0o755)
    monkeypatch.setattr(templates, "program_folders", lambda name: ([folder], []))
    before = schemas()
    with caplog.at_level(logging.WARNING):
        templates.fill_schema("t_migrated")
    assert len(caplog.records) == 1
    assert "by migrations" in caplog.text
    assert schemas() - before == {"t_migrated"}
    assert lacking(["t_migrated"]) == {}


def test_a_folder_that_cannot_be_used(quickly, templates_folder, caplog):
    templates_folder.touch()  # a file
    templates.fill_schema("t_migrated")
    assert len(caplog.records) == 1
    assert "Not a directory" in caplog.text or "exists" in caplog.text
    assert lacking(["t_migrated"]) == {}


def test_a_replay_that_fails_leaves_nothing(quickly, templates_folder):
    dump = templates.template() + "SELECT 1/0;"
    before = schemas()
    with pytest.raises(Exception, match="division by zero"):
        templates.replay(dump, "t_broken")
    with pytest.raises(ValueError, match="t-x"):
        templates.replay(dump, 't-x"; DROP SCHEMA public')
    assert schemas() == before


def environment(home):
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "qualiforma.settings",
        "QUALIFORMA_HOME": str(home),
    }


BUILDER = (
    "import django; django.setup(); from qualiforma.provisioning import templates; "
    "print(len(templates.template()))"
)


def test_two_builders_at_once(templates_folder):
    before = schemas()

    def build(_):
        done = forks.run("-c", BUILDER, env=environment(templates_folder.parent))
        assert done.returncode == 0, done
        return done.stdout

    with ThreadPoolExecutor(2) as pool:
        assert len(set(pool.map(build, range(2)))) == 1
    assert len(list(templates_folder.iterdir())) == 1
    assert schemas() == before


def test_a_builder_killed_leaves_nothing_that_stays(quickly, templates_folder):
    before = schemas()
    killed = BUILDER.replace(
        "print", "templates._dumped = lambda *a: os.kill(os.getpid(), 9); print"
    )
    done = forks.run("-c", f"import os; {killed}", env=environment(templates_folder.parent))
    assert done.returncode == -9
    assert schemas() != before
    templates.fill_schema("t_replayed")
    assert schemas() - before == {"t_replayed"}
