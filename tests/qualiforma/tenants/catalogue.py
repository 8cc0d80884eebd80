"""All that PostgreSQL's catalogue says of one schema, its own name left out."""

import re

from django.db import connection

_OF_TABLE = "JOIN pg_class c ON c.oid = {} JOIN pg_namespace n ON n.oid = c.relnamespace"
QUERIES = {
    "relations": "SELECT c.relname, c.relkind, pg_get_userbyid(c.relowner), c.relrowsecurity, "
    "c.relpersistence, obj_description(c.oid, 'pg_class') FROM pg_class c "
    "JOIN pg_namespace n ON n.oid = c.relnamespace",
    "columns": "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, "
    "a.attidentity, a.attgenerated, l.collname, pg_get_expr(d.adbin, d.adrelid), a.attacl::text "
    "FROM pg_attribute a "
    + _OF_TABLE.format("a.attrelid")
    + " AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped "
    "LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum "
    "LEFT JOIN pg_collation l ON l.oid = a.attcollation",
    "constraints": "SELECT c.relname, k.conname, k.contype, pg_get_constraintdef(k.oid), "
    "k.convalidated FROM pg_constraint k " + _OF_TABLE.format("k.conrelid"),
    "indexes": "SELECT c.relname, pg_get_indexdef(i.indexrelid), i.indisvalid FROM pg_index i "
    + _OF_TABLE.format("i.indrelid"),
    "triggers": "SELECT c.relname, t.tgname, pg_get_triggerdef(t.oid), t.tgenabled "
    "FROM pg_trigger t " + _OF_TABLE.format("t.tgrelid") + " AND NOT t.tgisinternal",
    "functions": "SELECT pg_get_functiondef(p.oid), pg_get_userbyid(p.proowner), g.grantee, "
    "g.privilege_type FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace "
    "LEFT JOIN aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g ON true",
    "grants": "SELECT c.relname, g.grantor, g.grantee, g.privilege_type, g.is_grantable "
    "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) g",
    "schema": "SELECT g.grantor, g.grantee, g.privilege_type, n.nspowner FROM pg_namespace n, "
    "aclexplode(n.nspacl) g",
    "sequences": "SELECT c.relname, s.seqtypid, s.seqstart, s.seqincrement, s.seqmax, s.seqcache, "
    "pg_sequence_last_value(c.oid), d.refobjid::regclass::text, d.deptype FROM pg_sequence s "
    + _OF_TABLE.format("s.seqrelid")
    + " LEFT JOIN pg_depend d ON d.objid = c.oid AND d.deptype IN ('a', 'i')",
}
# By their ids too: what refers to a content type does so by id.
ROWS = {
    "migrations": "SELECT id, app, name FROM {}.django_migrations",
    "content types": "SELECT id, app_label, model FROM {}.django_content_type",
    "permissions": "SELECT id, name, content_type_id, codename FROM {}.auth_permission",
}


def catalogue(schema: str) -> dict[str, list[str]]:
    """Shape: kind of object to its lines, sorted."""
    found = {}
    with connection.cursor() as cursor:
        for kind, query in QUERIES.items():
            cursor.execute(f"SELECT * FROM ({query} WHERE n.nspname = %s) x", [schema])
            found[kind] = cursor.fetchall()
        for kind, query in ROWS.items():
            cursor.execute(query.format(connection.ops.quote_name(schema)))
            found[kind] = cursor.fetchall()
    found["constraints"] = [_without_casts(row) for row in found["constraints"]]
    return {
        kind: sorted(repr(row).replace(schema, "SCHEMA") for row in rows)
        for kind, rows in found.items()
    }


def _without_casts(row):
    """PostgreSQL reads its own text of `x IN ('a', 'b')` back with the casts elsewhere."""
    table, name, kind, definition, is_valid = row
    if kind == "c":
        definition = re.sub(r"::(character varying|text)(\[\])?|[()]", "", definition)
    return table, name, kind, definition, is_valid
