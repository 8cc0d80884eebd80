"""Keep a migrated test cluster between runs: a copy of it starts in a third of a second.

The key is a digest of everything that makes its schemas and rows: migrations, models, the kernel
that provisions tenants, the locked packages and the cast. A change of any makes a new cluster. They
lie in `.qualiforma/test-clusters` of the checkout; the newest few are kept. `make clean` removes them.
"""

import fcntl
import hashlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from qualiforma.runtime.postgres import Cluster

ROOT = Path(__file__).parents[1]
CACHE = ROOT / ".qualiforma" / "test-clusters"
KEPT_CLUSTERS = 4
SOURCES = (
    # Not `**` alone, which would read the environment's folder too.
    *(
        f"{app}/{pattern}"
        for app in ("actionplans", "compliance", "improvements", "qualiforma")
        for pattern in ("**/migrations/**/*", "**/models.py", "**/models/*.py")
    ),
    "qualiforma/*.py",
    "qualiforma/accounts/**/*.py",
    "qualiforma/audit/**/*",
    "qualiforma/jobs/*.py",
    "qualiforma/runtime/postgres.py",
    "qualiforma/provisioning/**/*.py",
    "qualiforma/tenants/**/*.py",
    "requirements/base.txt",
    "tests/cast.py",
    "tests/cluster_cache.py",
)


def copy_cluster(home):
    """Copy the cluster of this code's key to `home`; make it first where there is none."""
    kept = CACHE / _key()
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the processes of one run wait for the first
        if not kept.exists():
            _make(kept)
        os.utime(kept)
        # cp keeps owners, and shares the blocks where the file system can.
        subprocess.run(["cp", "-a", "--reflink=auto", f"{kept}/.", home], check=True)


def _key():
    digest = hashlib.sha256(sys.version.encode())
    paths = {path for pattern in SOURCES for path in ROOT.glob(pattern) if path.is_file()}
    for path in sorted(path for path in paths if "__pycache__" not in path.parts):
        digest.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:24]


def _make(kept):
    """Fill a new cluster in a process of its own, as the settings are read once in a process."""
    for old in sorted(CACHE.glob("*/"), key=lambda path: path.stat().st_mtime)[:-KEPT_CLUSTERS]:
        shutil.rmtree(old)
    # Beside the runs' own folders: the account that PostgreSQL runs under can reach it.
    home = Path(tempfile.mkdtemp(prefix="qualiforma-test-"))
    home.chmod(0o755)
    try:
        (home / "secret_key").write_text("only-for-tests-" + secrets.token_hex(24))
        cluster = Cluster(home, throwaway=True)
        try:
            urls = cluster.start()
            settings = {
                "DATABASE_URL": urls.app,
                "DATABASE_OWNER_URL": urls.owner,
                "DJANGO_SETTINGS_MODULE": "qualiforma.settings",
                "QUALIFORMA_HOME": str(home / "state"),
                "QUALIFORMA_HTTPS": "false",
                "QUALIFORMA_SECRET_KEY": (home / "secret_key").read_text(),
            }
            command = [sys.executable, "-m", "tests.cluster_cache"]
            subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, **settings})
        finally:
            cluster.stop()
        part = kept.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        subprocess.run(["cp", "-a", home, part], check=True)
        part.rename(kept)
    finally:
        shutil.rmtree(home)


def fill():
    """Migrate, and create two tenants with the cast."""
    import django

    django.setup()
    from django.db import connections

    from qualiforma.accounts import services as accounts
    from qualiforma.provisioning import services as tenants
    from qualiforma.tenants import context
    from qualiforma.tenants.models import Tenant
    from tests.cast import EVERYBODY, PASSWORD, cheap_passwords

    with cheap_passwords():
        tenants.migrate_installation()
        known = set(Tenant.objects.values_list("slug", flat=True))
        for slug in {"acme", "globex"} - known:
            with context.tenant_context(tenants.create_tenant(slug=slug, name=slug.title())):
                for person in EVERYBODY:
                    if person.tenant == slug:
                        accounts.create_user(
                            id=person.id,
                            email=person.email,
                            name=person.name,
                            role=person.role,
                            password=PASSWORD,
                        )
    connections.close_all()


if __name__ == "__main__":
    fill()
