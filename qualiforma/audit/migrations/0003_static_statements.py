"""Let the trail's statements be planned once per connection instead of once per row.

They were dynamic, to name their schema. Now the functions open the schema of the table that called
them, found through TG_TABLE_SCHEMA as before, so that still none is named: a plan is made anew when
the path has changed. The setting is the function's own and ends with it, as it has a SET clause of
the same name. What an entry is has not changed.
"""

from django.db import migrations

# The application may create nothing in any of these, and pg_temp, where it may, is searched last.
TAKE_LOCK = """
CREATE OR REPLACE FUNCTION audit_take_lock() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $audit$
BEGIN
    -- Before the statement locks any row: else a plain UPDATE (row, then trail) and a service
    -- (trail, then row) would wait for one another.
    PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', TG_TABLE_SCHEMA), true);
    PERFORM 1 FROM audit_lock FOR NO KEY UPDATE;
    RETURN NULL;
END
$audit$
"""

RECORD = """
CREATE OR REPLACE FUNCTION audit_record() RETURNS trigger
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
    PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', TG_TABLE_SCHEMA), true);
    PERFORM 1 FROM audit_lock FOR NO KEY UPDATE;
    IF NOT FOUND THEN  -- a schema that was restored without its data
        INSERT INTO audit_lock (id) VALUES (1) ON CONFLICT DO NOTHING;
        PERFORM 1 FROM audit_lock FOR NO KEY UPDATE;
    END IF;
    SELECT seq, hash INTO v_seq, v_previous FROM audit_event ORDER BY seq DESC LIMIT 1;
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
    INSERT INTO audit_event (seq, at, door, actor, action, operation, object_type, object_id, root_id,
        request_id, database_user, clear, canonical, previous, hash)
    VALUES (v_seq, v_at, v_door, coalesce(v_said ->> 'actor', ''), v_action, v_operation, v_type, v_object,
        v_root, coalesce(v_said ->> 'request', ''), session_user::text, v_clear,
        v_canonical, v_previous, encode(sha256(convert_to(v_canonical, 'UTF8')), 'hex'));
    RETURN NULL;
END
$audit$
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_functions")]

    # Backwards nothing: the older code calls the same functions, and 0002 drops them.
    operations = [migrations.RunSQL([TAKE_LOCK, RECORD], reverse_sql=migrations.RunSQL.noop)]
