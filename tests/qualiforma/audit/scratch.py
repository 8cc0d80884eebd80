"""A tenant of one's own, really committed, to be spoilt as the owner; and programs run on it."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

from qualiforma.audit.verify_trail import FIELDS
from qualiforma.runtime.postgres import SUPERUSER
from tests import forks


def run(*words: str, given: str = "") -> "subprocess.CompletedProcess[str]":
    """Run Python with the test database's settings."""
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "qualiforma.settings"}
    return forks.run(*words, env=environment, given=given)


def python(*words: str, given: str = "") -> str:
    """Run Python, which must succeed; return what it printed."""
    done = run(*words, given=given)
    assert done.returncode == 0, done.stderr
    return done.stdout


# As `manage.py` does it, one after the other: starting a process takes longer than most commands.
ONE_BY_ONE = """
import contextlib, io, json, sys
from django.core.management import execute_from_command_line
done = []
for words in json.load(sys.stdin):
    code, out, err = 0, io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            execute_from_command_line(["manage.py", *words])
        except SystemExit as stop:
            code = stop.code
    done.append((code, out.getvalue(), err.getvalue()))
print(json.dumps(done))
"""


def commands(*lines: tuple[str, ...]) -> list[tuple[int, str, str]]:
    """Run commands in one other process. Shape: status, what was printed, what was complained of."""
    done = json.loads(python("-c", ONE_BY_ONE, given=json.dumps(lines)))
    return [(code, out, err) for code, out, err in done]


def owner(schema: str) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(
        os.environ["DATABASE_OWNER_URL"],
        options=f"-c search_path={schema},public -c lock_timeout=10s",
        autocommit=True,
    )


@contextmanager
def scratch_tenant() -> Iterator[tuple[str, str]]:
    """Yield slug and schema of a new tenant; it is gone afterwards."""
    slug = f"scratch-{uuid4().hex[:12]}"
    python("manage.py", "create_tenant", slug, "--name", "Essai")
    with owner("public") as connection:
        found = connection.execute(
            "SELECT schema_name FROM tenants_tenant WHERE slug = %s", [slug]
        ).fetchone()
        assert found
        schema = str(found[0])
        yield slug, schema
        connection.execute(f'DROP SCHEMA "{schema}" CASCADE')
        of_tenant = "(SELECT id FROM tenants_tenant WHERE slug = %s)"
        connection.execute(f"DELETE FROM tenants_domain WHERE tenant_id IN {of_tenant}", [slug])
        connection.execute("DELETE FROM tenants_tenant WHERE slug = %s", [slug])


def rows_of(connection: "psycopg.Connection[tuple[Any, ...]]") -> list[tuple[Any, ...]]:
    """Every entry as a verifier takes it, without asking the product for more than its names."""
    names = ", ".join(
        "to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
        if name == "at"
        else name
        for name in FIELDS
    )
    return connection.execute(f"SELECT {names} FROM audit_event ORDER BY seq").fetchall()


def superuser() -> "psycopg.Connection[tuple[Any, ...]]":
    """Connect to the tests' own database as its superuser."""
    secrets = Path(os.environ["QUALIFORMA_HOME"]).parent / "postgres/secrets.json"
    password = json.loads(secrets.read_text())[SUPERUSER]
    return psycopg.connect(
        os.environ["DATABASE_OWNER_URL"], user=SUPERUSER, password=password, autocommit=True
    )
