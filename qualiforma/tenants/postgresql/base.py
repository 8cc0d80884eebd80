"""What Django loads for `ENGINE`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import DatabaseError, Error
from django.db.backends.postgresql import base as django_base
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.backends.postgresql.introspection import TableInfo
from django.db.backends.utils import debug_transaction
from django_tenants.postgresql_backend import base
from django_tenants.postgresql_backend.introspection import DatabaseSchemaIntrospection
from django_tenants.utils import quote_schema_name
from psycopg import Cursor, NotSupportedError, ProgrammingError
from psycopg import Error as ServerError

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

    from qualiforma.tenants.models import Tenant

# By what the schema owns, which is indexed. Django's own query reads all of pg_class and asks of
# each relation whether it is visible: 59 ms at 1,000 tenants, several times per migration run.
_TABLES = """
    SELECT c.relname,
        CASE WHEN c.relispartition THEN 'p' WHEN c.relkind IN ('m', 'v') THEN 'v' ELSE 't' END,
        obj_description(c.oid, 'pg_class')
    FROM pg_catalog.pg_namespace n
    JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_namespace'::regclass
        AND d.refobjid = n.oid AND d.classid = 'pg_catalog.pg_class'::regclass
    JOIN pg_catalog.pg_class c ON c.oid = d.objid
    WHERE n.nspname = %s AND c.relkind IN ('f', 'm', 'p', 'r', 'v')
"""

# Schema-qualified: it runs while any schema or none is open.
_ENTER = """
    SELECT set_config('search_path', %s, false), status = 'ACTIVE' FROM public.tenants_tenant WHERE id = %s
"""
# The same with one row of that schema, all NULL where there is none.
_ENTER_WITH = """
    SELECT set_config('search_path', %s, false), tenants_tenant.status = 'ACTIVE', joined.*
    FROM public.tenants_tenant LEFT JOIN ({}) AS joined ON true WHERE tenants_tenant.id = %s
"""
_ServerBinding: Any = ServerBindingCursor  # its stub takes no arguments
_ServerSide: Any = django_base.ServerSideCursor
# How often a text must have been run on a connection before the server keeps it ready, and how many it keeps.
RUNS_BEFORE, MOST_KEPT = 1, 60
# Of so many schemas one connection is used. What its server process learns of a schema's tables, two megabytes,
# it keeps for as long as it lives: of ten thousand it would be twenty gigabytes.
MOST_SCHEMAS = 100


class ServerSideCursor(_ServerSide):
    """Django's, which may be closed in the middle of another statement of its connection.

    The garbage collector does: it ends a loop over rows that an error left, wherever the thread is. To close a
    cursor on the server then would wait for the connection's lock, which the thread itself holds, for ever. The
    end of the transaction closes it as well.
    """

    def close(self) -> None:
        if self._conn.lock.locked():
            Cursor.close(self)  # here alone
        else:
            super().close()


class Introspection(DatabaseSchemaIntrospection):
    """django-tenants' introspection, with a list of tables that reads the open schema alone."""

    def get_table_list(self, cursor: Any) -> list[TableInfo]:
        """Return the tables and views of the open schema. Cost: that schema's size, no more."""
        cursor.execute(_TABLES, [self.connection.schema_name])
        return [TableInfo(*row) for row in cursor.fetchall() if row[0] not in self.ignored_tables]


