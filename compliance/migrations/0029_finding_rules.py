"""No finding is deleted, a lifted one refuses change, whoever asks; the trail.

No statement names a schema (see the audit trail's functions).
"""

from django.db import migrations

FROZEN = """
CREATE FUNCTION compliance_frozen_finding() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $frozen$
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.status <> 'LIFTED' OR to_jsonb(NEW) = to_jsonb(OLD)) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Finding % is kept as it is.', OLD.id USING ERRCODE = 'restrict_violation';
END
$frozen$
"""
TABLE = "compliance_finding"
# Object type, key column, root column, sensitive columns, skipped columns.
ARGUMENTS = ("finding", "id", "id", "{}", "{version}")


def triggers():
    quoted = ", ".join(f"'{one}'" for one in ARGUMENTS)
    return [
        (
            f"CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON {TABLE} "
            "FOR EACH ROW EXECUTE FUNCTION compliance_frozen_finding()"
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
    dependencies = [("audit", "0002_functions"), ("compliance", "0028_findings")]

    operations = [
        migrations.RunSQL(
            [
                FROZEN,
                "REVOKE EXECUTE ON FUNCTION compliance_frozen_finding() FROM PUBLIC",
                *triggers(),
            ],
            reverse_sql=[
                *[
                    f"DROP TRIGGER {name} ON {TABLE}"
                    for name in ("audit_first", "audit_record", "audit_truncate", "frozen")
                ],
                "DROP FUNCTION compliance_frozen_finding()",
            ],
        )
    ]
