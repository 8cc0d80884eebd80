"""A pooler that shares sessions between connections is refused at start, by what it does."""

import ast
import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.live import free_port
from tests.qualiforma.tenants.processes import manage, run_python

# QUALIFORMA_TEST_PGBOUNCER: a newer one than the system's.
PGBOUNCER = os.environ.get("QUALIFORMA_TEST_PGBOUNCER") or shutil.which(
    "pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin"
)
pytestmark = [
    pytest.mark.usefixtures("django_db_setup"),
    pytest.mark.skipif(PGBOUNCER is None, reason="pgbouncer is not installed"),
]
CONFIGURATION = """
[databases]
qualiforma = host=127.0.0.1 port={server} dbname=qualiforma
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = plain
auth_file = {folder}/users
pool_mode = {mode}
default_pool_size = {size}
ignore_startup_parameters = extra_float_digits
{more}
"""
TRACKED = "track_extra_parameters = search_path"


@contextmanager
def pooler(mode, size=20, more=""):
    """Run PgBouncer in front of the tests' database; yields the application's address through it."""
    application = urlsplit(os.environ["DATABASE_URL"])
    port = free_port()
    folder = Path(tempfile.mkdtemp(prefix="qualiforma-pooler-"))
    users = [application, urlsplit(os.environ["DATABASE_OWNER_URL"])]
    lines = [f'"{user.username}" "{user.password}"\n' for user in users]
    (folder / "users").write_text("".join(lines))
    settings = {"server": application.port, "port": port, "folder": folder}
    (folder / "ini").write_text(CONFIGURATION.format(mode=mode, size=size, more=more, **settings))
    account: dict[str, Any] = {}
    if os.geteuid() == 0:  # it refuses root
        nobody = pwd.getpwnam("nobody")
        account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        for path in (folder, *folder.iterdir()):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
    process = subprocess.Popen([str(PGBOUNCER), "-q", folder / "ini"], cwd="/", **account)
    address = application._replace(netloc=application.netloc.rpartition(":")[0] + f":{port}")
    try:
        wait_for(address.geturl(), process)
        yield address.geturl()
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


