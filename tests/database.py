"""pytest plugin: a throw-away PostgreSQL for this run, and the environment the settings need.

Each process of a run in several (`-n`) has its own, so that nothing is shared but the machine. The
tests' own connection is the application role's, as in production. Never the demo's data: the
cluster lives in a temporary folder and does not sync. It is the copy of one that is kept between runs,
in memory where there is room: each tenant is a thousand files, which a disk's file system takes longer to
make than PostgreSQL to fill.

Compiled modules are kept, also where `PYTHONDONTWRITEBYTECODE` is set: a run starts some hundred processes
of Python, each of which would compile the whole program anew.

`QUALIFORMA_TESTS_SHARDED=true` runs tests on the Citus cluster of `CITUS_DATABASE_URL` instead, whose
database then has the two tenants (`tests/sharded/test_modules.py`).
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pytest

from qualiforma.runtime.postgres import Cluster
from tests.cluster_cache import copy_cluster
from tests.sharded.addresses import ClusterError, addresses, is_named

SETTINGS = {
    "QUALIFORMA_HTTPS": "false",
    "QUALIFORMA_RATE_LIMIT": "1000000",
    "WEB_WORKERS": "2",  # many servers of tests run beside one another
    "QUALIFORMA_DEMO_PASSWORD": "mot-de-passe-de-test",
}
NO_KEY = {"QUALIFORMA_SECRET_KEY": "only-for-this-run-" + os.urandom(24).hex()}
PREFIX = "qualiforma-test-"
MEMORY, ROOM_BYTES = Path("/dev/shm"), 4 * 1024**3
NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
KEY = pytest.StashKey[tuple[Cluster | None, Path]]()

# Before any test module is read: pytest keeps those that it rewrites by the same switch.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config):
    """Runs around pytest-django's hook of the same name, which imports the settings."""
    if _only_hands_out(early_config):
        os.environ.update(SETTINGS | NO_KEY, DATABASE_URL=NOWHERE, DATABASE_OWNER_URL=NOWHERE)
        return (yield)
    home = Path(tempfile.mkdtemp(prefix=PREFIX, dir=memory()))
    home.chmod(0o755)
    if os.environ.get("QUALIFORMA_TESTS_SHARDED") == "true":
        _use_citus(early_config, home)
        return (yield)
    copy_cluster(home)
    cluster = Cluster(home, throwaway=True)
    urls = cluster.start()
    early_config.stash[KEY] = (cluster, home)
    os.environ.update(
        SETTINGS,
        QUALIFORMA_SECRET_KEY=(home / "secret_key").read_text(),
        DATABASE_URL=urls.app,
        DATABASE_OWNER_URL=urls.owner,
        QUALIFORMA_HOME=str(home / "state"),
    )
    return (yield)


def memory() -> Path | None:
    """Return the folder whose files are kept in memory, where there is room for the runs' clusters."""
    is_roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_BYTES
    if not is_roomy or not os.access(MEMORY, os.W_OK):
        return None
    for home in MEMORY.glob(f"{PREFIX}*"):
        _remove_left_over(home)
    return MEMORY


def _remove_left_over(home: Path) -> None:
    """Free the memory of a run that was killed: for an hour, nobody has held its server's lock."""
    with suppress(OSError):  # another run came first, or it is another account's
        lock = home / "postgres" / "lock"
        if home.stat().st_mtime < time.time() - 3600:
            with lock.open() as held:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(home)


def _use_citus(config, home):
    """Fill the database that is named; the tenants are there already when a run came before."""
    config.stash[KEY] = (None, home)
    if not is_named():
        raise pytest.UsageError("QUALIFORMA_TESTS_SHARDED needs CITUS_DATABASE_URL.")
    try:
        application, owner = addresses()
    except ClusterError as error:
        raise pytest.UsageError(str(error)) from error
    os.environ.update(
        SETTINGS | NO_KEY,
        DATABASE_URL=application,
        DATABASE_OWNER_URL=owner,
        QUALIFORMA_HOME=str(home / "state"),
        QUALIFORMA_SHARDED="true",
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "qualiforma.settings"}
    subprocess.run([sys.executable, "-m", "tests.cluster_cache"], check=True, env=environment)


def _only_hands_out(config):
    """Say whether this process runs no test itself: the others do (pytest-xdist)."""
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    return not is_worker and bool(getattr(config.known_args_namespace, "numprocesses", None))


@pytest.hookimpl(tryfirst=True)  # before xdist's own
def pytest_xdist_auto_num_workers():
    """One process more than there are cores: many tests wait for servers, mails and kills."""
    return min((os.cpu_count() or 1) + 1, 4)


def pytest_unconfigure(config):
    cluster, home = config.stash.get(KEY, (None, None))
    if home:
        from django.db import connections

        connections.close_all()
        if cluster:
            cluster.stop()
        shutil.rmtree(home, ignore_errors=True)
