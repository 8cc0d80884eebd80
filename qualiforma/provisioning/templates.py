"""A new tenant's schema by replay: migrations run once per release, their result is dumped and kept.

`<home>/templates/<digest>.sql` holds the dump of one schema, its name replaced by a token. Where
`pg_dump` is missing, too old or fails, schemas are made by migrations: the same, but slower.
"""

import hashlib
import inspect
import logging
import os
import re
import secrets
import subprocess
import tempfile
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import django
import psycopg
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from psycopg.conninfo import make_conninfo

from qualiforma.provisioning.schemas import migrate_schema
from qualiforma.runtime.postgres import program_folders
from qualiforma.tenants import grants, sharding
from qualiforma.tenants.connection import tenant_connection
from qualiforma.tenants.context import leave_tenant
from qualiforma.tenants.locks import locked
from qualiforma.tenants.models import PLATFORM_SCHEMA
from qualiforma.tenants.owner import as_owner, owner_address

logger = logging.getLogger(__name__)

PLACEHOLDER = "qualiforma_template_b1946ac92492d2347c6235b4"  # a name that no data holds
PREFIX = "template_"
END = "-- end of template "
DUMP_SECONDS = 120
# Instead of the dump's own, which are those of pg_dump's version: an older server may not know them.
_OURS = """SET LOCAL standard_conforming_strings = on;
SET LOCAL check_function_bodies = off;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = '';
SET LOCAL row_security = off;
"""


class DumpError(Exception):
    """No dump can be had here; the text says why."""


def fill_schema(schema: str, *, distributed: bool = True) -> None:
    """Make a schema with all that a tenant's has, grants included; it must not exist yet.

    Where the database is sharded, a tenant's goes to a node, unless `distributed` is false; the
    platform's own stays.

    Nothing of it stays when the replay fails. Cost: 0.1 s, and once per release that of migrating.
    """
    try:
        dump = template()
    except (DumpError, OSError) as error:
        logger.warning("Creating the schema by migrations: %s", error)
        migrate_schema(schema)
        if distributed and is_on_node(schema):
            sharding.distribute(schema)
        return
    replay(dump, schema, distributed=distributed)


def migrate_installation() -> None:
    """Bring the shared tables and the platform's own schema up to date.

    The latter is made as a tenant's is: what making it costs is then spared the first tenant.
    """
    migrate_schema("public")
    with as_owner():
        leave_tenant()
        with locked(PLATFORM_SCHEMA):  # who comes second finds it made
            if _is_there(PLATFORM_SCHEMA):
                migrate_schema(PLATFORM_SCHEMA)
            else:
                fill_schema(PLATFORM_SCHEMA)


def template() -> str:
    """Return the template of this release, made on first use.

    Shape: SQL, `PLACEHOLDER` where the schema's name belongs. Errors: `DumpError`; `OSError` when the
    folder of templates cannot be used.
    """
    with as_owner():
        leave_tenant()
        path = settings.HOME / "templates" / f"{_digest()}.sql"
        kept = _read(path)
        if kept is None:
            with locked("template"):  # who comes second finds what the first has made
                kept = _read(path) or _build(path)
    return kept


def is_on_node(schema: str) -> bool:
    """Say whether a schema belongs on a node."""
    return bool(settings.SHARDED) and schema != PLATFORM_SCHEMA


def replay(dump: str, schema: str, *, distributed: bool = True) -> None:
    """Make a schema from a template, whole or not at all.

    On a connection of its own: a dump changes its session's settings.
    """
    with psycopg.connect(**owner_address()) as own:
        sharding.stay_on_coordinator(own)
        own.execute(statements(dump, schema))
        if distributed and is_on_node(schema):
            sharding.stay_on_coordinator(own, stays=False)
            sharding.distribute_within(own, schema)


def statements(dump: str, schema: str) -> str:
    """Return what makes a schema from a template."""
    if not re.fullmatch(r"[a-z_][a-z0-9_]*", schema):
        raise ValueError(schema)  # would need quotes, which the dump has not
    return _OURS + dump.replace(PLACEHOLDER, schema)


