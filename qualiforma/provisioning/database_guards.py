"""What of the whole database can pass by the guards of every trail: rights, settings, event triggers.

What the migrations make is no measure for these: a schema made for comparison has them, too.
"""

from dataclasses import dataclass
from typing import Any

import psycopg
from django.conf import settings

from qualiforma.tenants.grants import SHARED_WRITABLE_TABLES

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Difference:
    """A guard that is not as the migrations make it."""

    kind: str
    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}: {self.reason}"


# Each yields names. A role's membership gives it more rights, inherited or taken by SET ROLE.
_ROLE = """
SELECT rolname FROM pg_roles
WHERE rolname = %(role)s AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolreplication
    OR EXISTS (SELECT FROM pg_auth_members WHERE member = pg_roles.oid))
"""
_DATABASE_RIGHTS = """
SELECT 'CREATE in the database' WHERE has_database_privilege(%(role)s, current_database(), 'CREATE')
UNION ALL SELECT 'CREATE in the schema public' WHERE has_schema_privilege(%(role)s, 'public', 'CREATE')
UNION ALL SELECT 'SET session_replication_role'
    WHERE has_parameter_privilege(%(role)s, 'session_replication_role', 'SET, ALTER SYSTEM')
UNION ALL SELECT format('writing to public.%%I', relname) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'f') AND relname <> ALL (%(writable)s)
        AND has_table_privilege(%(role)s, oid, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER')
        AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')
"""
_DEFAULT_RIGHTS = """
SELECT concat_ws(' ', 'of', pg_get_userbyid(defaclrole), 'for', coalesce(nullif(acl.grantee, 0)::regrole::text, 'PUBLIC'),
    privilege_type, 'on', CASE defaclobjtype WHEN 'r' THEN 'tables' WHEN 'f' THEN 'functions'
        WHEN 'S' THEN 'sequences' WHEN 'n' THEN 'schemas' ELSE 'types' END)
FROM pg_default_acl, aclexplode(defaclacl) AS acl
WHERE acl.grantee <> defaclrole AND acl.grantee IN (0, (SELECT oid FROM pg_roles WHERE rolname = %(role)s))
    -- What PostgreSQL grants by itself, where an ACL merely repeats it.
    AND NOT (acl.grantee = 0 AND defaclobjtype IN ('f', 'T') AND defaclnamespace = 0)
"""
_SILENCING = """
SELECT concat_ws(' ', nullif(setrole, 0)::regrole::text, split_part(one, '=', 1)) FROM pg_db_role_setting, unnest(setconfig) AS one
    WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
        AND (one LIKE 'session\\_replication\\_role=%%' OR one LIKE 'qualiforma.%%')
UNION ALL SELECT 'server ' || name FROM pg_settings
    WHERE name = 'session_replication_role' AND reset_val <> 'origin' AND source IN ('configuration file', 'command line')
UNION ALL SELECT evtname FROM pg_event_trigger WHERE evtname NOT LIKE 'pg\\_%%' AND NOT EXISTS (
    SELECT FROM pg_depend WHERE classid = 'pg_event_trigger'::regclass AND objid = pg_event_trigger.oid AND deptype = 'e')
"""
_SUBSCRIPTIONS = """
SELECT subname::text FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
# Of PostgreSQL's own schema: what was put into it, and what the trail calls and is no longer written in C.
_CATALOGUE = """
SELECT p.oid::regprocedure::text FROM pg_proc AS p JOIN pg_language AS l ON l.oid = prolang
WHERE pronamespace = 'pg_catalog'::regnamespace
    AND (p.oid >= 16384 OR lanname NOT IN ('internal', 'c', 'sql') OR lanname <> 'internal' AND proname IN (
        SELECT called[1] FROM pg_proc AS ours, regexp_matches(lower(ours.prosrc), '([a-z_0-9]+)\\s*\\(', 'g') AS called
        WHERE ours.proname LIKE 'audit\\_%%'))
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'e')
"""
# A type with a cast to JSON is recorded as the cast says.
_CASTS = """
SELECT format('%%s as %%s', format_type(castsource, NULL), format_type(casttarget, NULL)) FROM pg_cast
WHERE oid >= 16384 AND NOT EXISTS (
    SELECT FROM pg_depend WHERE classid = 'pg_cast'::regclass AND objid = pg_cast.oid AND deptype = 'e')
"""
_CHECKS = (
    ("role", _ROLE, "has rights beyond its grants"),
    ("right of the application", _DATABASE_RIGHTS, "the installation gives it none"),
    ("default right", _DEFAULT_RIGHTS, "opens what migrations make from now on"),
    ("setting", _SILENCING, "may silence triggers"),
    ("subscription", _SUBSCRIPTIONS, "writes without triggers"),
    ("function of PostgreSQL", _CATALOGUE, "is not the one that came with it"),
    ("cast", _CASTS, "no migration made it"),
)


def database_differences(own: Connection) -> list[Difference]:
    """Return what of the database, as against one schema, is not as an installation makes it.

    Cost: seven statements on the catalogue.
    """
    given = {
        "role": settings.DATABASE_APPLICATION_ROLE,
        "writable": list(SHARED_WRITABLE_TABLES),
    }
    return [
        Difference(kind, name, reason)
        for kind, statement, reason in _CHECKS
        for (name,) in own.execute(statement, given).fetchall()
    ]
