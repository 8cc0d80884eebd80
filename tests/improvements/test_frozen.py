"""Ways to change a closed or archived plan; each is refused and leaves the trail as it was."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from improvements.models import ClosingReport, CorrectiveAction, ImprovementPlan, PlanComplaint
from improvements.services.snapshots import snapshot_of
from improvements.states import ActionStatus, PlanStatus
from qualiforma.accounts.models import User
from qualiforma.ids import new_id
from qualiforma.tenants.context import get_tenant, leave_tenant
from tests.cast import ALICE
from tests.improvements.factories import link, make_action, make_complaint, make_plan
from tests.live import wait_until
from tests.qualiforma.audit.entries import last_seq

URL = "/api/v1/improvement-plans"


PLAN = ImprovementPlan.objects.filter(pk="imp_open")
ACTION = CorrectiveAction.objects.filter(pk="act_done")


def frozen_plan(status):
    plan = make_plan(id="imp_open")
    link(plan, make_complaint())
    make_action(plan, id="act_done", status=ActionStatus.DONE)
    ClosingReport.objects.create(plan=plan, summary="Fait.", snapshot=snapshot_of(plan))
    PLAN.update(status=status, closed_at=plan.created_at, closed_by=ALICE.id)
    other = make_plan(id="imp_other", status=PlanStatus.IN_PROGRESS)
    make_action(other, id="act_other")
    plan.refresh_from_db()
    return plan


ORM: dict[str, Callable[[ImprovementPlan], object]] = {
    "save": lambda plan: ImprovementPlan(**{**PLAN.values().get(), "title": "Autre"}).save(),
    "update": lambda plan: PLAN.update(title="Autre"),
    "reopen": lambda plan: PLAN.update(status="IN_PROGRESS", closed_at=None, closed_by=None),
    "back to draft": lambda plan: PLAN.update(status="DRAFT", closed_at=None, closed_by=None),
    "dates": lambda plan: PLAN.update(created_at="2020-01-01T00:00Z"),
    "owner": lambda plan: PLAN.update(owner="usr_bob"),
    "soft delete": lambda plan: PLAN.update(deleted_at="2026-01-01T00:00Z"),
    "archive and more": lambda plan: PLAN.update(status="ARCHIVED", title="Autre"),
    "bulk_update": lambda plan: ImprovementPlan.objects.bulk_update(
        [ImprovementPlan(**{**PLAN.values().get(), "title": "Autre"})], ["title"]
    ),
    "change an action": lambda plan: ACTION.update(description="Autre"),
    "reopen an action": lambda plan: ACTION.update(status="TODO", completed_at=None),
    "delete an action": lambda plan: ACTION.delete(),
    "add an action": make_action,
    "add many": lambda plan: CorrectiveAction.objects.bulk_create(
        [CorrectiveAction(plan=plan, description="x", owner_id=ALICE.id)]
    ),
    "move an action away": lambda plan: ACTION.update(plan="imp_other"),
    "move an action in": lambda plan: CorrectiveAction.objects.filter(pk="act_other").update(
        plan="imp_open"
    ),
    "add a complaint": lambda plan: PlanComplaint.objects.create(
        id=new_id("lnk"), plan=plan, complaint=make_complaint()
    ),
    "unlink complaints": lambda plan: plan.complaint_links.all().delete(),
    "rewrite the report": lambda plan: ClosingReport.objects.update(summary="Autre"),
    "rewrite the snapshot": lambda plan: ClosingReport.objects.update(snapshot={}),
    "delete the report": lambda plan: ClosingReport.objects.all().delete(),
}
SQL = {
    "erasing as the application": "SET LOCAL qualiforma.erasing = 'on'; "
    "UPDATE improvements_closingreport SET snapshot = '{}'",
    "another search_path": "SET LOCAL search_path = pg_catalog; "
    "UPDATE \"{schema}\".improvements_improvementplan SET title = title || '.'",
    "a common table expression": "WITH gone AS (DELETE FROM improvements_correctiveaction "
    "RETURNING id) SELECT count(*) FROM gone",
    "an upsert": "INSERT INTO improvements_correctiveaction SELECT * FROM "
    "improvements_correctiveaction WHERE id = 'act_done' "
    "ON CONFLICT (id) DO UPDATE SET description = 'Autre'",
    "a merge": "MERGE INTO improvements_improvementplan AS p USING (VALUES ('imp_open')) AS v (id) "
    "ON p.id = v.id WHEN MATCHED THEN UPDATE SET title = 'Autre'",
    "deleting the plan": "DELETE FROM improvements_improvementplan WHERE id = 'imp_open'",
}


@pytest.mark.parametrize("status", ["COMPLETED", "ARCHIVED"])
@pytest.mark.parametrize("way", ORM)
def test_refused_through_the_orm(acme, status, way):
    plan = frozen_plan(status)
    if way == "archive and more" and status == "ARCHIVED":
        way = "update"
    before = last_seq()
    with pytest.raises(IntegrityError), transaction.atomic():
        ORM[way](plan)
    assert last_seq() == before


@pytest.mark.parametrize("way", SQL)
def test_refused_in_raw_sql(acme, way):
    frozen_plan("COMPLETED")
    before = last_seq()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SQL[way].replace("{schema}", acme.schema_name))
    assert last_seq() == before


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("patch", "", {"title": "Autre"}),
        ("patch", "", {"status": "IN_PROGRESS"}),
        ("delete", "", None),
        ("post", "/close", {"summary": "Encore"}),
        ("post", "/actions", {"description": "Encore"}),
        ("patch", "/actions/act_done", {"status": "TODO"}),
    ],
)
def test_refused_through_the_api(as_alice, method, path, body):
    frozen_plan("COMPLETED")
    before = last_seq()
    answer = getattr(as_alice, method)(f"{URL}/imp_open{path}", body)
    assert answer.status_code == 409
    assert last_seq() == before


def test_archiving_what_is_completed_stays_possible(as_alice):
    frozen_plan("COMPLETED")
    body = {"status": "ARCHIVED", "reason": "Classé"}
    assert as_alice.patch(f"{URL}/imp_open", body).status_code == 200
    assert PLAN.values_list("status", "archive_reason").get() == ("ARCHIVED", "Classé")


def test_the_snapshot_keeps_what_was_then(as_alice):
    complaint = make_complaint(subject="Convocation tardive", complainant_name="Léa")
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    link(plan, complaint)
    make_action(plan, status=ActionStatus.DONE)
    assert as_alice.post(f"{URL}/{plan.pk}/close", {"summary": "Fait."}).status_code == 200
    User.objects.filter(pk=ALICE.id).update(name="Alice Mariée")
    type(complaint).objects.update(subject="Autre", status="REJECTED", resolved_at=timezone.now())
    kept = ClosingReport.objects.get().snapshot
    assert kept
    assert kept["owner"] == kept["closedBy"] == {"id": ALICE.id, "name": ALICE.name}
    assert kept["actions"][0]["owner"]["name"] == ALICE.name
    assert kept["complaints"][0]["subject"] == "Convocation tardive"
    assert kept["complaints"][0]["status"] == "OPEN"
    assert kept["closedAt"] == as_alice.get(f"{URL}/{plan.pk}").json()["data"]["closedAt"]


# --- At once, over connections of their own -----------------------------------------------------


@pytest.fixture
def raw(demo_server, db):
    """Two raw connections of the application role, and a plan to race for."""
    leave_tenant()
    schema = get_tenant("qualiforma-demo").schema_name
    path = f"-c search_path={schema},public -c lock_timeout=15s"
    url = os.environ["DATABASE_URL"]
    with psycopg.connect(url, options=path) as one, psycopg.connect(url, options=path) as two:
        yield one, two


@pytest.fixture
def running(demo_admin):
    body = {"title": "T", "trigger": "AUDIT", "targetDate": "2026-12-31", "owner": "usr_admin01"}
    plan = demo_admin("POST", "improvement-plans", body)[1]["data"]["id"]
    demo_admin("PATCH", f"improvement-plans/{plan}", {"status": "IN_PROGRESS"})
    return plan


INSERT = (
    "INSERT INTO improvements_correctiveaction (id, plan_id, description, status, owner_id, "
    "position, created_at) VALUES (%s, %s, 'Glissée', 'TODO', 'usr_admin01', 0, now())"
)


def waits(connection):
    """Whether the other connection waits for a lock."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as same_role:
        row = same_role.execute(
            "SELECT wait_event_type FROM pg_stat_activity WHERE pid = %s",
            [connection.info.backend_pid],
        ).fetchone()
        return row == ("Lock",)


def test_an_action_that_slips_in_while_the_plan_is_frozen(raw, running):
    freezing, slipping = raw
    freezing.execute(
        "UPDATE improvements_improvementplan SET status = 'ARCHIVED' WHERE id = %s", [running]
    )
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(slipping.execute, INSERT, [new_id("act"), running])
        wait_until(lambda: waits(slipping))
        freezing.commit()
        with pytest.raises(psycopg.errors.RestrictViolation):
            late.result(10)


def test_a_close_waits_for_an_action_that_is_being_added(raw, running, demo_admin):
    slipping, _ = raw
    slipping.execute(INSERT, [new_id("act"), running])
    with ThreadPoolExecutor(1) as pool:
        closing = pool.submit(
            demo_admin, "POST", f"improvement-plans/{running}/close", {"summary": "Fait."}
        )
        slipping.commit()
        status, body = closing.result(15)
    assert (status, body["code"]) == (409, "OPEN_ACTIONS")
