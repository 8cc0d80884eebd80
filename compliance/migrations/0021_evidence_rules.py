"""Files and reviews of evidence never change, no evidence is deleted; the trail.

No statement names a schema (see the audit trail's functions).
"""

from django.db import migrations

UNCHANGING = ("compliance_evidenceversion", "compliance_evidencereview")
# Table: object type, key column, root column, sensitive columns, skipped columns.
TABLES = {
    "compliance_evidence": (
        "evidence",
        "id",
        "id",
        "{author,description,url,record_type,record_id,withdrawal_reason}",
        "{version}",
    ),
    "compliance_evidenceversion": (
        "evidence_version",
        "id",
        "evidence_id",
        "{name,note}",
        "{}",
    ),
    "compliance_evidencereview": ("evidence_review", "id", "evidence_id", "{comment}", "{}"),
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
    dependencies = [
        ("audit", "0002_functions"),
        ("training", "0002_rules"),
        ("compliance", "0020_evidence"),
    ]

    operations = [
        migrations.RunSQL(
            [
                *[
                    f"CREATE TRIGGER evidence BEFORE UPDATE OR DELETE ON {table} "
                    "FOR EACH ROW EXECUTE FUNCTION training_evidence()"
                    for table in UNCHANGING
                ],
                (
                    "CREATE TRIGGER evidence BEFORE DELETE ON compliance_evidence "
                    "FOR EACH ROW EXECUTE FUNCTION training_evidence()"
                ),
                *[one for table, arguments in TABLES.items() for one in triggers(table, arguments)],
            ],
            reverse_sql=[
                *[
                    f"DROP TRIGGER {name} ON {table}"
                    for table in TABLES
                    for name in ("audit_first", "audit_record", "audit_truncate", "evidence")
                ],
            ],
        )
    ]
