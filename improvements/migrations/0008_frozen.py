"""A completed or archived plan and its children refuse change, whoever asks.

No statement names a schema (see the audit trail's functions). The one move left is the one that
`improvements/states.py` has: COMPLETED to ARCHIVED.
"""

from django.db import migrations

FROZEN_PLAN = """
CREATE FUNCTION improvements_frozen_plan() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $frozen$
BEGIN
    IF OLD.status NOT IN ('COMPLETED', 'ARCHIVED') THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    IF TG_OP = 'UPDATE' AND (to_jsonb(NEW) = to_jsonb(OLD) OR (
        OLD.status = 'COMPLETED' AND NEW.status = 'ARCHIVED'
        AND to_jsonb(NEW) - '{status,archive_reason,version}'::text[]
            = to_jsonb(OLD) - '{status,archive_reason,version}'::text[]
    )) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Plan % is frozen.', OLD.id USING ERRCODE = 'restrict_violation';
END
$frozen$
"""

# FOR SHARE: whoever is freezing the plan is waited for, and cannot freeze it before we commit.
FROZEN_CHILD = """
CREATE FUNCTION improvements_frozen_child() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $frozen$
DECLARE
    v_plan text;
    v_status text;
BEGIN
    -- Erasure may redact names in the snapshot, and nothing else; as the table's owner only.
    IF TG_OP = 'UPDATE' AND current_setting('qualiforma.erasing', true) = 'on'
        AND to_jsonb(NEW) - 'snapshot' = to_jsonb(OLD) - 'snapshot'
        AND pg_has_role((SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE')
    THEN
        RETURN NEW;
    END IF;
    FOR v_plan IN SELECT DISTINCT id FROM (VALUES (OLD.plan_id), (NEW.plan_id)) AS both_ids (id)
        WHERE id IS NOT NULL ORDER BY id
    LOOP
        EXECUTE format('SELECT status FROM %I.improvements_improvementplan WHERE id = $1 FOR SHARE',
            TG_TABLE_SCHEMA) INTO v_status USING v_plan;
        IF v_status IN ('COMPLETED', 'ARCHIVED') THEN
            RAISE EXCEPTION 'Plan % is frozen.', v_plan USING ERRCODE = 'restrict_violation';
        END IF;
    END LOOP;
    RETURN coalesce(NEW, OLD);
END
$frozen$
"""

CHILDREN = (
    "improvements_correctiveaction",
    "improvements_plancomplaint",
    "improvements_planattachment",
    "improvements_closingreport",
)


def hang(table, events, function):
    return (
        f"CREATE TRIGGER frozen BEFORE {events} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION improvements_{function}()"
    )


class Migration(migrations.Migration):
    dependencies = [("improvements", "0007_report_snapshot")]

    operations = [
        migrations.RunSQL(
            [
                FROZEN_PLAN,
                FROZEN_CHILD,
                "REVOKE EXECUTE ON FUNCTION improvements_frozen_plan() FROM PUBLIC",
                "REVOKE EXECUTE ON FUNCTION improvements_frozen_child() FROM PUBLIC",
                hang("improvements_improvementplan", "UPDATE OR DELETE", "frozen_plan"),
                *[hang(table, "INSERT OR UPDATE OR DELETE", "frozen_child") for table in CHILDREN],
            ],
            reverse_sql=[
                *[
                    f"DROP TRIGGER frozen ON {table}"
                    for table in (*CHILDREN, "improvements_improvementplan")
                ],
                "DROP FUNCTION improvements_frozen_child()",
                "DROP FUNCTION improvements_frozen_plan()",
            ],
        )
    ]
