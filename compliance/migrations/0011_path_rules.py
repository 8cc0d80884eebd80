"""What one column cannot hold: versions are whole and never change; the trail.

No statement names a schema (see the audit trail's functions).
"""

from django.db import migrations

# Modules and assignments are of the path of their version.
VERSION_OF_PATH = [
    "ALTER TABLE compliance_pathversion ADD CONSTRAINT path_version_of_key UNIQUE (id, path_id)",
    *[
        f"ALTER TABLE compliance_{table} ADD CONSTRAINT {name} "
        "FOREIGN KEY (version_id, path_id) REFERENCES compliance_pathversion (id, path_id)"
        for table, name in (
            ("pathmodule", "path_module_of_its_versions_path"),
            ("pathassignment", "path_assignment_of_its_versions_path"),
        )
    ],
]
# Orders are unique and start at 1, so as many as the highest is without a gap. The modules of a
# version come in one statement, and no other afterwards.
WHOLE = """
CREATE FUNCTION compliance_whole_version() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $whole$
DECLARE
    v_wrong text;
BEGIN
    EXECUTE format(
        'SELECT one.version_id FROM %I.compliance_pathmodule AS one '
        'JOIN (SELECT version_id, count(*) AS n FROM added GROUP BY version_id) AS now '
        'ON now.version_id = one.version_id GROUP BY one.version_id, now.n '
        'HAVING count(*) <> max(one."order") OR count(*) <> now.n LIMIT 1',
        TG_TABLE_SCHEMA) INTO v_wrong;
    IF v_wrong IS NOT NULL THEN
        RAISE EXCEPTION 'The modules of % are not numbered from 1 without a gap, or not all of them.',
            v_wrong USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$whole$
"""
EVIDENCE = ("compliance_pathversion", "compliance_pathmodule", "compliance_pathassignment")
# Table: object type, key column, root column, sensitive columns, skipped columns.
TABLES = {
    "compliance_adaptivepath": ("adaptive_path", "id", "id", "{}", "{version}"),
    "compliance_pathversion": ("path_version", "id", "path_id", "{}", "{}"),
    "compliance_pathmodule": ("path_module", "id", "path_id", "{}", "{}"),
    "compliance_pathassignment": ("path_assignment", "id", "path_id", "{rationale}", "{}"),
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
        ("compliance", "0010_paths"),
    ]

    operations = [
        migrations.RunSQL(
            [
                *VERSION_OF_PATH,
                WHOLE,
                "REVOKE EXECUTE ON FUNCTION compliance_whole_version() FROM PUBLIC",
                (
                    "CREATE TRIGGER whole AFTER INSERT ON compliance_pathmodule "
                    "REFERENCING NEW TABLE AS added "
                    "FOR EACH STATEMENT EXECUTE FUNCTION compliance_whole_version()"
                ),
                *[
                    f"CREATE TRIGGER evidence BEFORE UPDATE OR DELETE ON {table} "
                    "FOR EACH ROW EXECUTE FUNCTION training_evidence()"
                    for table in EVIDENCE
                ],
                *[one for table, arguments in TABLES.items() for one in triggers(table, arguments)],
            ],
            reverse_sql=[
                *[
                    f"DROP TRIGGER {name} ON {table}"
                    for table in TABLES
                    for name in ("audit_first", "audit_record", "audit_truncate")
                ],
                *[f"DROP TRIGGER evidence ON {table}" for table in EVIDENCE],
                "DROP TRIGGER whole ON compliance_pathmodule",
                "DROP FUNCTION compliance_whole_version()",
                (
                    "ALTER TABLE compliance_pathassignment "
                    "DROP CONSTRAINT path_assignment_of_its_versions_path"
                ),
                (
                    "ALTER TABLE compliance_pathmodule "
                    "DROP CONSTRAINT path_module_of_its_versions_path"
                ),
                "ALTER TABLE compliance_pathversion DROP CONSTRAINT path_version_of_key",
            ],
        )
    ]
