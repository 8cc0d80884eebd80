"""Functions and triggers of the trail, once per schema.

No statement names a schema: what runs later finds its tables through TG_TABLE_SCHEMA, so that a
dump of one schema can be replayed under another name. One statement per item, as a sharded
database wants it.
"""

from django.db import migrations

# pg_temp is named last in each: left out, it would be searched before pg_catalog, for types too.
TAKE_LOCK = """
CREATE FUNCTION audit_take_lock() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $audit$
BEGIN
    -- Before the statement locks any row: else a plain UPDATE (row, then trail) and a service
    -- (trail, then row) would wait for one another.
    EXECUTE format('SELECT 1 FROM %I.audit_lock FOR NO KEY UPDATE', TG_TABLE_SCHEMA);
    RETURN NULL;
END
$audit$
"""

RECORD = """
CREATE FUNCTION audit_record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $audit$
DECLARE
    -- Arguments: object type, key column, root column, sensitive columns, skipped columns.
    -- Without any, the row is an entry of its own.
    v_entry boolean := TG_NARGS = 0;
    v_was jsonb := CASE WHEN TG_NARGS > 0 THEN to_jsonb(OLD) END;
    v_is jsonb := to_jsonb(NEW);
    v_row jsonb := coalesce(v_is, v_was);
    v_secret text[] := coalesce(TG_ARGV[3], '{}')::text[];
    v_skipped text[] := coalesce(TG_ARGV[4], '{}')::text[];
    v_said jsonb := coalesce(nullif(current_setting('qualiforma.context', true), ''), '{}')::jsonb;
    v_door text := coalesce(current_setting('qualiforma.door', true), '');
    v_operation text := CASE WHEN TG_NARGS > 0 THEN TG_OP ELSE 'ENTRY' END;
    v_type text := CASE WHEN TG_NARGS > 0 THEN TG_ARGV[0] ELSE v_is ->> 'object_type' END;
    v_object text := v_row ->> coalesce(TG_ARGV[1], 'object_id');
    v_root text := v_row ->> coalesce(TG_ARGV[2], 'object_id');
    v_locked bigint;
    v_seq bigint;
    v_previous text;
    v_at timestamptz;
    v_digests jsonb;
    v_clear jsonb;
    v_canonical text;
    v_action text;
BEGIN
    -- A temporary table may carry triggers of whoever made it, which would run as the owner here.
    IF TG_TABLE_SCHEMA LIKE 'pg\\_%' THEN
        RAISE EXCEPTION 'The audit trail records no temporary table.'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF v_entry THEN
        v_is := v_is -> 'noted';
    ELSIF TG_OP = 'UPDATE' AND v_was - v_skipped = v_is - v_skipped THEN
        RETURN NULL;
    END IF;
    v_action := coalesce(v_said ->> 'action', CASE v_operation
        WHEN 'INSERT' THEN 'record.inserted' WHEN 'UPDATE' THEN 'record.updated'
        WHEN 'DELETE' THEN 'record.deleted' ELSE 'record.entered' END);
    IF v_door NOT IN ('api', 'admin', 'command', 'job', 'shell') THEN
        v_door := 'sql';
    END IF;

    SELECT
        coalesce(jsonb_object_agg(one.name, CASE WHEN NOT one.secret THEN
            encode(sha256(convert_to(one.salt || one.clear, 'UTF8')), 'hex') END), '{}'),
        coalesce(jsonb_object_agg(one.name, jsonb_build_array(one.salt, one.clear))
            FILTER (WHERE NOT one.secret), '{}')
    INTO v_digests, v_clear
    FROM (
        SELECT side.name || field AS name, side.value::text AS clear, field = ANY (v_secret) AS secret,
            gen_random_uuid()::text AS salt
        FROM jsonb_object_keys(coalesce(v_is, v_was)) AS field
        CROSS JOIN LATERAL (VALUES
            ('before.', coalesce(v_was -> field, 'null'), v_was IS NOT NULL),
            ('after.', coalesce(v_is -> field, 'null'), v_is IS NOT NULL)
        ) AS side (name, value, there)
        WHERE side.there AND field <> ALL (v_skipped)
            AND coalesce(v_was -> field, 'null') IS DISTINCT FROM coalesce(v_is -> field, 'null')
        UNION ALL
        SELECT said.name, to_jsonb(said.value)::text, false, gen_random_uuid()::text
        FROM (VALUES ('actor', v_said ->> 'name'), ('reason', v_said ->> 'reason')) AS said (name, value)
        WHERE said.value IS NOT NULL
    ) AS one;

    -- The net under whatever did not take it first. Each statement sees what was committed before
    -- it began, so that the last entry is read after the lock is ours.
    EXECUTE format('SELECT 1 FROM %I.audit_lock FOR NO KEY UPDATE', TG_TABLE_SCHEMA);
    GET DIAGNOSTICS v_locked = ROW_COUNT;
    IF v_locked = 0 THEN  -- a schema that was restored without its data
        EXECUTE format('INSERT INTO %I.audit_lock (id) VALUES (1) ON CONFLICT DO NOTHING', TG_TABLE_SCHEMA);
        EXECUTE format('SELECT 1 FROM %I.audit_lock FOR NO KEY UPDATE', TG_TABLE_SCHEMA);
    END IF;
    EXECUTE format('SELECT seq, hash FROM %I.audit_event ORDER BY seq DESC LIMIT 1', TG_TABLE_SCHEMA)
        INTO v_seq, v_previous;
    v_seq := coalesce(v_seq, 0) + 1;
    v_previous := coalesce(v_previous, repeat('0', 64));
    v_at := clock_timestamp();
    v_canonical := jsonb_build_object(
        'version', 1, 'seq', v_seq, 'at', to_char(v_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'door', v_door, 'actor', coalesce(v_said ->> 'actor', ''), 'action', v_action,
        'operation', v_operation, 'object_type', v_type, 'object_id', v_object, 'root_id', v_root,
        'request_id', coalesce(v_said ->> 'request', ''), 'database_user', session_user,
        'values', v_digests, 'previous', v_previous
    )::text;
    EXECUTE format('INSERT INTO %I.audit_event (seq, at, door, actor, action, operation, '
        'object_type, object_id, root_id, request_id, database_user, clear, canonical, previous, hash) '
        'VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)', TG_TABLE_SCHEMA)
        USING v_seq, v_at, v_door, coalesce(v_said ->> 'actor', ''), v_action, v_operation, v_type,
            v_object, v_root, coalesce(v_said ->> 'request', ''), session_user::text, v_clear,
            v_canonical, v_previous, encode(sha256(convert_to(v_canonical, 'UTF8')), 'hex');
    RETURN NULL;
END
$audit$
"""

