"""Put the app's tables into the audit trail; `improvements/trail.py` says the same."""

from django.db import migrations

# Table: object type, key column, root column, sensitive columns, skipped columns.
TABLES = {
    "improvements_complaint": ("complaint", "id", "id", "{}", "{version}"),
    "improvements_improvementplan": ("improvement_plan", "id", "id", "{}", "{version}"),
    "improvements_correctiveaction": ("corrective_action", "id", "plan_id", "{}", "{}"),
    "improvements_plancomplaint": ("plan_complaint", "id", "plan_id", "{}", "{}"),
    "improvements_planattachment": ("plan_attachment", "id", "plan_id", "{}", "{}"),
    "improvements_closingreport": ("closing_report", "plan_id", "plan_id", "{}", "{}"),
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
    dependencies = [("audit", "0002_functions"), ("improvements", "0005_attachments")]

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
