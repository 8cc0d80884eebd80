"""The rows that are measured over, as few statements as there are tables; the triggers off meanwhile."""

from contextlib import contextmanager
from typing import Any

SLUG = "qualiforma-demo"
ACTIONS_EACH = 5
COMPLAINTS, ENROLLMENTS, ANALYSES, ACTION_PLANS = 2000, 2000, 500, 100
TIMELINE = 200
# Of an action plan, each with two assignees.
ACTIONS_OF_PLAN = 8
_PLANS = """
    INSERT INTO improvements_improvementplan (id, reference, title, description, trigger, status,
        owner_id, target_date, indicators, created_at, started_at, closed_at, closed_by_id,
        archive_reason, version)
    SELECT 'imp_f' || n, 'F-' || n, 'Plan du banc ' || n,
        repeat('Une description assez longue. ', 8),
        (ARRAY['AUDIT','COMPLAINT','FEEDBACK','PROACTIVE'])[n %% 4 + 1],
        (ARRAY['IN_PROGRESS','COMPLETED','DRAFT','IN_PROGRESS'])[n %% 4 + 1],
        CASE WHEN n %% 5 = 0 THEN 'usr_lead02' ELSE 'usr_admin01' END,
        current_date + n %% 200, '{31,32}', now() - n * interval '1 minute',
        CASE WHEN n %% 4 <> 2 THEN now() - n * interval '1 minute' END,
        CASE WHEN n %% 4 = 1 THEN now() END, CASE WHEN n %% 4 = 1 THEN 'usr_admin01' END, '', 1
    FROM generate_series(1, %(plans)s) AS n
"""
_ACTIONS = """
    INSERT INTO improvements_correctiveaction (id, plan_id, description, status, owner_id, kind,
        due_date, first_due_date, completed_at, position, created_at)
    SELECT 'act_f' || n || '_' || rank, 'imp_f' || n, 'Action ' || rank,
        CASE WHEN n %% 4 IN (1, 3) THEN 'DONE' ELSE 'TODO' END, 'usr_admin01', 'CORRECTIVE',
        current_date + n %% 100, current_date + n %% 100,
        CASE WHEN n %% 4 IN (1, 3) THEN now() END, rank, now()
    FROM generate_series(1, %(plans)s) AS n, generate_series(0, %(actions)s - 1) AS rank
"""
_COMPLAINTS = """
    INSERT INTO improvements_complaint (id, subject, description, channel, kind, complainant_name,
        complainant_role, received_at, status, resolution, created_at, created_by_id, version,
        acknowledge_by, answer_by, complainant_email, origin)
    SELECT 'cmp_f' || n, 'Réclamation ' || n, 'Un récit.', 'EMAIL', 'COMPLAINT', 'Une personne',
        'LEARNER', now() - n * interval '1 hour', 'OPEN', '', now(), 'usr_admin01', 1,
        current_date + n %% 9 - 4, current_date + n %% 9, '', 'STAFF'
    FROM generate_series(1, %(complaints)s) AS n
"""
_LINKS = """
    INSERT INTO improvements_plancomplaint (id, plan_id, complaint_id, position)
    SELECT 'lnk_f' || n, 'imp_f' || n, 'cmp_f' || n, 0
    FROM generate_series(1, least(%(plans)s, %(complaints)s)) AS n WHERE n %% 3 = 0
"""
_ENROLLMENTS = """
    INSERT INTO training_enrollment (id, course_id, user_id, status, payment_method, payment_id,
        enrolled_at, created_at, created_by_id, version)
    SELECT 'enr_f' || n, 'crs_excel_init', 'usr_lead02', 'REVOKED', 'FREE', '',
        now() - n * interval '1 hour', now() - n * interval '1 hour', 'usr_admin01', 1
    FROM generate_series(1, %(enrollments)s) AS n
"""
_ANALYSES = """
    INSERT INTO compliance_needsanalysis
    SELECT (jsonb_populate_record(one, jsonb_build_object('id', 'nda_f' || n,
        'enrollment_id', NULL, 'created_at', now() - n * interval '1 hour'))).*
    FROM compliance_needsanalysis AS one, generate_series(1, %(analyses)s) AS n
    WHERE one.id = (SELECT min(id) FROM compliance_needsanalysis)
"""
STATEMENTS = {
    "improvements_improvementplan": _PLANS,
    "improvements_correctiveaction": _ACTIONS,
    "improvements_complaint": _COMPLAINTS,
    "improvements_plancomplaint": _LINKS,
    "training_enrollment": _ENROLLMENTS,
    "compliance_needsanalysis": _ANALYSES,
}


def fill(plans: int) -> None:
    """Make the demo's tenants, then the rows in the first of them."""
    from django.core.management import call_command
    from django.db import connection

    from qualiforma.tenants.context import get_tenant, tenant_context
    from qualiforma.tenants.owner import as_owner
    from tests.bench.timeline import fill as fill_timeline

    call_command("load_demo")
    tenant = get_tenant(SLUG)
    values = {
        "plans": plans,
        "actions": ACTIONS_EACH,
        "complaints": COMPLAINTS,
        "enrollments": ENROLLMENTS,
        "analyses": ANALYSES,
    }
    with as_owner(), tenant_context(tenant), connection.cursor() as cursor:
        for table, statement in STATEMENTS.items():
            with _without_triggers(cursor, table):
                cursor.execute(f"{statement} ON CONFLICT DO NOTHING", values)
        for table in STATEMENTS:
            cursor.execute(f"VACUUM ANALYZE {table}")
    with tenant_context(tenant):
        fill_timeline(TIMELINE)
        _add_action_plans()


def company_action(number: int) -> str:
    """Return the id of one action of the action plans."""
    return f"{number:024x}"


def _add_action_plans() -> None:
    """By the models: what is counted of assignees is the database's own work."""
    from actionplans.models import Action, ActionPlan, Assignment
    from qualiforma import audit

    with audit.action("actionplans.demo.loaded"):
        plans = ActionPlan.objects.bulk_create(
            ActionPlan(title=f"Plan d’action {n}", created_by_id="usr_admin01")
            for n in range(ACTION_PLANS)
        )
        actions = Action.objects.bulk_create(
            Action(
                id=company_action(number), plan=plan, title="Action", created_by_id="usr_admin01"
            )
            for number, plan in enumerate(plans * ACTIONS_OF_PLAN)
        )
        Assignment.objects.bulk_create(
            Assignment(action=action, user_id=user, position=rank)
            for action in actions
            for rank, user in enumerate(("usr_lead02", "usr_trainer01"))
        )


@contextmanager
def _without_triggers(cursor: Any, table: str) -> Any:
    cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
