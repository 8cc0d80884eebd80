"""Temporary copies by a function: a trigger of a sharded table would copy on its node, unseen by a trial.

What names no sharded table runs on the coordinator, and so do the copies' names: its temporary tables
come before those of the organisation. The trigger stays for a server of the release before.
"""

from django.db import migrations

# As in 0002; the caller names his schema. The copy has rows only where the caller may read them.
COPY = """
CREATE OR REPLACE FUNCTION exchange_copy(v_schema text, v_name text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $copy$
DECLARE
    v_own text := format('%I.%I', v_schema, v_name);
    v_table regclass := to_regclass(v_own);
    v_copy text := format('pg_temp.%I', v_name);
    v_columns text;
    v_one text;
BEGIN
    IF v_schema LIKE 'pg\\_%' OR NOT EXISTS (
        SELECT FROM pg_class WHERE oid = v_table AND relkind = 'r' AND relpersistence = 'p'
    ) THEN
        RAISE EXCEPTION 'There is no table % to be copied.', v_name
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    EXECUTE format('CREATE TEMPORARY TABLE %I (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS '
        'INCLUDING GENERATED INCLUDING IDENTITY) ON COMMIT DROP', v_name, v_own);
    IF has_table_privilege(session_user, v_table, 'SELECT') THEN
        SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO v_columns FROM pg_attribute
        WHERE attrelid = v_table AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
        EXECUTE format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %2$s FROM %3$s', v_copy, v_columns, v_own);
    END IF;
    FOR v_one IN
        SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', v_copy, conname, pg_get_constraintdef(oid))
        FROM pg_constraint WHERE conrelid = v_table AND contype IN ('p', 'u', 'x')
        UNION ALL
        SELECT replace(pg_get_indexdef(indexrelid), format(' ON %s USING ', v_own), format(' ON %s USING ', v_copy))
        FROM pg_index WHERE indrelid = v_table
            AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
        UNION ALL
        SELECT replace(pg_get_triggerdef(t.oid), format(' ON %s ', v_own), format(' ON %s ', v_copy))
        FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = tgfoid
        WHERE tgrelid = v_table AND NOT tgisinternal AND tgenabled = 'O' AND NOT prosecdef
        UNION ALL
        SELECT format('SELECT setval(%L, (SELECT coalesce(max(%I), 0) + 1 FROM %s), false)',
            pg_get_serial_sequence(v_copy, attname), attname, v_copy)
        FROM pg_attribute WHERE attrelid = v_table AND attidentity <> '' AND NOT attisdropped
    LOOP
        EXECUTE v_one;
    END LOOP;
    EXECUTE format('ANALYZE %s', v_copy);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %I', v_copy, session_user);
END
$copy$
"""
TRIGGER = """
CREATE OR REPLACE FUNCTION exchange_copy_table() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $copy$
BEGIN
    EXECUTE format('SELECT %1$I.exchange_copy(%1$L, %2$L)', TG_TABLE_SCHEMA, NEW.name);
    RETURN NULL;
END
$copy$
"""


class Migration(migrations.Migration):
    dependencies = [("exchange", "0008_creates")]

    operations = [
        migrations.RunSQL([COPY, TRIGGER], reverse_sql=migrations.RunSQL.noop),
    ]
