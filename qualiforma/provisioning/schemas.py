"""The structure of each schema: which migrations it lacks, and applying them.

Straight on Django's executor: the `migrate` command loads the migrations from disk anew for each
schema, computes their state anew, and reads the catalogue of all schemas.
"""

import copy
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache, partial
from itertools import islice
from typing import Any

from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import ProgrammingError, connection, router, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState
from psycopg import errors

from qualiforma.provisioning import operations
from qualiforma.tenants.connection import tenant_connection
from qualiforma.tenants.context import leave_tenant
from qualiforma.tenants.grants import grant_to_application
from qualiforma.tenants.locks import locked
from qualiforma.tenants.owner import as_owner
from qualiforma.tenants.sharding import on_coordinator

BATCH = 200
# Stands in a schema's list of migrations from before the first to after the grants: without it, a
# process killed after the last migration would leave a schema that lacks rights and seems done.
UNDER_WAY = ("tenants", "under_way")
_Key = tuple[str, str]
_State = frozenset[_Key]
# Of the schemas before, as most are alike: what the models looked like before the first migration.
_start: dict[_State, ProjectState] = {}
# Migrations missing, by digest of those applied.
_lacking: dict[str | None, int] = {}


class _Loader(MigrationLoader):
    """Django's, reading the files once per process. Each graph is built on what one schema has."""

    def load_disk(self) -> None:
        disk = _disk()
        self.unmigrated_apps, self.migrated_apps = disk.unmigrated_apps, disk.migrated_apps
        self.disk_migrations = {}
        for key, migration in (disk.disk_migrations or {}).items():
            # A copy: renaming a model inserts operations into the list before it runs.
            own = self.disk_migrations[key] = copy.copy(migration)
            vars(own)["operations"] = list(migration.operations)
            vars(own)["apply"] = partial(operations.apply, own)


@cache
def _disk() -> MigrationLoader:
    loader = MigrationLoader(None, load=False, ignore_no_migrations=True)
    loader.load_disk()
    return loader


class _Executor(MigrationExecutor):
    """Django's, with the loader above."""

    def __init__(self) -> None:
        self.connection = connection
        self.loader = _Loader(connection, ignore_no_migrations=True)
        self.recorder = MigrationRecorder(connection)
        self.progress_callback = None

    def plan(self) -> list[Any]:
        """Return what the open schema lacks. Shape: Django's, (migration, False) each."""
        return self.migration_plan(self.loader.graph.leaf_nodes())

    def _migrate_all_forwards(
        self, state: Any, plan: list[Any], full_plan: list[Any], **options: Any
    ) -> Any:
        """Apply what belongs into the open schema, and record the rest as applied.

        Django makes the models' classes anew for each operation, also for those that do nothing in
        `public`: most of what an installation's first start cost.
        """
        wanted = {migration for migration, _ in plan}
        record: Any = self.record_migration  # the types say something else of it
        for migration, _ in full_plan:
            if migration not in wanted:
                continue
            if router.allow_migrate(connection.alias, migration.app_label):
                _ = state.apps
                state = self.apply_migration(state, migration, **options)
            else:
                if not operations.leaves_models(migration):
                    vars(state).pop("apps", None)
                migration.mutate_state(state, preserve=False)
                record(migration)
        return state

    def apply_migration(self, state: Any, migration: Any, *args: Any, **kwargs: Any) -> Any:
        """Apply one migration, on the coordinator alone where its tables are to stay there.

        It is recorded in its own transaction. Where indexes wait for a migration's end Django records it
        after the commit: killed in between, the next run would make the tables a second time.
        """
        whole = transaction.atomic() if migration.atomic else nullcontext()
        with on_coordinator(migration.app_label), whole:
            return super().apply_migration(state, migration, *args, **kwargs)

    def is_half_done(self) -> bool:
        """Say whether an earlier run did not come to its end here."""
        return UNDER_WAY in self.loader.applied_migrations

    def start(self) -> ProjectState:
        """Return the models as the applied migrations leave them, rendered."""
        applied = frozenset(self.loader.applied_migrations)
        if applied not in _start:
            state = self._create_project_state(with_applied_migrations=True)  # type: ignore[attr-defined]  # the stubs leave it out
            _ = state.apps  # rendered here once, cloned for each schema
            _start.clear()
            _start[applied] = state
        return _start[applied].clone()


def migrate_schema(schema: str) -> int:
    """Make one schema if it is missing, bring its tables up to date, grant the application its rights.

    Return how many migrations were applied. Idempotent; where two run at once, the second waits
    and finds nothing to do. Killed, the next run goes on after the last whole migration, and until
    then the schema counts as behind.
    Cost: 5 ms when there is nothing to do. Runs on the owner's connection.
    """
    with as_owner():
        leave_tenant()
        with locked(schema):
            with connection.cursor() as cursor:
                cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {connection.ops.quote_name(schema)}")
            with _inside(schema):
                return _migrate_open_schema(schema)


