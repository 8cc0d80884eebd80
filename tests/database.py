"""pytest plugin: a throw-away PostgreSQL for this run, and the environment the settings need.

The tests' own connection is the application role's, as in production. Never the demo's data: the
cluster lives in a temporary folder and does not sync.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from qualiforma.server.postgres import Cluster

KEY = pytest.StashKey[tuple[Cluster, Path]]()


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config):
    """Runs around pytest-django's hook of the same name, which imports the settings."""
    home = Path(tempfile.mkdtemp(prefix="qualiforma-test-"))
    home.chmod(0o755)
    cluster = Cluster(home, throwaway=True)
    urls = cluster.start()
    early_config.stash[KEY] = (cluster, home)
    os.environ.update(
        DATABASE_URL=urls.app,
        DATABASE_OWNER_URL=urls.owner,
        QUALIFORMA_HOME=str(home / "state"),
        QUALIFORMA_SECRET_KEY="only-for-this-run-" + os.urandom(24).hex(),
        QUALIFORMA_HTTPS="false",
        QUALIFORMA_RATE_LIMIT="1000000",
        QUALIFORMA_DEMO_PASSWORD="mot-de-passe-de-test",
    )
    return (yield)


def pytest_unconfigure(config):
    cluster, home = config.stash.get(KEY, (None, None))
    if cluster:
        from django.db import connections

        connections.close_all()
        cluster.stop()
        shutil.rmtree(home, ignore_errors=True)
