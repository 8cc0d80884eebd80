"""Put the app's tables into the audit trail; `actionplans/trail.py` says the same."""

from django.db import migrations

# What follows from the assignments is no change of its own.
DERIVED = (
    "{version,updated_at,pending_count,in_progress_count,completed_count,cancelled_count,"
    "started_at,completed_at,base_status}"
)
# Table: object type, key column, root column, sensitive columns, skipped columns.
TABLES = {
    "actionplans_area": ("area", "id", "id", "{}", "{}"),
    "actionplans_group": ("group", "id", "id", "{}", "{}"),
    "actionplans_actionplan": ("action_plan", "id", "id", "{}", "{version,updated_at}"),
    "actionplans_action": ("plan_action", "id", "plan_id", "{}", DERIVED),
    "actionplans_assignment": ("assignment", "id", "action_id", "{}", "{reminded_of}"),
    "actionplans_focusitem": ("focus_item", "id", "action_id", "{}", "{}"),
    "actionplans_actionarea": ("action_area", "id", "action_id", "{}", "{}"),
    "actionplans_actiongroup": ("action_group", "id", "action_id", "{}", "{}"),
    "actionplans_note": ("action_note", "id", "action_id", "{}", "{}"),
}


def triggers(table, arguments):
    quoted = ", ".join(f"'{one}'" for one in arguments)
    return [
        (
            f"CREATE TRIGGER audit_first BEFORE INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_take_lock()"
        ),
        (
            f"CREATE TRIGGER audit_record AFTER INSERT OR UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION audit_record({quoted})"
        ),
        (
            f"CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_truncate()"
        ),
    ]


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_functions"), ("actionplans", "0002_counts")]

    operations = [
        migrations.RunSQL(
            [one for table, arguments in TABLES.items() for one in triggers(table, arguments)],
            reverse_sql=[
                f"DROP TRIGGER {name} ON {table}"
                for table in TABLES
                for name in ("audit_first", "audit_record", "audit_truncate")
            ],
        )
    ]
