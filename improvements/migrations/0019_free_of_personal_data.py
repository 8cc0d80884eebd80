"""Whether a plan's file names nobody; said of files of frozen plans, too."""

from django.db import migrations, models

FROZEN_CHILD = """
CREATE OR REPLACE FUNCTION improvements_frozen_child() RETURNS trigger
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
    -- Whether a file names nobody may be said later: neither the file nor the plan changes.
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'improvements_planattachment'
        AND to_jsonb(NEW) - 'free_of_personal_data' = to_jsonb(OLD) - 'free_of_personal_data'
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
FROZEN_CHILD_BEFORE = """
CREATE OR REPLACE FUNCTION improvements_frozen_child() RETURNS trigger
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


class Migration(migrations.Migration):
    dependencies = [("improvements", "0018_result_rules")]

    operations = [
        migrations.AddField(
            model_name="planattachment",
            name="free_of_personal_data",
            field=models.BooleanField(
                db_default=False, default=False, verbose_name="sans donnée personnelle"
            ),
        ),
        migrations.RunSQL(FROZEN_CHILD, reverse_sql=FROZEN_CHILD_BEFORE),
    ]
