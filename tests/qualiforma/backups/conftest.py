"""Another installation, with a PostgreSQL, a folder and a secret key of its own."""

import secrets
import shutil
import tempfile
from pathlib import Path

import pytest
from django.conf import settings

from qualiforma.backups.installation import back_up
from qualiforma.runtime.postgres import Cluster
from tests.qualiforma.tenants.conftest import committed
from tests.qualiforma.tenants.processes import run_python

PASSPHRASE = "correct horse battery"


class Installation:
    """Where commands run, by their environment."""

    def __init__(self, home: Path, urls) -> None:
        self.home = home
        self.owner = urls.owner
        self.environment = {
            "DATABASE_URL": urls.app,
            "DATABASE_OWNER_URL": urls.owner,
            "QUALIFORMA_HOME": str(home / "state"),
            "QUALIFORMA_SECRET_KEY": secrets.token_hex(24),
        }

    def run(self, *commands, **environment):
        """Run commands one after the other in one process; the first that fails ends it."""
        script = (
            "import manage, sys\n"
            f"for command in {list(commands)!r}:\n"
            "    sys.argv[1:] = command\n"
            "    manage.main()\n"
        )
        return run_python(script, seconds=600, **self.environment | environment)

    def does(self, *commands, **environment):
        done = self.run(*commands, **environment)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout


@pytest.fixture
def elsewhere():
    """An installation without any table, on a PostgreSQL server of its own."""
    home = Path(tempfile.mkdtemp(prefix="qualiforma-test-"))
    home.chmod(0o755)
    cluster = Cluster(home, throwaway=True)
    try:
        urls = cluster.start()
        # What making it would cost is no matter of these tests.
        shutil.copytree(settings.HOME / "templates", home / "state/templates")
        yield Installation(home, urls)
    finally:
        cluster.stop()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def backups(tmp_path):
    """Back up the tests' own installation; returns the folder that was made."""

    def run(**options):
        return tmp_path / back_up(output=str(tmp_path), **options)["name"]

    return run


def refused(done, *words):
    """Hold that a command says in one line what it refuses, and ends with status 1."""
    assert done.returncode == 1, done.stdout + done.stderr
    [line] = done.stderr.strip().splitlines()
    for word in words:
        assert word in line
