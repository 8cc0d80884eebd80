"""Put what is chosen of reminders into the audit trail; `qualiforma/followup/trail.py` says the same."""

from django.db import migrations

TABLES = {
    "followup_remindersettings": ("reminder_settings", "id", "id", "{}", "{}"),
    "followup_reminderpreference": ("reminder_preference", "user_id", "user_id", "{}", "{}"),
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
    dependencies = [("audit", "0002_functions"), ("followup", "0001_reminders")]

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
