"""A closed audit and its judgements refuse change, whoever asks; the trail.

No statement names a schema (see the audit trail's functions). The closing itself changes an audit
that is not closed yet.
"""

from django.db import migrations

FROZEN_AUDIT = """
CREATE FUNCTION compliance_frozen_audit() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $frozen$
BEGIN
    IF OLD.status <> 'CLOSED' OR TG_OP = 'UPDATE' AND to_jsonb(NEW) = to_jsonb(OLD) THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    RAISE EXCEPTION 'Audit % is frozen.', OLD.id USING ERRCODE = 'restrict_violation';
END
$frozen$
"""

# FOR SHARE: whoever is closing the audit is waited for, and cannot close it before we commit.
FROZEN_JUDGEMENT = """
CREATE FUNCTION compliance_frozen_judgement() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $frozen$
DECLARE
    v_audit text;
    v_status text;
BEGIN
    FOR v_audit IN SELECT DISTINCT id FROM (VALUES (OLD.audit_id), (NEW.audit_id)) AS both_ids (id)
        WHERE id IS NOT NULL ORDER BY id
    LOOP
        EXECUTE format('SELECT status FROM %I.compliance_audit WHERE id = $1 FOR SHARE',
            TG_TABLE_SCHEMA) INTO v_status USING v_audit;
        IF v_status = 'CLOSED' THEN
            RAISE EXCEPTION 'Audit % is frozen.', v_audit USING ERRCODE = 'restrict_violation';
        END IF;
    END LOOP;
    RETURN coalesce(NEW, OLD);
END
$frozen$
"""

# Table: object type, key column, root column, sensitive columns, skipped columns.
TABLES = {
    "compliance_audit": ("audit", "id", "id", "{}", "{version}"),
    "compliance_auditjudgement": ("audit_judgement", "id", "audit_id", "{}", "{}"),
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
    dependencies = [("audit", "0002_functions"), ("compliance", "0026_audits")]

    operations = [
        migrations.RunSQL(
            [
                FROZEN_AUDIT,
                FROZEN_JUDGEMENT,
                "REVOKE EXECUTE ON FUNCTION compliance_frozen_audit() FROM PUBLIC",
                "REVOKE EXECUTE ON FUNCTION compliance_frozen_judgement() FROM PUBLIC",
                (
                    "CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON compliance_audit "
                    "FOR EACH ROW EXECUTE FUNCTION compliance_frozen_audit()"
                ),
                (
                    "CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE "
                    "ON compliance_auditjudgement "
                    "FOR EACH ROW EXECUTE FUNCTION compliance_frozen_judgement()"
                ),
                *[one for table, arguments in TABLES.items() for one in triggers(table, arguments)],
            ],
            reverse_sql=[
                *[
                    f"DROP TRIGGER {name} ON {table}"
                    for table in TABLES
                    for name in ("audit_first", "audit_record", "audit_truncate", "frozen")
                ],
                "DROP FUNCTION compliance_frozen_judgement()",
                "DROP FUNCTION compliance_frozen_audit()",
            ],
        )
    ]
