"""Each plan has a number of its year that people can say, `PA-2026-0007`; existing ones by creation.

The database gives it on insertion: also to code that knows no such column. The year's row is locked
until the transaction ends: whoever comes next waits, and a number whose transaction fails is given
again. Filling is no change of a plan: neither the guard of closed plans nor the trail looks on.
"""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations, models

from qualiforma.search import searched_text

PLANS = "improvements_improvementplan"
# Four digits at least; a year's ten thousandth plan has five.
NUMBER = """
CREATE FUNCTION improvements_number() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $number$
DECLARE
    v_year integer := extract(year FROM NEW.created_at AT TIME ZONE 'Europe/Paris');
    v_rank text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'The reference of plan % never changes.', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    EXECUTE format(
        'INSERT INTO %I.improvements_planyear AS one (year, last) VALUES ($1, 1) '
        'ON CONFLICT (year) DO UPDATE SET last = one.last + 1 RETURNING last',
        TG_TABLE_SCHEMA) INTO v_rank USING v_year;
    NEW.reference := format('PA-%s-%s', v_year, lpad(v_rank, greatest(4, length(v_rank)), '0'));
    RETURN NEW;
END
$number$
"""
FILL = """
WITH numbered AS (
    SELECT id, year, row_number() OVER (PARTITION BY year ORDER BY created_at, id) AS rank
    FROM (
        SELECT id, created_at,
            extract(year FROM created_at AT TIME ZONE 'Europe/Paris')::integer AS year
        FROM improvements_improvementplan
    ) AS dated
), counted AS (
    INSERT INTO improvements_planyear (year, last)
    SELECT year, max(rank) FROM numbered GROUP BY year
)
UPDATE improvements_improvementplan AS plan
SET reference = format('PA-%s-%s', year, lpad(rank::text, greatest(4, length(rank::text)), '0'))
FROM numbered WHERE numbered.id = plan.id
"""
TRIGGERS = (
    (
        f"CREATE TRIGGER number BEFORE INSERT ON {PLANS} "
        "FOR EACH ROW EXECUTE FUNCTION improvements_number()"
    ),
    (
        f"CREATE TRIGGER numbered BEFORE UPDATE OF reference ON {PLANS} FOR EACH ROW "
        "WHEN (NEW.reference <> OLD.reference) EXECUTE FUNCTION improvements_number()"
    ),
)


class Migration(migrations.Migration):
    dependencies = [("improvements", "0015_fill_complaint_delays")]

    operations = [
        migrations.CreateModel(
            name="PlanYear",
            fields=[
                ("year", models.PositiveIntegerField(primary_key=True, serialize=False)),
                ("last", models.PositiveIntegerField(default=0)),
            ],
            options={
                "verbose_name": "numérotation des plans",
                "verbose_name_plural": "numérotations des plans",
            },
        ),
        migrations.AddField(
            model_name="improvementplan",
            name="reference",
            field=models.CharField(
                db_default="", editable=False, max_length=20, verbose_name="référence"
            ),
        ),
        migrations.RunSQL(
            [
                f"ALTER TABLE {PLANS} DISABLE TRIGGER USER",
                FILL,
                f"ALTER TABLE {PLANS} ENABLE TRIGGER USER",
                NUMBER,
                "REVOKE EXECUTE ON FUNCTION improvements_number() FROM PUBLIC",
                *TRIGGERS,
            ],
            reverse_sql=[
                f"DROP TRIGGER numbered ON {PLANS}",
                f"DROP TRIGGER number ON {PLANS}",
                "DROP FUNCTION improvements_number()",
            ],
        ),
        migrations.AddConstraint(
            model_name="improvementplan",
            constraint=models.UniqueConstraint(fields=["reference"], name="plan_reference_once"),
        ),
        migrations.RemoveIndex(model_name="improvementplan", name="plan_search"),
        migrations.AddIndex(
            model_name="improvementplan",
            index=GinIndex(
                OpClass(searched_text("reference", "title", "description"), name="gin_trgm_ops"),
                name="plan_search",
            ),
        ),
    ]
