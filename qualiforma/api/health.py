"""`/healthz`: the process answers. `/readyz`: it can do its work."""

from collections.abc import Callable

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from qualiforma.api.problems import MethodNotAllowedError, problem_response
from qualiforma.files import bucket_answers
from qualiforma.tenants.models import PLATFORM_SCHEMA
from qualiforma.tenants.readiness import count_behind
from qualiforma.tenants.schemas import lacking

SAFE_METHODS = frozenset({"GET", "HEAD"})


@csrf_exempt
def healthz(request: HttpRequest) -> HttpResponseBase:
    """Say that this process serves requests."""
    if request.method not in SAFE_METHODS:
        return problem_response(request, MethodNotAllowedError())
    return JsonResponse({"status": "ok"})


@csrf_exempt
def readyz(request: HttpRequest) -> HttpResponseBase:
    """Say whether database, migrations, queue, storage and tenants are there; 503 naming what not."""
    if request.method not in SAFE_METHODS:
        return problem_response(request, MethodNotAllowedError())
    checks: dict[str, Callable[[], bool]] = {
        "database": _database,
        "migrations": _migrations,
        "queue": _queue,
        "storage": _storage,
        "tenants": _tenants,
    }
    results = {name: _holds(check) for name, check in checks.items()}
    ready = all(result == "ok" for result in results.values())
    body: dict[str, object] = {"status": "ok" if ready else "unavailable", "checks": results}
    if results["tenants"] == "behind":
        body["tenantsBehind"] = count_behind()
    return JsonResponse(body, status=200 if ready else 503)


def _holds(check: Callable[[], bool]) -> str:
    try:
        good = check()
    except (Error, OSError):
        return "failed"
    if check is _tenants and not good:
        return "behind"
    return "ok" if good else "failed"


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def _migrations() -> bool:
    """Say whether the shared tables and the platform's schema are as this release wants them."""
    return not lacking(["public", PLATFORM_SCHEMA])


def _tenants() -> bool:
    """Say whether each active tenant's tables are as this release wants them.

    A tenant behind makes the whole process unready: it would answer that tenant with faults, and
    the release before, whose migrations are all there, still serves everybody. So a new release
    gets no traffic until `migrate_tenants` is through. One that cannot be migrated may be
    suspended, which takes it out of the count. How many there are is said, which ones is not:
    anybody may ask.
    """
    return count_behind() == 0


def _queue() -> bool:
    """Say whether jobs can be queued. Whether workers live is in the metrics: pages work without."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege('public.procrastinate_jobs', 'INSERT')")
        return bool(cursor.fetchone() == (True,))


def _storage() -> bool:
    """Say whether the folder of stored files can be written, or the bucket answers."""
    if settings.S3_BUCKET:
        return bucket_answers()
    folder = settings.HOME / "files"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    probe = folder / ".writable"
    probe.touch()
    return True
