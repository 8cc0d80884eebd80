"""The check of a version's modules no longer joins a transition table with another table.

A table that is sharded cannot be joined with one of the trigger's own: two statements instead.
"""

from importlib import import_module

from django.db import migrations

before = import_module("compliance.migrations.0011_path_rules")

WHOLE = """
CREATE OR REPLACE FUNCTION compliance_whole_version() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $whole$
DECLARE
    v_added jsonb;
    v_wrong text;
BEGIN
    SELECT jsonb_object_agg(version_id, n) INTO v_added
    FROM (SELECT version_id, count(*) AS n FROM added GROUP BY version_id) AS now;
    EXECUTE format(
        'SELECT version_id FROM %I.compliance_pathmodule WHERE version_id = ANY ($1) GROUP BY version_id '
        'HAVING count(*) <> max("order") OR count(*) <> ($2 ->> version_id)::bigint LIMIT 1',
        TG_TABLE_SCHEMA) INTO v_wrong
        USING ARRAY(SELECT jsonb_object_keys(coalesce(v_added, '{}'))), v_added;
    IF v_wrong IS NOT NULL THEN
        RAISE EXCEPTION 'The modules of % are not numbered from 1 without a gap, or not all of them.',
            v_wrong USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$whole$
"""


class Migration(migrations.Migration):
    dependencies = [("compliance", "0032_organisation_address")]

    operations = [
        migrations.RunSQL(
            [WHOLE],
            reverse_sql=[before.WHOLE.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")],
        )
    ]
