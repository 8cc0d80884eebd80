"""Temporary copies of tables, which the database makes for a trial.

The application's role may create no table, temporary ones included. It asks by inserting a table's
name here; the trigger copies that table for the transaction, as the owner, and keeps no row. No
statement names a schema (see the audit trail's functions).
"""

from django.db import migrations, models

# The copy has the constraints, indexes and triggers of its table under their own names, which
# services know; no foreign keys, and no trigger that runs as the owner: it would lock the trail.
COPY = """
CREATE FUNCTION exchange_copy_table() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $copy$
DECLARE
    v_own text := format('%I.%I', TG_TABLE_SCHEMA, NEW.name);
    v_table regclass := to_regclass(v_own);
    v_copy text := format('pg_temp.%I', NEW.name);
    v_columns text;
    v_one text;
BEGIN
    IF TG_TABLE_SCHEMA LIKE 'pg\\_%' OR NOT EXISTS (
        SELECT FROM pg_class WHERE oid = v_table AND relkind = 'r' AND relpersistence = 'p'
    ) THEN
        RAISE EXCEPTION 'There is no table % to be copied.', NEW.name
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    EXECUTE format('CREATE TEMPORARY TABLE %I (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS '
        'INCLUDING GENERATED INCLUDING IDENTITY) ON COMMIT DROP', NEW.name, v_own);
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
    RETURN NULL;
END
$copy$
"""
# Whoever may execute a trigger function may hang it on a table of his own.
PRIVATE = "REVOKE EXECUTE ON FUNCTION exchange_copy_table() FROM PUBLIC"
TRIGGER = (
    "CREATE TRIGGER copy BEFORE INSERT ON exchange_tablecopy "
    "FOR EACH ROW EXECUTE FUNCTION exchange_copy_table()"
)


class Migration(migrations.Migration):
    dependencies = [("exchange", "0001_imports")]

    operations = [
        migrations.CreateModel(
            name="TableCopy",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("name", models.TextField(db_collation="C")),
            ],
        ),
        migrations.RunSQL(
            [COPY, PRIVATE, TRIGGER],
            reverse_sql=[
                "DROP TRIGGER copy ON exchange_tablecopy",
                "DROP FUNCTION exchange_copy_table()",
            ],
        ),
    ]
