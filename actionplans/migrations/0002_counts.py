"""Keep each action's counts and instants true to its assignments, whoever writes these.

Only what is stored is counted: what the clock makes of it is the queries' business. No statement
names a schema (see the audit trail's functions).
"""

from django.db import migrations

RECOUNT = """
CREATE FUNCTION actionplans_recount() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $recount$
DECLARE
    v_action text;
BEGIN
    FOR v_action IN SELECT DISTINCT id
        FROM (VALUES (OLD.action_id), (NEW.action_id)) AS both_ids (id)
        WHERE id IS NOT NULL ORDER BY id
    LOOP
        EXECUTE format(
            'UPDATE %1$I.actionplans_action SET (pending_count, in_progress_count, completed_count, '
            'cancelled_count, started_at, completed_at) = (SELECT '
            'count(*) FILTER (WHERE base_status = ''PENDING''), '
            'count(*) FILTER (WHERE base_status = ''IN_PROGRESS''), '
            'count(*) FILTER (WHERE base_status = ''COMPLETED''), '
            'count(*) FILTER (WHERE base_status = ''CANCELLED''), '
            'min(started_at), '
            'CASE WHEN bool_and(completed_at IS NOT NULL) THEN max(completed_at) END '
            'FROM %1$I.actionplans_assignment WHERE action_id = $1) WHERE id = $1',
            TG_TABLE_SCHEMA) USING v_action;
    END LOOP;
    RETURN NULL;
END
$recount$
"""

# Of an update only what is counted: a reminder costs no recount.
TRIGGERS = [
    (
        "CREATE TRIGGER recount AFTER INSERT OR DELETE ON actionplans_assignment "
        "FOR EACH ROW EXECUTE FUNCTION actionplans_recount()"
    ),
    (
        "CREATE TRIGGER recount_moved AFTER UPDATE OF base_status, started_at, completed_at, action_id "
        "ON actionplans_assignment FOR EACH ROW EXECUTE FUNCTION actionplans_recount()"
    ),
]


class Migration(migrations.Migration):
    dependencies = [("actionplans", "0001_initial")]

    operations = [
        migrations.RunSQL(
            [
                RECOUNT,
                "REVOKE EXECUTE ON FUNCTION actionplans_recount() FROM PUBLIC",
                *TRIGGERS,
            ],
            reverse_sql=[
                "DROP TRIGGER recount_moved ON actionplans_assignment",
                "DROP TRIGGER recount ON actionplans_assignment",
                "DROP FUNCTION actionplans_recount()",
            ],
        )
    ]
