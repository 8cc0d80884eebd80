"""What guards the trail in a schema: triggers, functions, constraints, owners and grants.

Compared with a schema that the migrations made just now, from the template of this release: the
release's own code says what is right, and nothing has to be listed a second time. Runs as the owner.
"""

import logging
import re
import secrets

import psycopg
from django.db import Error, OperationalError

from qualiforma.provisioning.database_guards import (
    Connection,
    Difference,
    database_differences,
)
from qualiforma.provisioning.schemas import migrate_schema
from qualiforma.provisioning.templates import PREFIX, DumpError, statements, template
from qualiforma.tenants.context import public_schema
from qualiforma.tenants.locks import locked
from qualiforma.tenants.owner import as_owner, owner_address
from qualiforma.tenants.sharding import stay_on_coordinator

logger = logging.getLogger(__name__)

# Facts by kind and name, without the schema's own name.
Facts = dict[tuple[str, str], str]


# Each yields name and definition.
_STATEMENTS = {
    "trigger": """
        SELECT relname || '.' || tgname, concat_ws(' ', tgenabled, tgtype, tgfoid::regproc::text, encode(tgargs, 'hex'),
            (SELECT string_agg(attname, ' ' ORDER BY attname) FROM pg_attribute
                WHERE attrelid = tgrelid AND attnum = ANY(tgattr)), substring(pg_get_triggerdef(pg_trigger.oid) from 'WHEN (.*) EXECUTE'), tgdeferrable, tginitdeferred)
        FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
        WHERE relnamespace = %(schema)s::regnamespace AND NOT tgisinternal
    """,
    # Those of foreign keys, whose names hold numbers.
    "foreign keys of": """
        SELECT relname, string_agg(tgenabled::text, '' ORDER BY tgenabled)
        FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
        WHERE relnamespace = %(schema)s::regnamespace AND tgisinternal AND tgconstraint <> 0 GROUP BY relname
    """,
    "function": """
        SELECT p.oid::regprocedure::text, concat_ws(' ', pg_get_userbyid(proowner), lanname, prosecdef, provolatile,
            proisstrict, prorettype::regtype, prokind,
            proconfig::text, md5(prosrc), (SELECT string_agg(one::text, ' ' ORDER BY one::text)
                FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) AS acl,
                    format('%%s=%%s', acl.grantee::regrole, privilege_type) AS one))
        FROM pg_proc AS p JOIN pg_language AS l ON l.oid = prolang
        WHERE pronamespace = %(schema)s::regnamespace
    """,
    "table": """
        SELECT relname, concat_ws(' ', relkind, pg_get_userbyid(relowner), relpersistence, relrowsecurity,
            relforcerowsecurity, relhassubclass AND EXISTS (SELECT FROM pg_inherits WHERE inhparent = c.oid),
            relhastriggers OR NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = c.oid),
            relhasindex OR NOT EXISTS (SELECT FROM pg_index WHERE indrelid = c.oid),
            (SELECT string_agg(one, ' ' ORDER BY one)
                FROM aclexplode(coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner))) AS acl,
                    format('%%s=%%s%%s', acl.grantee::regrole, privilege_type, is_grantable) AS one),
            (SELECT string_agg(attname || attacl::text, ' ' ORDER BY attname) FROM pg_attribute
                WHERE attrelid = c.oid AND attacl IS NOT NULL))
        FROM pg_class AS c WHERE relnamespace = %(schema)s::regnamespace AND relkind NOT IN ('i', 't', 'I', 'c')
    """,
    "constraint": """
        SELECT relname || '.' || conname, concat_ws(' ', contype, convalidated, pg_get_constraintdef(o.oid))
        FROM pg_constraint AS o JOIN pg_class ON pg_class.oid = conrelid
        WHERE connamespace = %(schema)s::regnamespace AND contype <> 'n'
    """,
    "column": """
        SELECT relname || '.' || attname, concat_ws(' ', format_type(atttypid, atttypmod), attnotnull, attidentity,
            attgenerated, pg_get_expr(adbin, adrelid), (SELECT nullif(collname, 'default') FROM pg_collation WHERE oid = attcollation))
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
            LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE relnamespace = %(schema)s::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f') AND attnum > 0 AND NOT attisdropped
    """,
    "operator": """
        SELECT oid::regoperator::text, oprcode::text FROM pg_operator WHERE oprnamespace = %(schema)s::regnamespace
    """,
    "type": """
        SELECT typname, concat_ws(' ', typtype, format_type(typbasetype, typtypmod)) FROM pg_type
        WHERE typnamespace = %(schema)s::regnamespace AND typtype <> 'c' AND typcategory <> 'A'
    """,
    "index": """
        SELECT i.indexrelid::regclass::text, concat_ws(' ', indisvalid, indisready, indislive, pg_get_indexdef(i.indexrelid))
        FROM pg_index AS i JOIN pg_class ON pg_class.oid = indrelid
        WHERE relnamespace = %(schema)s::regnamespace AND relkind <> 't'
    """,
    "rule": """
        SELECT relname || '.' || rulename, concat_ws(' ', pg_get_ruledef(r.oid), ev_enabled)
        FROM pg_rewrite AS r JOIN pg_class ON pg_class.oid = ev_class
        WHERE relnamespace = %(schema)s::regnamespace
    """,
    "policy": """
        SELECT relname || '.' || polname, concat_ws(' ', polcmd, polpermissive, polroles::text)
        FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid
        WHERE relnamespace = %(schema)s::regnamespace
    """,
    "schema": """
        SELECT 'itself', concat_ws(' ', pg_get_userbyid(nspowner), (SELECT string_agg(one, ' ' ORDER BY one)
            FROM aclexplode(coalesce(nspacl, acldefault('n', nspowner))) AS acl,
                format('%%s=%%s', acl.grantee::regrole, privilege_type) AS one))
        FROM pg_namespace WHERE nspname = %(schema)s
    """,
}
# How a condition is written after a dump is not how it was before: casts and brackets.
_WRITTEN = re.compile(r"::(character varying|text|bigint|integer)\b(\[\])?|[()]")


