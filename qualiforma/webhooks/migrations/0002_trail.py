"""Put webhook endpoints into the audit trail; `qualiforma/webhooks/trail.py` says the same."""

from django.db import migrations

TABLE = "webhooks_webhookendpoint"
ARGUMENTS = "'webhook_endpoint', 'id', 'id', '{salt,former_salt}', '{version}'"


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_functions"), ("webhooks", "0001_initial")]

    operations = [
        migrations.RunSQL(
            [
                (
                    f"CREATE TRIGGER audit_first BEFORE INSERT OR UPDATE OR DELETE ON {TABLE} "
                    "FOR EACH STATEMENT EXECUTE FUNCTION audit_take_lock()"
                ),
                (
                    f"CREATE TRIGGER audit_record AFTER INSERT OR UPDATE OR DELETE ON {TABLE} "
                    f"FOR EACH ROW EXECUTE FUNCTION audit_record({ARGUMENTS})"
                ),
                (
                    f"CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON {TABLE} "
                    "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_truncate()"
                ),
            ],
            reverse_sql=[
                f"DROP TRIGGER {name} ON {TABLE}"
                for name in ("audit_first", "audit_record", "audit_truncate")
            ],
        )
    ]
