"""Version 2 of the entries: digests with borders, reserved actions, and no sequence below 1.

Version 1 took a value's digest over its salt and its text with nothing between them, so that digits
could move from one to the other. Entries of version 1 stay as they are; see decision 20.
"""

from importlib import import_module

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

before = import_module("qualiforma.audit.migrations.0003_static_statements")
first = import_module("qualiforma.audit.migrations.0002_functions")

# Only the owner erases and checks guards. The application may state a check of the chain, with a
# head that really is in the trail: a false one would call every later check broken.
CHECK_RESERVED = """
CREATE FUNCTION audit_check_reserved(
    p_action text, p_is_entry boolean, p_type text, p_noted jsonb, p_seq bigint
) RETURNS void
LANGUAGE plpgsql AS $audit$
DECLARE
    -- Without a search_path of its own: that of `audit_record`, which alone may call it.
    v_is_owner boolean := pg_has_role(
        session_user, (SELECT relowner FROM pg_class WHERE oid = 'audit_event'::regclass), 'USAGE');
    v_keys text[];
    v_seq text := p_noted ->> 'seq';
    v_is_number boolean := coalesce(jsonb_typeof(p_noted -> 'seq') = 'number' AND v_seq ~ '^-?[0-9]{1,18}$', false);
BEGIN
    IF p_action NOT IN ('audit.values.erased', 'audit.trail.verified', 'audit.trail.broken',
        'audit.guards.intact', 'audit.guards.broken')
    THEN
        RETURN;
    END IF;
    IF NOT p_is_entry OR p_type <> 'audit_trail' THEN
        RAISE EXCEPTION 'The action % is no record''s.', p_action USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NOT v_is_owner AND p_action NOT IN ('audit.trail.verified', 'audit.trail.broken') THEN
        RAISE EXCEPTION 'The action % is the owner''s.', p_action USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT coalesce(array_agg(key ORDER BY key), '{}') INTO v_keys FROM jsonb_object_keys(p_noted) AS key;
    IF p_action = 'audit.values.erased' AND (
        v_keys <> '{values}' OR jsonb_typeof(p_noted -> 'values') <> 'object' OR p_noted -> 'values' = '{}'
        OR EXISTS (
            SELECT FROM jsonb_each(CASE WHEN jsonb_typeof(p_noted -> 'values') = 'object' THEN p_noted -> 'values' ELSE '{}' END) AS one
            WHERE one.key !~ '^[1-9][0-9]{0,17}$' OR jsonb_typeof(one.value) <> 'array'
                OR one.value = '[]' OR jsonb_path_exists(one.value, 'strict $[*] ? (@.type() != "string")')
                OR CASE WHEN one.key ~ '^[1-9][0-9]{0,17}$' THEN one.key::bigint >= p_seq ELSE true END
        ))
    OR p_action = 'audit.trail.verified' AND (
        v_keys <> '{hash,seq}' OR NOT v_is_number OR NOT CASE WHEN v_is_number THEN EXISTS (
            SELECT FROM audit_event WHERE seq = v_seq::bigint AND hash = p_noted ->> 'hash'
        ) OR p_seq = 1 AND p_noted = jsonb_build_object('seq', 0, 'hash', repeat('0', 64)) ELSE false END)
    OR p_action = 'audit.trail.broken' AND (
        v_keys <> '{faults,reason,seq}' OR NOT v_is_number OR jsonb_typeof(p_noted -> 'reason') <> 'string'
        OR jsonb_typeof(p_noted -> 'faults') <> 'number')
    THEN
        RAISE EXCEPTION 'The action % does not say this.', p_action USING ERRCODE = 'invalid_parameter_value';
    END IF;
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
        IF jsonb_typeof(v_is) IS DISTINCT FROM 'object' OR v_type IS NULL OR v_object IS NULL THEN
            RAISE EXCEPTION 'An entry''s values are a JSON object, and it names an object, if only an empty one.'
                USING ERRCODE = 'invalid_parameter_value';
        END IF;
    ELSIF TG_OP = 'UPDATE' AND v_was - v_skipped = v_is - v_skipped THEN
        RETURN NULL;
    END IF;
    IF jsonb_typeof(v_said) <> 'object' OR jsonb_path_exists(v_said, 'strict $.* ? (@.type() != "string")') THEN
        RAISE EXCEPTION 'The context of a change is a JSON object of texts.'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    v_action := coalesce(v_said ->> 'action', CASE v_operation
        WHEN 'INSERT' THEN 'record.inserted' WHEN 'UPDATE' THEN 'record.updated'
        WHEN 'DELETE' THEN 'record.deleted' ELSE 'record.entered' END);
    IF v_door NOT IN ('api', 'admin', 'command', 'job', 'shell') THEN
        v_door := 'sql';
    END IF;

    SELECT
        coalesce(jsonb_object_agg(one.name, CASE WHEN NOT one.secret THEN
            encode(sha256(convert_to(
            length(one.salt) || ':' || one.salt || length(one.clear) || ':' || one.clear, 'UTF8')), 'hex') END), '{}'),
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
    IF v_action LIKE 'audit.%' THEN
        PERFORM audit_check_reserved(v_action, v_entry, v_type, v_is, v_seq);
    END IF;
    v_at := clock_timestamp();
    v_canonical := jsonb_build_object(
        'version', 2, 'seq', v_seq, 'at', to_char(v_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'door', v_door, 'actor', coalesce(v_said ->> 'actor', ''), 'action', v_action,
        'operation', v_operation, 'object_type', v_type, 'object_id', v_object, 'root_id', v_root,
        'request_id', coalesce(v_said ->> 'request', ''), 'database_user', session_user, 'session', pg_backend_pid(),
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

# The owner may take whole values out, said to be erasing, and nothing else: not a part of a value.
KEEP = """
CREATE OR REPLACE FUNCTION audit_keep() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $audit$
BEGIN
    IF TG_LEVEL = 'ROW' AND TG_OP = 'UPDATE'
        AND current_setting('qualiforma.erasing', true) = 'on'
        AND to_jsonb(NEW) - 'clear' = to_jsonb(OLD) - 'clear'
        AND jsonb_typeof(NEW.clear) = 'object'
        AND NOT EXISTS (
            SELECT FROM jsonb_each(NEW.clear) AS one WHERE OLD.clear -> one.key IS DISTINCT FROM one.value
        )
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'The audit trail is only ever added to.' USING ERRCODE = 'restrict_violation';
END
$audit$
"""
PRIVATE = "REVOKE EXECUTE ON FUNCTION audit_check_reserved(text, boolean, text, jsonb, bigint) FROM PUBLIC"
UNDO = [
    before.RECORD,
    first.KEEP.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"),
    "DROP FUNCTION audit_check_reserved(text, boolean, text, jsonb, bigint)",
]


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_static_statements")]

    operations = [
        migrations.RunSQL([CHECK_RESERVED, PRIVATE, RECORD, KEEP], reverse_sql=UNDO),
        # Not on what stands there: a false entry is to be named by a check, not to stop an upgrade.
        AddConstraintNotValid(
            model_name="auditevent",
            constraint=models.CheckConstraint(
                condition=models.Q(seq__gte=1), name="audit_event_seq"
            ),
        ),
    ]
