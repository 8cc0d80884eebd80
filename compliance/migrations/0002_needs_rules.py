"""Put needs analyses into the audit trail, and keep completed ones as they are, whoever asks.

No statement names a schema (see the audit trail's functions).
"""

from django.db import migrations

TABLE = "compliance_needsanalysis"
ARGUMENTS = ("needs_analysis", "id", "id", "{accessibility_needs}", "{version}")

# Erasure may blank what was said of people, and nothing else; as the table's owner only.
FROZEN = """
CREATE FUNCTION compliance_frozen_needs() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $frozen$
DECLARE
    c_personal constant text[] := '{accessibility_needs,third_party_analysis,context}';
BEGIN
    IF OLD.status <> 'COMPLETED' THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) = to_jsonb(OLD) THEN
            RETURN NEW;
        END IF;
        IF current_setting('qualiforma.erasing', true) = 'on'
            AND to_jsonb(NEW) - c_personal = to_jsonb(OLD) - c_personal
            AND pg_has_role((SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE')
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'Needs analysis % is completed.', OLD.id USING ERRCODE = 'restrict_violation';
END
$frozen$
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_functions"), ("compliance", "0001_needs")]

    operations = [
        migrations.RunSQL(
            [
                (
                    f"CREATE TRIGGER audit_first BEFORE INSERT OR UPDATE OR DELETE ON {TABLE} "
                    "FOR EACH STATEMENT EXECUTE FUNCTION audit_take_lock()"
                ),
                (
                    f"CREATE TRIGGER audit_record AFTER INSERT OR UPDATE OR DELETE ON {TABLE} "
                    "FOR EACH ROW EXECUTE FUNCTION audit_record({})".format(
                        ", ".join(f"'{one}'" for one in ARGUMENTS)
                    )
                ),
                (
                    f"CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON {TABLE} "
                    "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_truncate()"
                ),
                FROZEN,
                "REVOKE EXECUTE ON FUNCTION compliance_frozen_needs() FROM PUBLIC",
                (
                    f"CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON {TABLE} "
                    "FOR EACH ROW EXECUTE FUNCTION compliance_frozen_needs()"
                ),
            ],
            reverse_sql=[
                *[
                    f"DROP TRIGGER {name} ON {TABLE}"
                    for name in ("frozen", "audit_first", "audit_record", "audit_truncate")
                ],
                "DROP FUNCTION compliance_frozen_needs()",
            ],
        )
    ]
