"""`/healthz`: the process answers. `/readyz`: it can do its work."""

from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from qualiforma.api.problems import MethodNotAllowedError, problem_response
from qualiforma.tenants.models import PLATFORM_SCHEMA

SAFE_METHODS = frozenset({"GET", "HEAD"})


@csrf_exempt
def healthz(request: HttpRequest) -> HttpResponseBase:
    """Say that this process serves requests."""
    if request.method not in SAFE_METHODS:
        return problem_response(request, MethodNotAllowedError())
    return JsonResponse({"status": "ok"})


@csrf_exempt
def readyz(request: HttpRequest) -> HttpResponseBase:
    """Say whether database, migrations, queue and storage are there; 503 naming what is not."""
    if request.method not in SAFE_METHODS:
        return problem_response(request, MethodNotAllowedError())
    checks: dict[str, Callable[[], bool]] = {
        "database": _database,
        "migrations": _migrations,
        "queue": _queue,
        "storage": _storage,
    }
    results = {name: _holds(check) for name, check in checks.items()}
    ready = all(results.values())
    body = {
        "status": "ok" if ready else "unavailable",
        "checks": {name: "ok" if good else "failed" for name, good in results.items()},
    }
    return JsonResponse(body, status=200 if ready else 503)


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (DatabaseError, OSError):
        return False


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def _migrations() -> bool:
    """Say whether the shared tables and the platform's schema are as this release wants them."""
    return _applied("public") >= _expected(_labels(settings.SHARED_APPS)) and _applied(
        PLATFORM_SCHEMA
    ) >= _expected(_labels(settings.TENANT_APPS))


def _labels(apps: list[str]) -> tuple[str, ...]:
    return tuple(app.rpartition(".")[2] for app in apps)


@cache
def _expected(labels: tuple[str, ...]) -> frozenset[tuple[str, str]]:
    """Return the migrations of these apps in this release; they cannot change while we run."""
    on_disk = MigrationLoader(None, ignore_no_migrations=True).disk_migrations or {}
    return frozenset(key for key in on_disk if key[0] in labels)


def _applied(schema: str) -> set[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            # A quoted name of ours, nothing from outside.
            f"SELECT app, name FROM {connection.ops.quote_name(schema)}.django_migrations"  # noqa: S608
        )
        return set(cursor.fetchall())


def _queue() -> bool:
    """Say whether jobs can be queued. Whether workers live is in the metrics: pages work without."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege('public.procrastinate_jobs', 'INSERT')")
        return bool(cursor.fetchone() == (True,))


def _storage() -> bool:
    """Say whether the folder of stored files can be written."""
    folder = settings.HOME / "files"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    probe = folder / ".writable"
    probe.touch()
    return True
