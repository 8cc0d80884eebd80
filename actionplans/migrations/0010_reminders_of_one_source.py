"""Drop who was told of what: `qualiforma.followup` reminds of parts with everything else.

Their trigger in the audit trail named the column; `actionplans/trail.py` says the same as it does now.
"""

from django.db import migrations

TABLE = "actionplans_assignment"


def trigger(skipped):
    return [
        f"DROP TRIGGER audit_record ON {TABLE}",
        (
            f"CREATE TRIGGER audit_record AFTER INSERT OR UPDATE OR DELETE ON {TABLE} "
            f"FOR EACH ROW EXECUTE FUNCTION audit_record('assignment', 'id', 'action_id', '{{}}', '{skipped}')"
        ),
    ]


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_functions"), ("actionplans", "0009_export_failed")]

    operations = [
        migrations.RunSQL(trigger("{}"), reverse_sql=trigger("{reminded_of}")),
        migrations.RemoveField(model_name="assignment", name="reminded_of"),
    ]