# The owner may blank clear values, said to be erasing, and nothing else.
KEEP = """
CREATE FUNCTION audit_keep() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $audit$
BEGIN
    IF TG_LEVEL = 'ROW' AND TG_OP = 'UPDATE'
        AND current_setting('qualiforma.erasing', true) = 'on'
        AND to_jsonb(NEW) - 'clear' = to_jsonb(OLD) - 'clear' AND OLD.clear @> NEW.clear
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'The audit trail is only ever added to.' USING ERRCODE = 'restrict_violation';
END
$audit$
"""

# A row trigger does not see TRUNCATE, which the application may not do anyway.
NO_TRUNCATE = """
CREATE FUNCTION audit_refuse_truncate() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $audit$
BEGIN
    RAISE EXCEPTION 'A recorded table cannot be truncated: no row of it would be in the trail.'
        USING ERRCODE = 'restrict_violation';
END
$audit$
"""

FUNCTIONS = ("audit_take_lock", "audit_record", "audit_keep", "audit_refuse_truncate")
# Whoever may execute a trigger function may hang it on a table of his own.
PRIVATE = [f"REVOKE EXECUTE ON FUNCTION {name}() FROM PUBLIC" for name in FUNCTIONS]

TRIGGERS = [
    (
        "CREATE TRIGGER audit_record BEFORE INSERT ON audit_entry "
        "FOR EACH ROW EXECUTE FUNCTION audit_record()"
    ),
    (
        "CREATE TRIGGER audit_keep_rows BEFORE UPDATE ON audit_event "
        "FOR EACH ROW EXECUTE FUNCTION audit_keep()"
    ),
    (
        "CREATE TRIGGER audit_keep BEFORE DELETE OR TRUNCATE ON audit_event "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_keep()"
    ),
    "INSERT INTO audit_lock (id) VALUES (1)",
    (
        "CREATE TRIGGER audit_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_lock "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_keep()"
    ),
]
UNDO = [
    "DROP TRIGGER audit_keep ON audit_lock",
    "DELETE FROM audit_lock",
    "DROP TRIGGER audit_keep ON audit_event",
    "DROP TRIGGER audit_keep_rows ON audit_event",
    "DROP TRIGGER audit_record ON audit_entry",
    *[f"DROP FUNCTION {name}()" for name in reversed(FUNCTIONS)],
]


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RunSQL(
            [TAKE_LOCK, RECORD, KEEP, NO_TRUNCATE, *PRIVATE, *TRIGGERS], reverse_sql=UNDO
        )
    ]
