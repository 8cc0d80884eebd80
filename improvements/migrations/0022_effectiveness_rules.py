"""Checks of effectiveness never change; the trail."""

from django.db import migrations

TABLE = "improvements_effectivenesscheck"
ARGUMENTS = ("effectiveness_check", "id", "plan_id", "{}", "{}")


def triggers():
    quoted = ", ".join(f"'{one}'" for one in ARGUMENTS)
    return [
        (
            f"CREATE TRIGGER evidence BEFORE UPDATE OR DELETE ON {TABLE} "
            "FOR EACH ROW EXECUTE FUNCTION training_evidence()"
        ),
        (
            f"CREATE TRIGGER audit_first BEFORE INSERT OR UPDATE OR DELETE ON {TABLE} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_take_lock()"
        ),
        (
            f"CREATE TRIGGER audit_record AFTER INSERT OR UPDATE OR DELETE ON {TABLE} "
            f"FOR EACH ROW EXECUTE FUNCTION audit_record({quoted})"
        ),
        (
            f"CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON {TABLE} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_truncate()"
        ),
    ]


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_functions"),
        ("training", "0002_rules"),
        ("improvements", "0021_effectiveness"),
    ]

    operations = [
        migrations.RunSQL(
            triggers(),
            reverse_sql=[
                f"DROP TRIGGER {name} ON {TABLE}"
                for name in ("audit_first", "audit_record", "audit_truncate", "evidence")
            ],
        )
    ]
