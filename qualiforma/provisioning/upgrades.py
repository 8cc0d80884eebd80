"""Bringing every schema up to date: who is behind, several processes, and what failed."""

from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context

from qualiforma.provisioning.schemas import lacking, migrate_schema
from qualiforma.provisioning.templates import migrate_installation
from qualiforma.provisioning.workers import begin as begin_worker
from qualiforma.tenants.context import WHOLE, leave_tenant
from qualiforma.tenants.models import PLATFORM_SCHEMA, Tenant
from qualiforma.tenants.owner import as_owner


@dataclass(frozen=True)
class Behind:
    """A tenant and how many migrations it lacks."""

    slug: str
    schema: str
    migrations: int


@dataclass(frozen=True)
class Outcome:
    """What became of one tenant; `reason` is empty when it is up to date now."""

    tenant: Behind
    reason: str = ""


def tenants_behind(*, everyone: bool = False) -> list[Behind]:
    """Return the tenants that lack migrations, by slug; all of them for `everyone`.

    Half made and half gone ones are left out: creation and deletion start over by themselves.
    Cost: as `lacking`.
    """
    leave_tenant()
    tenants = Tenant.objects.filter(status__in=WHOLE).order_by("slug")
    schemas = dict(tenants.values_list("schema_name", "slug"))
    missing = lacking(list(schemas))
    return [
        Behind(slug, schema, missing.get(schema, 0))
        for schema, slug in schemas.items()
        if everyone or schema in missing
    ]


def installation_behind() -> dict[str, int]:
    """Return what `public` and the platform's schema lack, as `lacking`."""
    leave_tenant()
    return lacking(["public", PLATFORM_SCHEMA])


def migrate_everything(
    *,
    processes: int = 1,
    everyone: bool = False,
    begin: Callable[[int], None] = lambda count: None,
    report: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Migrate `public`, the platform's schema, then each tenant that is behind; return the failures.

    A tenant that fails does not stop the others; run again, those that are left are tried again.
    `everyone` takes those in, too, that are not behind: their grants are renewed. `begin` learns
    how many tenants there are to do, `report` each outcome. Errors: `DatabaseError` of `public` or
    the platform's schema, before any tenant is touched.
    """
    with as_owner():
        if everyone or installation_behind():
            migrate_installation()
        todo = tenants_behind(everyone=everyone)
        begin(len(todo))
        failed = []
        for outcome in _outcomes(todo, min(processes, len(todo))):
            report(outcome)
            if outcome.reason:
                failed.append(outcome)
    return failed


def _outcomes(todo: list[Behind], processes: int) -> Iterator[Outcome]:
    if processes <= 1:
        yield from map(_migrate, todo)
        return
    # New processes rather than copies of this one: a copied database connection would be shared.
    with ProcessPoolExecutor(processes, get_context("spawn"), begin_worker) as pool:
        running = {pool.submit(_migrate, tenant): tenant for tenant in todo}
        try:
            for future in as_completed(running):
                yield _result(future, running[future])
        finally:
            # Stopped by Ctrl-C: begin no more. Those that run are waited for: a pool left to the end
            # of the interpreter sometimes writes to a pipe that is closed by then.
            pool.shutdown(cancel_futures=True)


def _result(future: Future[Outcome], tenant: Behind) -> Outcome:
    try:
        return future.result()
    except BrokenExecutor:
        return Outcome(tenant, "its process ended before it was done; run again")


def _migrate(tenant: Behind) -> Outcome:
    try:
        migrate_schema(tenant.schema)
    # A migration may raise anything, and the other tenants do not depend on it.
    except Exception as error:  # noqa: BLE001 - as above; named in full to the person who runs this
        reason = " ".join(str(error).split()) or type(error).__name__
        return Outcome(tenant, f"{type(error).__name__}: {reason}")
    return Outcome(tenant)
