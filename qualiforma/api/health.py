"""`/healthz`: the process answers. `/readyz`: it can do its work."""

import shutil
import tempfile
from collections.abc import Callable, Sequence

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from qualiforma.api.problems import MethodNotAllowedError, problem_response
from qualiforma.files import bucket_answers
from qualiforma.outages import StorageAwayError
from qualiforma.provisioning import storage_mark
from qualiforma.provisioning.guard_checks import count_broken_guards
from qualiforma.provisioning.readiness import count_behind, last_count_behind
from qualiforma.provisioning.schemas import lacking
from qualiforma.runtime.probe import Checks, Probe
from qualiforma.tenants.models import PLATFORM_SCHEMA

SAFE_METHODS = frozenset({"GET", "HEAD"})
OK = "ok"
# Asked by who watches over the process, whatever its application is waiting for.
PATHS = frozenset({"/healthz", "/readyz"})
# What an operator should see to, while the process serves everybody as before.
WARNINGS = frozenset({"disk", "auditGuards"})
GIB = 1024**3


@csrf_exempt
def healthz(request: HttpRequest) -> HttpResponseBase:
    """Say that this process serves requests."""
    if request.method not in SAFE_METHODS:
        return problem_response(request, MethodNotAllowedError())
    return JsonResponse({"status": "ok"})


@csrf_exempt
def readyz(request: HttpRequest) -> HttpResponseBase:
    """Say whether database, migrations, queue, storage and tenants are there; 503 naming what not.

    Answered from what the probe has found: neither the database nor the storage is asked.
    """
    if request.method not in SAFE_METHODS:
        return problem_response(request, MethodNotAllowedError())
    if probe.is_running:
        results, age = probe.results(), probe.age()
    else:
        results = {name: check() for group in checks() for name, check in group.items()}
        age = 0
    ready = all(result == OK or name in WARNINGS for name, result in results.items())
    body: dict[str, object] = {
        "status": OK if ready else "unavailable",
        "checks": results,
        "warnings": sorted(name for name in WARNINGS if results[name] != OK),
        "ageSeconds": round(age, 1),
    }
    if results["tenants"] == "behind":
        body["tenantsBehind"] = last_count_behind()
    return JsonResponse(body, status=200 if ready else 503)


def checks() -> Sequence[Checks]:
    """Return the checks in groups: of the database, of the storage, of both, of the disk."""
    database: dict[str, Callable[[], bool]] = {
        "database": _database,
        "migrations": _migrations,
        "queue": _queue,
        "tenants": _tenants,
        # As the last check found each trail's guards: all as the migrations make them.
        "auditGuards": lambda: count_broken_guards() == 0,
    }
    otherwise = {"tenants": "behind", "auditGuards": "broken"}
    return [
        {name: _said(check, otherwise.get(name, "failed")) for name, check in database.items()},
        {"storage": _said(_storage)},
        {"sharedStorage": _said(storage_mark.is_shared, "another")},
        {"disk": _said(_disk, "nearly full")},
    ]


def _said(check: Callable[[], bool], otherwise: str = "failed") -> Callable[[], str]:
    """Return the check as one that answers by a word."""

    def say() -> str:
        try:
            return OK if check() else otherwise
        except (Error, OSError, StorageAwayError):
            return "failed"

    return say


probe = Probe(checks)


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


def _disk() -> bool:
    """Say whether there is room for what is kept and for uploads on their way.

    A tenth of the disk, or 1 GiB where that is less.
    """
    found = [shutil.disk_usage(one) for one in (settings.HOME, tempfile.gettempdir())]
    return all(one.free >= min(GIB, one.total / 10) for one in found)