def make_schema_as_of(schema: str, applied: Collection[_Key]) -> None:
    """Make a schema with the tables that those migrations alone make, for rows of an older release.

    `migrate_schema` goes on from there. Runs on the owner's connection. Errors: `KeyError` for a
    migration that this release does not have.
    """
    if unknown := unknown_migrations(applied):
        raise KeyError(*unknown[0])
    leave_tenant()
    with locked(schema):
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {connection.ops.quote_name(schema)}")
        with _inside(schema):
            executor = _Executor()
            plan = [one for one in executor.plan() if (one[0].app_label, one[0].name) in applied]
            executor.recorder.ensure_schema()
            tenant_connection.set_schema(schema)
            executor.migrate(executor.loader.graph.leaf_nodes(), plan=plan, state=executor.start())


def unknown_migrations(applied: Collection[_Key]) -> list[_Key]:
    """Return those that this release does not have: a newer one made them."""
    return sorted(set(applied) - set(known_migrations()))


def gaps_of_migrations(applied: Collection[_Key]) -> list[_Key]:
    """Return those that others of `applied`, all known here, build on and that are not among them."""
    disk = _disk().disk_migrations or {}
    needed = {key for one in applied for key in disk[one].dependencies}
    # `__first__`, and `__setting__` of a swappable model: no migration's own name.
    return sorted(key for key in needed if key in disk and key not in applied)


def known_migrations() -> Collection[_Key]:
    """Return every migration of this release."""
    return (_disk().disk_migrations or {}).keys()


def lacking(schemas: Sequence[str]) -> dict[str, int]:
    """Return the schemas that are behind, each with the number of migrations it lacks.

    Cost: one statement per 200 schemas and a look at the catalogue, 0.2 ms per schema. Any role
    that may read the lists of migrations will do. A schema that is missing lacks them all.
    """
    with _inside("public"):
        digests: dict[str, str | None] = {}
        names = iter(schemas)
        while batch := list(islice(names, BATCH)):
            digests |= _digests(batch)
    found = {schema: _lacking_of(schema, digests) for schema in schemas}
    return {schema: count for schema, count in found.items() if count}


@contextmanager
def _inside(schema: str) -> Iterator[None]:
    """Open a schema without `public` behind it, whose list of migrations would be taken for its own."""
    previous = tenant_connection.tenant
    tenant_connection.set_schema(schema, include_public=False)
    try:
        yield
    finally:
        tenant_connection.set_tenant(previous)


def _migrate_open_schema(schema: str) -> int:
    executor = _Executor()
    executor.loader.check_consistent_history(connection)
    plan = executor.plan()
    if plan or executor.is_half_done():
        executor.recorder.ensure_schema()
        if not executor.is_half_done():
            executor.recorder.record_applied(*UNDER_WAY)
        tenant_connection.set_schema(schema)
        _apply(executor, plan)
        grant_to_application(schema)
        executor.recorder.record_unapplied(*UNDER_WAY)
    else:
        grant_to_application(schema)
    return len(plan)


def _apply(executor: _Executor, plan: list[Any]) -> None:
    state = executor.start()
    told: dict[str, Any] = {
        "verbosity": 0,
        "interactive": False,
        "db": connection.alias,
        "plan": plan,
    }
    emit_pre_migrate_signal(**told, apps=state.apps)
    executor.migrate(executor.loader.graph.leaf_nodes(), plan=plan, state=state)
    # Everything is applied: the models are those of the code.
    emit_post_migrate_signal(**told)


def _digests(schemas: list[str]) -> dict[str, str | None]:
    """Return a digest of the list of migrations of each schema that has one."""
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                "SELECT nspname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace "
                "WHERE relname = 'django_migrations' AND relkind = 'r' AND nspname = ANY(%s)",
                [schemas],
            )
            there = [name for (name,) in cursor.fetchall()]
            if not there:
                return {}
            one = "SELECT %s, md5(string_agg(app || '.' || name, ',' ORDER BY app, name)) FROM "
            tables = (f"{connection.ops.quote_name(name)}.django_migrations" for name in there)
            try:
                cursor.execute(" UNION ALL ".join(one + table for table in tables), there)
            except ProgrammingError as error:
                if not isinstance(error.__cause__, errors.UndefinedTable):
                    raise
                continue  # deleted since the line above
            return dict(cursor.fetchall())


def _lacking_of(schema: str, digests: dict[str, str | None]) -> int:
    """Return how many migrations a schema lacks; schemas with the same list are looked at once."""
    if schema not in digests:
        return len(_disk().disk_migrations or {})
    digest = digests[schema]
    if digest in _lacking:
        return _lacking[digest]
    with _inside(schema):
        executor = _Executor()
        count = len(executor.plan()) + executor.is_half_done()
        if _digests([schema]).get(schema) == digest:  # else it is being migrated right now
            _lacking[digest] = count
    return count