class DatabaseWrapper(base.DatabaseWrapper):
    """django-tenants' connection, with the introspection above, and one statement to begin a request."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._opened: set[str] = set()  # schemas of this connection
        super().__init__(*args, **kwargs)
        self.introspection = Introspection(self)
        self._entering = ""
        self._joined: Any = None
        self._is_active = False
        self._first, self._last = "", ""
        self._began: Any = None
        self._reads_whole = False

    @property
    def prepares(self) -> bool:
        """Whether statements are prepared: outside of transactions, without a pooler of transactions or nodes.

        Not where statements are noted: of one that is prepared the text is no longer known.
        """
        is_own = settings.POOLER == "session" and not settings.SHARDED
        return is_own and not self.in_atomic_block and not self.queries_logged

    def get_connection_params(self) -> dict[str, Any]:
        return {**super().get_connection_params(), "prepare_threshold": RUNS_BEFORE}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        connection.prepared_max = MOST_KEPT
        self._opened = {self.schema_name}
        return connection

    def set_tenant(self, tenant: Any, *args: Any, **kwargs: Any) -> None:
        super().set_tenant(tenant, *args, **kwargs)
        self._opened.add(tenant.schema_name)

    def close_if_unusable_or_obsolete(self) -> None:
        """Close a connection that has served many schemas, too; Django asks between requests, and between jobs."""
        if len(self._opened) > MOST_SCHEMAS:
            self.close()
        super().close_if_unusable_or_obsolete()

    def create_cursor(self, name: Any = None) -> Any:
        cursor: Any = super().create_cursor(name)
        if name:
            cursor.__class__ = ServerSideCursor  # Django has no setting for it
        return cursor

    def prepared_cursor(self) -> "CursorWrapper":
        """Return a cursor whose statements the server parses and plans once, and keeps ready.

        Their values are bound there, hence each needs a type that the statement tells.
        """
        self.close_if_health_check_failed()
        self.ensure_connection()
        self._handle_search_path()
        with self.wrap_database_errors:
            cursor: CursorWrapper = self._prepare_cursor(_ServerBinding(self.connection))
        return cursor

    @contextmanager
    def reading_whole(self) -> Iterator[None]:
        """Let a block's `iterator()` read its rows by one statement instead of three, for few rows."""
        before, self._reads_whole = self._reads_whole, True
        try:
            yield
        finally:
            self._reads_whole = before

    def chunked_cursor(self) -> Any:
        return self.cursor() if self._reads_whole else super().chunked_cursor()

    def begin_with(self, text: str) -> None:
        """Let the next transaction begin with these statements, in one trip; `began` has what they found.

        Not within a transaction, nor in a sharded database.
        """
        self._first = text

    def began(self) -> Any:
        """Return, once, the cursor of what the transaction began with, at the first of its results; None without."""
        cursor, self._began = self._began, None
        return cursor

    def end_with(self, text: str) -> None:
        """Let this statement run behind the commit of the open transaction, in one trip."""
        self._last = text

    def _start_transaction_under_autocommit(self) -> None:
        """Begin a transaction: Django calls this where it is there, before any statement."""
        text, self._first = self._first, ""
        if not text:
            with debug_transaction(self, "BEGIN"):
                self._set_autocommit(autocommit=False)
            return
        cursor = self.cursor()
        try:
            cursor.execute(f"BEGIN; {text}")
        except DatabaseError:
            self.rollback()
            raise
        cursor.nextset()
        self._began = cursor
        # Django's way to it refuses within a transaction.
        self.connection._autocommit = False  # noqa: SLF001

    def _commit(self) -> None:
        text, self._last = self._last, ""
        if not text or self.connection is None:
            super()._commit()
            return
        statement = f"COMMIT; {text}"
        with debug_transaction(self, statement), self.wrap_database_errors:
            self.connection.cursor().execute(statement)

    def _rollback(self) -> None:
        self._last, self._began = "", None
        super()._rollback()

    def enter(self, tenant: "Tenant", joined: Any = None) -> bool:
        """Open a tenant's schema and say whether the tenant is active, as the database has it now.

        `joined`, a `JoinedLookUp`, runs in the same trip, except in a sharded database, or where it cannot.
        Cost: one statement, which shows as well whether the server answers.
        """
        self.set_tenant(tenant)
        self._entering, self._is_active = tenant.pk, False
        self._joined = None if settings.SHARDED else joined
        try:
            self.cursor().close()
        finally:
            self._entering, self._joined = "", None
        return self._is_active

    def is_usable(self) -> bool:
        """Open the schema, which shows as well as `SELECT 1` whether the server answers.

        Django asks before the first statement of each request, where the schema is to be opened anyway.
        """
        if self.connection is None:
            return False
        self.search_path_set_schemas = None
        try:
            self._handle_search_path()
        except (Error, ServerError):
            return False
        return self.search_path_set_schemas is not None or bool(self._entering)

    def _handle_search_path(self, cursor: Any = None) -> None:
        if not self._entering:
            super()._handle_search_path(cursor)
        elif not (self._setting_search_path or self.search_path_set_schemas):
            self._enter(cursor)

    def _enter(self, cursor: Any) -> None:
        paths = self._get_cursor_search_paths()
        if self.prepares:
            cursor = _ServerBinding(self.connection)
        elif cursor is None:
            cursor = self.connection.cursor_factory(self.connection)
        self._setting_search_path = True
        try:
            found = self._entered(cursor, ", ".join(map(quote_schema_name, paths)))
        finally:
            self._setting_search_path = False
        self._is_active = found is not None and found[1]
        if found is not None and self._joined is not None:
            self._joined.take(found[2:])
        self.search_path_set_schemas = paths if found else None

    def _entered(self, cursor: Any, path: str) -> Any:
        """Return the row that says whether the tenant is active, with what is joined behind it."""
        if self._joined is not None:
            text = _ENTER_WITH.format(self._joined.text)
            try:
                cursor.execute(text, [path, *self._joined.values, self._entering])
                return cursor.fetchone()
            except (NotSupportedError, ProgrammingError):
                # A migration has changed what it returns, or the schema is gone.
                if self.in_atomic_block:
                    raise
                self._joined = None
                cursor.execute("DEALLOCATE ALL")  # psycopg forgets its names, too
        cursor.execute(_ENTER, [path, self._entering])
        return cursor.fetchone()
