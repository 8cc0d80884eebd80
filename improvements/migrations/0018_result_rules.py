"""Expected results and moved dates: frozen with their plan, in the trail; first dates out of it.

Dates that were moved before these columns stand in the trail: they are taken over, without a reason.
Filling is no change of an action: neither the guard of closed plans nor the trail looks on.
"""

from django.db import migrations

ACTIONS = "improvements_correctiveaction"
RESULTS, MOVES = "improvements_expectedresult", "improvements_duedatemove"
# Table: object type, key column, root column, sensitive columns, skipped columns.
TABLES = {
    RESULTS: ("expected_result", "id", "plan_id", "{}", "{}"),
    MOVES: ("due_date_move", "id", "plan_id", "{}", "{}"),
}
# The values of an entry are JSON in a text, behind their salt.
FILL = (
    """
    INSERT INTO improvements_duedatemove
        (id, plan_id, action_id, from_date, to_date, reason, moved_at, moved_by_id)
    SELECT 'mov_' || lpad(to_hex(event.seq), 24, '0'), action.plan_id, action.id,
        ((event.clear -> 'before.due_date' ->> 1)::jsonb #>> '{}')::date,
        ((event.clear -> 'after.due_date' ->> 1)::jsonb #>> '{}')::date,
        '', event.at, person.id
    FROM audit_event AS event
    JOIN improvements_correctiveaction AS action ON action.id = event.object_id
    LEFT JOIN accounts_user AS person ON person.id = event.actor
    WHERE event.object_type = 'corrective_action' AND event.operation = 'UPDATE'
        AND event.clear ? 'before.due_date'
        AND ((event.clear -> 'before.due_date' ->> 1)::jsonb #>> '{}') IS NOT NULL
    """,
    """
    UPDATE improvements_correctiveaction AS action SET first_due_date = coalesce((
        SELECT move.from_date FROM improvements_duedatemove AS move WHERE move.action_id = action.id
        ORDER BY move.moved_at, move.id LIMIT 1
    ), action.due_date)
    WHERE action.due_date IS NOT NULL
        OR EXISTS (SELECT FROM improvements_duedatemove AS move WHERE move.action_id = action.id)
    """,
)


def triggers(table, arguments):
    quoted = ", ".join(f"'{one}'" for one in arguments)
    return [
        (
            f"CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION improvements_frozen_child()"
        ),
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
        ("accounts", "0001_initial"),
        ("audit", "0002_functions"),
        ("training", "0002_rules"),
        ("improvements", "0017_results"),
    ]

    operations = [
        migrations.RunSQL(
            [
                f"ALTER TABLE {ACTIONS} DISABLE TRIGGER USER",
                *FILL,
                "SET CONSTRAINTS ALL IMMEDIATE",
                f"ALTER TABLE {ACTIONS} ENABLE TRIGGER USER",
            ],
            reverse_sql=migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            [
                *[one for table, given in TABLES.items() for one in triggers(table, given)],
                (
                    f"CREATE TRIGGER evidence BEFORE UPDATE OR DELETE ON {MOVES} "
                    "FOR EACH ROW EXECUTE FUNCTION training_evidence()"
                ),
            ],
            reverse_sql=[
                f"DROP TRIGGER evidence ON {MOVES}",
                *[
                    f"DROP TRIGGER {name} ON {table}"
                    for table in TABLES
                    for name in ("frozen", "audit_first", "audit_record", "audit_truncate")
                ],
            ],
        ),
    ]
