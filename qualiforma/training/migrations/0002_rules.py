"""What one column cannot hold: corrections, scores, numbers, evidence that never changes; the trail.

No statement names a schema (see the audit trail's functions).
"""

from django.db import migrations

# A correction is about the same half-day of the same learner as what it replaces.
CORRECTION = [
    (
        "ALTER TABLE training_signature ADD CONSTRAINT signature_half_day_of_key "
        "UNIQUE (id, session_id, enrollment_id, half_day)"
    ),
    (
        "ALTER TABLE training_signature ADD CONSTRAINT signature_replaces_same_half_day "
        "FOREIGN KEY (replaces_id, session_id, enrollment_id, half_day) "
        "REFERENCES training_signature (id, session_id, enrollment_id, half_day)"
    ),
]
# The maximum that a score was given under is the questionnaire's, and so stays it.
SCORE = [
    (
        "ALTER TABLE training_questionnaire ADD CONSTRAINT questionnaire_max_score_of_key "
        "UNIQUE (id, max_score)"
    ),
    (
        "ALTER TABLE training_submission ADD CONSTRAINT submission_max_score_is_the_questionnaires "
        "FOREIGN KEY (questionnaire_id, max_score) REFERENCES training_questionnaire (id, max_score)"
    ),
]
EVIDENCE = """
CREATE FUNCTION training_evidence() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $evidence$
BEGIN
    RAISE EXCEPTION '% % is evidence and never changes.', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'restrict_violation';
END
$evidence$
"""
# The year's row is locked until the transaction ends: whoever comes next waits, and a number whose
# transaction fails is given again.
NUMBER = """
CREATE FUNCTION training_number() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $number$
DECLARE
    v_given integer := NEW.rank;
BEGIN
    NEW.year := extract(year FROM NEW.issued_at AT TIME ZONE 'Europe/Paris');
    EXECUTE format(
        'INSERT INTO %I.training_certificateyear AS one (year, last) VALUES ($1, 1) '
        'ON CONFLICT (year) DO UPDATE SET last = one.last + 1 RETURNING last',
        TG_TABLE_SCHEMA) INTO NEW.rank USING NEW.year;
    IF v_given <> 0 AND v_given <> NEW.rank THEN
        RAISE EXCEPTION 'Certificate % of % would leave a gap: the next is %.',
            v_given, NEW.year, NEW.rank USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$number$
"""
# Table: object type, key column, root column, sensitive columns, skipped columns.
TABLES = {
    "training_company": ("company", "id", "id", "{}", "{version}"),
    "training_course": ("course", "id", "id", "{}", "{version}"),
    "training_enrollment": ("enrollment", "id", "id", "{}", "{version}"),
    "training_trainingsession": ("training_session", "id", "id", "{}", "{version}"),
    "training_attendance": ("attendance", "id", "enrollment_id", "{}", "{}"),
    "training_signature": ("signature", "id", "enrollment_id", "{}", "{}"),
    "training_questionnaire": ("questionnaire", "id", "id", "{}", "{version}"),
    "training_submission": ("submission", "id", "questionnaire_id", "{answers}", "{}"),
    "training_certificate": ("certificate", "id", "enrollment_id", "{}", "{}"),
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
    dependencies = [("audit", "0002_functions"), ("training", "0001_initial")]

    operations = [
        migrations.RunSQL(
            [
                *CORRECTION,
                *SCORE,
                EVIDENCE,
                NUMBER,
                "REVOKE EXECUTE ON FUNCTION training_evidence() FROM PUBLIC",
                "REVOKE EXECUTE ON FUNCTION training_number() FROM PUBLIC",
                *[
                    f"CREATE TRIGGER evidence BEFORE UPDATE OR DELETE ON {table} "
                    "FOR EACH ROW EXECUTE FUNCTION training_evidence()"
                    for table in ("training_signature", "training_certificate")
                ],
                (
                    "CREATE TRIGGER number BEFORE INSERT ON training_certificate "
                    "FOR EACH ROW EXECUTE FUNCTION training_number()"
                ),
                *[one for table, arguments in TABLES.items() for one in triggers(table, arguments)],
            ],
            reverse_sql=[
                f"DROP TRIGGER {name} ON {table}"
                for table in TABLES
                for name in ("audit_first", "audit_record", "audit_truncate")
            ]
            + [
                "DROP TRIGGER number ON training_certificate",
                *[
                    f"DROP TRIGGER evidence ON {table}"
                    for table in ("training_signature", "training_certificate")
                ],
                "DROP FUNCTION training_number()",
                "DROP FUNCTION training_evidence()",
                (
                    "ALTER TABLE training_submission "
                    "DROP CONSTRAINT submission_max_score_is_the_questionnaires"
                ),
                "ALTER TABLE training_questionnaire DROP CONSTRAINT questionnaire_max_score_of_key",
                "ALTER TABLE training_signature DROP CONSTRAINT signature_replaces_same_half_day",
                "ALTER TABLE training_signature DROP CONSTRAINT signature_half_day_of_key",
            ],
        )
    ]