def wanted() -> Facts | None:
    """Return what the migrations make: of a schema that is made for this and taken back.

    None where the database lets none be made, by an event trigger for example.
    Cost: 0.3 s; that of migrating where no template can be had.
    """
    try:
        return _made()
    except (psycopg.Error, Error) as error:
        if isinstance(error, (psycopg.OperationalError, OperationalError)):
            raise
        logger.warning("No schema can be made to compare guards with: %s", type(error).__name__)
        return None


def _made() -> Facts:
    name = f"{PREFIX}{secrets.token_hex(12)}"
    with as_owner(), public_schema(), psycopg.connect(**owner_address()) as own:
        try:
            stay_on_coordinator(own)
            own.execute(statements(template(), name))
        except (DumpError, OSError):
            with locked("template"):  # who builds one would drop it
                migrate_schema(name)
                facts = facts_of(own, name)
                own.execute(f'DROP SCHEMA "{name}" CASCADE')
                own.commit()
                return facts
        facts = facts_of(own, name)
        own.rollback()
    return facts


def differences(schema: str, made: Facts | None) -> list[Difference]:
    """Return what is not as the migrations make it, which is `made`; see `wanted`.

    `made` is None where no schema could be made to compare with. Cost: some twenty statements on the
    catalogue.
    """
    with psycopg.connect(**owner_address()) as own:
        if made is None:
            found = [
                Difference("schema", schema, "cannot be compared: the database lets none be made")
            ]
        else:
            found = compared(made, facts_of(own, schema))
        return [*found, *database_differences(own)]


def facts_of(own: Connection, schema: str) -> Facts:
    """Return the triggers, functions, owners and grants found in a schema's catalogue."""
    own.execute("SELECT set_config('search_path', 'pg_catalog', true)")
    return {
        (kind, _neutral(name, schema)): _WRITTEN.sub("", _neutral(definition, schema))
        for kind, statement in _STATEMENTS.items()
        for name, definition in own.execute(statement, {"schema": schema})
    }


def _neutral(text: str, schema: str) -> str:
    return str(text).replace(f"{schema}.", "")


def compared(wanted: Facts, found: Facts) -> list[Difference]:
    """Return what of two schemas is not the same, by kind and name."""
    differing = sorted(
        key for key in wanted.keys() | found.keys() if wanted.get(key) != found.get(key)
    )
    return [
        Difference(kind, name, _reason((kind, name), wanted, found)) for kind, name in differing
    ]


def _reason(key: tuple[str, str], wanted: Facts, found: Facts) -> str:
    if key not in found:
        return "is missing"
    if key not in wanted:
        return "no migration made it"
    return f"is {found[key]!r}, the migrations make it {wanted[key]!r}"
