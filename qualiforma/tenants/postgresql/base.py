"""What Django loads for `ENGINE`."""

from typing import Any

from django.db import Error
from django.db.backends.postgresql.introspection import TableInfo
from django_tenants.postgresql_backend import base
from django_tenants.postgresql_backend.introspection import DatabaseSchemaIntrospection
from psycopg import Error as ServerError

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


class Introspection(DatabaseSchemaIntrospection):
    """django-tenants' introspection, with a list of tables that reads the open schema alone."""

    def get_table_list(self, cursor: Any) -> list[TableInfo]:
        """Return the tables and views of the open schema. Cost: that schema's size, no more."""
        cursor.execute(_TABLES, [self.connection.schema_name])
        return [TableInfo(*row) for row in cursor.fetchall() if row[0] not in self.ignored_tables]


class DatabaseWrapper(base.DatabaseWrapper):
    """django-tenants' connection, with the introspection above, and one statement to begin a request."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.introspection = Introspection(self)

    def is_usable(self) -> bool:
        """Open the schema, which shows as well as `SELECT 1` whether the server answers.

        Django asks before the first statement of each request, where the schema is to be opened anyway.
        """
        if self.connection is None:
            return False
        self.search_path_set_schemas = None
        try:
            with self.connection.cursor() as cursor:
                self._handle_search_path(cursor)
        except (Error, ServerError):
            return False
        return self.search_path_set_schemas is not None
