"""Figures of provisioning: one tenant by replay and by migrations, then a thousand of them.

Run as `python -m tests.bench.provisioning [COUNT]`. On a throw-away PostgreSQL of its own.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from unittest.mock import patch

from qualiforma.runtime.postgres import Cluster

ROOT = Path(__file__).parents[2]
ROUNDS = 5
# An app that only this run knows, whose migration every tenant lacks.
EXTRA = """
from django.db import migrations, models

class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel("Thing", [("id", models.TextField(primary_key=True)),
            ("rank", models.IntegerField(db_index=True))])
    ]
"""


@contextmanager
def throwaway() -> Iterator[Path]:
    """A database for this run alone, and the environment that leads to it."""
    with tempfile.TemporaryDirectory(prefix="qualiforma-bench-") as name:
        home = Path(name)
        home.chmod(0o755)
        with Cluster(home, throwaway=True) as urls:
            os.environ.update(
                DATABASE_URL=urls.app,
                DATABASE_OWNER_URL=urls.owner,
                QUALIFORMA_HOME=str(home / "state"),
                QUALIFORMA_SECRET_KEY="only-for-this-run-" + os.urandom(24).hex(),
                QUALIFORMA_HTTPS="false",
                QUALIFORMA_RATE_LIMIT="1000000",
                QUALIFORMA_LOG_LEVEL="WARNING",
                DJANGO_SETTINGS_MODULE="qualiforma.settings",
            )
            yield home
            from django.db import connections

            connections.close_all()


def say(text: str) -> None:
    sys.stdout.write(f"{text}   (load {os.getloadavg()[0]:.1f})\n")
    sys.stdout.flush()


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def manage(*command: str, **environment: str) -> tuple[float, subprocess.CompletedProcess[str]]:
    """Return how long a command took, its start included, and what it said."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *command],
        cwd=ROOT,
        env=os.environ | environment,
        text=True,
        capture_output=True,
        check=False,
    )
    return time.perf_counter() - start, done


def compare_ways() -> None:
    """Replay and migrations in turns, the least of each; of a schema, then of a whole tenant."""
    from qualiforma.provisioning import services, templates
    from qualiforma.provisioning.schemas import migrate_schema

    def create(way: Callable[[str], object], slug: str) -> None:
        with patch.object(services, "fill_schema", way):
            services.create_tenant(slug=slug, name=slug)

    say(f"the template, once per release: {seconds(templates.template):.2f} s")
    ways: dict[str, Callable[[str], object]] = {
        "replay": templates.fill_schema,
        "migrations": migrate_schema,
    }
    schema: dict[str, list[float]] = {name: [] for name in ways}
    tenant: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(ROUNDS):
        for name, way in ways.items():
            schema[name].append(seconds(partial(way, f"t_{name}_{number}")))
            tenant[name].append(seconds(partial(create, way, f"by-{name}-{number}")))
    for what, took in (("a schema", schema), ("a tenant", tenant)):
        replay, migrations = min(took["replay"]), min(took["migrations"])
        say(
            f"{what}: replay {replay:.3f} s, migrations {migrations:.3f} s, "
            f"ratio {replay / migrations:.3f}"
        )


def create_many(count: int) -> None:
    from qualiforma.provisioning.services import create_tenant
    from qualiforma.tenants.models import Tenant

    def create() -> None:
        for number in range(count):
            create_tenant(slug=f"bench-{number:04}", name=f"Organisme {number}")

    took = seconds(create)
    say(f"{Tenant.objects.count()} tenants created: {took:.1f} s, {took / count:.3f} s each")


def ask_readiness() -> None:
    from qualiforma.provisioning import readiness

    first = seconds(readiness.count_behind)
    readiness._kept["until"] = 0.0
    again = seconds(readiness.count_behind)
    say(f"readyz: count of tenants behind {first:.3f} s at first, {again * 1000:.1f} ms later")


def migrate_with_one_failing(home: Path, count: int) -> None:
    """A real extra migration over all, one tenant of which already has a table of that name."""
    from django.db import connection

    from qualiforma.tenants.models import Tenant
    from qualiforma.tenants.owner import as_owner

    for package in ("extra", "extra/migrations"):
        (home / package).mkdir()
        (home / package / "__init__.py").touch()
    (home / "extra/migrations/0001_initial.py").write_text(EXTRA)
    (home / "bench_settings.py").write_text(
        "from qualiforma.settings import *\n"
        "TENANT_APPS = [*TENANT_APPS, 'extra']\nINSTALLED_APPS = [*INSTALLED_APPS, 'extra']\n"
    )
    stuck = Tenant.objects.get(slug=f"bench-{count // 2:04}")
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {stuck.schema_name}.extra_thing (id int)")
    where = {"PYTHONPATH": f"{home}:{ROOT}", "DJANGO_SETTINGS_MODULE": "bench_settings"}
    took, done = manage("migrate_tenants", "--dry-run", **where)
    say(f"dry run: {done.stdout.splitlines()[-1]}, {took:.1f} s")
    took, done = manage("migrate_tenants", "--processes", "2", **where)
    say(f"one more migration: {done.stdout.strip()}, exit {done.returncode}, {took:.1f} s")
    say(f"  {done.stderr.strip()[:300]}")
    took, done = manage("migrate_tenants", **where)
    say(f"again: {done.stdout.strip()}, exit {done.returncode}, {took:.1f} s")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with throwaway() as home:
        import django

        django.setup()
        from qualiforma.provisioning.services import migrate_installation

        migrate_installation()
        compare_ways()
        create_many(count)
        for _ in range(2):
            took, done = manage("migrate_tenants")
            say(f"nothing to migrate: {done.stdout.strip()}, {took:.2f} s with the command's start")
        took, done = manage("list_tenants", "--json")
        say(f"list_tenants: {len(done.stdout.splitlines())} lines, {took:.2f} s")
        took, done = manage("check")
        say(f"for comparison, a command that does nothing: {took:.2f} s")
        ask_readiness()
        migrate_with_one_failing(home, count)


if __name__ == "__main__":
    main()