def _is_there(schema: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_namespace WHERE nspname = %s", [schema])
        return bool(cursor.rowcount)


def _build(path: Path) -> str:
    """Migrate a schema of its own, dump it, drop it, keep the dump. Holds the lock of templates."""
    program = _pg_dump()
    name = f"{PREFIX}{secrets.token_hex(12)}"
    try:
        _drop_templates()  # of builders that were killed
        migrate_schema(name)
        dump = _dumped(program, name)
    finally:
        _drop_templates()
    _write(path, dump)
    return dump


def _drop_templates() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            r"SELECT nspname FROM pg_namespace WHERE nspname ~ %s", [f"^{PREFIX}[0-9a-f]{{24}}$"]
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP SCHEMA {connection.ops.quote_name(name)} CASCADE")


def _dumped(program: Path, name: str) -> str:
    """Return the dump of a schema, made fit for replay. Errors: `DumpError`."""
    address = owner_address()
    environment = {"PATH": os.defpath, "PGPASSWORD": address.pop("password", "")}
    options = ["--no-owner", "--inserts", "--rows-per-insert=1000", "--encoding=UTF8"]
    where = [f'--schema="{name}"', f"--dbname={make_conninfo(**address)}"]
    try:
        done = subprocess.run(
            [program, *options, *where],
            env=environment, capture_output=True, text=True, timeout=DUMP_SECONDS, check=True,
        )  # fmt: skip
    except subprocess.CalledProcessError as error:
        raise DumpError(f"{program} failed: {error.stderr.strip()}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DumpError(f"{program} failed: {error}") from error
    return _cleaned(done.stdout, name)


def _cleaned(dump: str, name: str) -> str:
    """Return what makes the schema: without the session's settings before it and psql's lines."""
    _settings, create, body = dump.partition(f"CREATE SCHEMA {name};\n")
    if not create:
        raise DumpError("it left out the schema itself.")
    body, _, last = body.rpartition("\n\\unrestrict ")
    return (create + (body or last)).replace(name, PLACEHOLDER) + "\n"


def _pg_dump() -> Path:
    """Return the pg_dump nearest to the server's version, not older. Errors: `DumpError`."""
    server = _server_major()
    found = []
    for folder in (folder for folders in program_folders("pg_dump") for folder in folders):
        with suppress(OSError):
            said = subprocess.run(
                [folder / "pg_dump", "--version"], capture_output=True, text=True, check=False
            ).stdout
            if version := re.search(r"\d+", said):
                found.append((int(version[0]), folder / "pg_dump"))
    fit = [one for one in found if one[0] >= server]
    if not fit:
        raise DumpError(f"no pg_dump of PostgreSQL {server} or newer on this machine.")
    return min(fit)[1]


def _server_major() -> int:
    connection.ensure_connection()
    return int(tenant_connection.pg_version) // 10_000


def _digest() -> str:
    """Return what a template depends on: the release, the server and the application's role."""
    words = (_release(), str(_server_major()), settings.DATABASE_APPLICATION_ROLE)
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:32]


@cache
def _release() -> str:
    """Return a digest of each migration file, the grants and this module; read once per process."""
    digest = hashlib.sha256(django.__version__.encode())
    sources = [Path(inspect.getfile(grants)), Path(__file__)]
    for label in sorted(tenant_labels()):
        module, _explicit = MigrationLoader.migrations_module(label)
        spec = find_spec(module) if module else None
        if spec and spec.origin:
            folder = Path(spec.origin).parent
            sources += sorted(one for one in folder.rglob("*") if one.suffix in {".py", ".sql"})
    for source in sources:
        digest.update(hashlib.sha256(source.read_bytes()).digest())
    return digest.hexdigest()


def tenant_labels() -> set[str]:
    """Return the labels of the apps whose tables each tenant has."""
    return {
        app.label
        for app in apps.get_app_configs()
        if {app.name, f"{app.__module__}.{type(app).__name__}"} & set(settings.TENANT_APPS)
    }


def _read(path: Path) -> str | None:
    """Return the kept dump; None when there is none, or when it is not what was written."""
    try:
        dump, _, end = path.read_text(encoding="utf-8").rpartition(END)
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        dump = end = ""
    if not dump or end != _sum(dump):
        logger.warning("The template %s is damaged, hence no template.", path.name)
        return None
    return dump


def _write(path: Path, dump: str) -> None:
    """Write the file whole or not at all, with its sum at the end."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(dump + END + _sum(dump))
        Path(draft).replace(path)
    except OSError:
        Path(draft).unlink()
        raise


def _sum(dump: str) -> str:
    return hashlib.sha256(dump.encode()).hexdigest() + "\n"