def wait_for(address, process):
    for _ in range(100):
        assert process.poll() is None, "pgbouncer ended"
        try:
            psycopg.connect(address, connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("pgbouncer does not answer")


NO_LIMITS = {"QUALIFORMA_STATEMENT_TIMEOUT": "0", "QUALIFORMA_LOCK_TIMEOUT": "0"}


def serve(address, **limits):
    limits = limits or NO_LIMITS  # sent with a connection's start, which PgBouncer refuses
    return manage("serve", "--check", DATABASE_URL=address, PORT=str(free_port()), **limits)


@pytest.mark.parametrize("mode", ["transaction", "statement"])
@pytest.mark.parametrize("size", [1, 20])
def test_shared_sessions_are_refused(mode, size):
    with pooler(mode, size) as address:
        done = serve(address)
    assert done.returncode == 2, done
    (sentence,) = done.stderr.splitlines()
    for word in ("DATABASE_URL", "pooler", "directly", "session pooling"):
        assert word in sentence


def test_refused_under_other_traffic():
    """Busy sessions of the pooler do not hide that they are shared."""
    with pooler("transaction") as address:
        others = [psycopg.connect(address, autocommit=True) for _ in range(4)]
        for other in others[:2]:
            other.autocommit = False
            other.execute("SELECT 1")  # holds a session of its own until it commits
        done = serve(address)
        for other in others:
            other.close()
    assert done.returncode == 2, done


def test_the_owner_address_is_checked_too():
    owner = urlsplit(os.environ["DATABASE_OWNER_URL"])
    with pooler("transaction") as address:
        port = urlsplit(address).port
        through = owner._replace(netloc=owner.netloc.rpartition(":")[0] + f":{port}").geturl()
        done = manage("serve", "--check", DATABASE_OWNER_URL=through, PORT=str(free_port()))
    assert done.returncode == 2
    assert "DATABASE_OWNER_URL leads to a pooler" in done.stderr


def test_session_pooling_is_fine():
    with pooler("session") as address:
        assert serve(address).returncode == 0


def test_a_pooler_that_refuses_our_limits():
    with pooler("session") as address:
        done = serve(address, QUALIFORMA_LOCK_TIMEOUT="10")
    assert done.returncode == 2
    assert "QUALIFORMA_LOCK_TIMEOUT" in done.stderr


def test_no_pooler_is_fine():
    assert serve(os.environ["DATABASE_URL"]).returncode == 0


POOLED = {**NO_LIMITS, "QUALIFORMA_POOLER": "transaction"}


def tracks():
    """Whether this PgBouncer keeps a parameter for each client (1.20), and the server reports it (18)."""
    said = subprocess.run([str(PGBOUNCER), "--version"], capture_output=True, text=True, check=True)
    [(major, minor), *_] = re.findall(r"(\d+)\.(\d+)", said.stdout)
    with psycopg.connect(os.environ["DATABASE_URL"]) as session:
        return (int(major), int(minor)) >= (1, 20) and session.info.parameter_status(
            "search_path"
        ) is not None


def test_transaction_pooling_that_loses_the_search_path_is_refused():
    with pooler("transaction", 1) as address:
        done = serve(address, **POOLED)
    assert done.returncode == 2, done
    assert "does not keep search_path" in done.stderr


def test_transaction_pooling_that_keeps_the_search_path_is_taken():
    if not tracks():
        pytest.skip("PgBouncer is older than 1.20, or PostgreSQL older than 18")
    with pooler("transaction", 1, TRACKED) as address:
        assert serve(address, **POOLED).returncode == 0
        # Without the setting it is refused all the same: other settings of a session are lost.
        assert serve(address).returncode == 2
        assert answers(address) == [("acme", 1), ("globex", 1)] * 20


def answers(address):
    """Which organisation's rows two threads of one pool read in turn, each through the product."""
    script = """
import threading
from django.db import connection
from qualiforma.tenants.context import get_tenant, tenant_context
from qualiforma.accounts.models import User
from qualiforma.audit.models import AuditEvent
from qualiforma import audit
from qualiforma.audit.sources import Source, set_default_source
set_default_source(Source.API)
found = []
gate = threading.Barrier(2)
def read(slug):
    with tenant_context(get_tenant(slug)) as tenant:
        for _ in range(20):
            gate.wait()
            connection_schema = connection.cursor().execute("SELECT current_schema()").fetchone()[0]
            found.append((slug, int(connection_schema == tenant.schema_name)))
    connection.close()
threads = [threading.Thread(target=read, args=[slug]) for slug in ("acme", "globex")]
[one.start() for one in threads]
[one.join() for one in threads]
print(sorted(found))
"""
    done = run_python(script, DATABASE_URL=address, **POOLED)
    assert done.returncode == 0, done.stderr
    found = ast.literal_eval(done.stdout)
    return [one for pair in zip(found[:20], found[20:], strict=True) for one in pair]


def test_a_worker_behind_transaction_pooling_is_refused():
    done = manage("run_worker", "--until-empty", **POOLED)
    assert done.returncode == 2
    assert "listens for jobs" in done.stderr


def test_the_source_of_a_change_goes_with_its_transaction():
    """With no setting of the session of ours, the trail still says by which way a change came."""
    script = """
from uuid import uuid4
from qualiforma.accounts.services import create_user
from qualiforma.audit.models import AuditEvent
from qualiforma.audit.sources import Source, set_default_source
from qualiforma.tenants.context import get_tenant, tenant_context
from django.db import transaction
set_default_source(Source.API)
with tenant_context(get_tenant("acme")), transaction.atomic():
    user = create_user(email=f"{uuid4().hex}@x.fr", name="N", role="TRAINER", password="correct-horse-battery")
    print(AuditEvent.objects.get(object_id=user.pk).door)
    transaction.set_rollback(True)
"""
    done = run_python(script, QUALIFORMA_POOLER="transaction")
    assert (done.returncode, done.stdout.strip()) == (0, "api"), done.stderr
