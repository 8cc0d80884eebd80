"""Figures of backups: many organisations backed up, verified, restored; bytes and seconds.

Run as `python -m tests.bench.backups [COUNT [ROWS [FILES]]]`. On a throw-away PostgreSQL of its own.
"""

import hashlib
import os
import sys
import tempfile
from pathlib import Path

from qualiforma.runtime.postgres import Cluster
from tests.bench.provisioning import manage, say, seconds, throwaway


def fill(count: int, rows: int, files: int) -> None:
    """Make organisations alike: complaints, and files of 100 KiB that do not compress."""
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage

    from improvements.models import PlanAttachment
    from qualiforma.accounts import services as accounts
    from qualiforma.provisioning.services import create_tenant
    from qualiforma.tenants.context import tenant_context
    from tests.cast import PASSWORD, cheap_passwords
    from tests.improvements.factories import make_complaint, make_plan

    for number in range(count):
        tenant = create_tenant(slug=f"bench-{number:03}", name=f"Organisme {number}")
        with tenant_context(tenant), cheap_passwords():
            user = accounts.create_user(email="a@b.fr", name="A", role="ADMIN", password=PASSWORD)
            for _ in range(rows):
                make_complaint()
            plan = make_plan(owner_id=user.pk)
            for name in range(files):
                content = os.urandom(100 * 1024)
                key = f"tenants/{tenant.slug}/improvements/{plan.pk}/{name}.pdf"
                default_storage.save(key, ContentFile(content))
                PlanAttachment.objects.create(
                    plan=plan, uploaded_by=user, key=key, name=f"{name}.pdf", size=len(content),
                    content_type="application/pdf", sha256=hashlib.sha256(content).hexdigest(),
                )  # fmt: skip


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def restore_elsewhere(source: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="qualiforma-bench-") as name:
        home = Path(name)
        home.chmod(0o755)
        with Cluster(home, throwaway=True) as urls:
            where = {
                "DATABASE_URL": urls.app,
                "DATABASE_OWNER_URL": urls.owner,
                "QUALIFORMA_HOME": str(home / "state"),
            }
            took, done = manage("restore", str(source), "--reason", "bench", **where)
            say(f"restore: {took:.1f} s, {done.stdout.strip() or done.stderr.strip()}")
            took, done = manage("verify_audit_trail", "--all-tenants", **where)
            say(f"trails elsewhere: exit status {done.returncode}, {took:.1f} s")


def main() -> None:
    count, rows, files = (
        int(sys.argv[n]) if len(sys.argv) > n else usual for n, usual in ((1, 50), (2, 200), (3, 5))
    )
    with throwaway() as home:
        import django

        django.setup()
        from qualiforma.backups.installation import back_up, verify
        from qualiforma.provisioning.services import migrate_installation

        migrate_installation()
        say(
            f"{count} organisations, {rows} complaints and {files} files of 100 KiB each: {seconds(lambda: fill(count, rows, files)):.0f} s"
        )
        output = home / "backups"
        took = seconds(lambda: back_up(output=str(output)))
        [made] = output.glob("qualiforma-*")
        say(
            f"backup: {took:.1f} s, {size_of(made) / 1e6:.1f} MB, {took / count * 1000:.0f} ms each"
        )
        say(f"verify: {seconds(lambda: verify(str(made))):.1f} s")
        restore_elsewhere(made)


if __name__ == "__main__":
    main()
