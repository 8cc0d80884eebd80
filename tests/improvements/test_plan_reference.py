"""The number of its year that each plan bears: without a hole, never twice, shown where people look."""

from datetime import UTC, datetime
from importlib import import_module

import pytest
from django.db import IntegrityError, transaction

from improvements.models import ImprovementPlan, PlanYear
from improvements.states import PlanStatus
from qualiforma.tenants.context import tenant_context
from tests.admin_client import text_of
from tests.improvements.factories import link, make_action, make_complaint, make_plan, plan_body
from tests.improvements.pages import LIST, page_of
from tests.qualiforma.audit.scratch import owner, scratch_tenant

URL = "/api/v1/improvement-plans"
MIGRATION = import_module("improvements.migrations.0016_plan_reference")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def created(client, **more):
    return client.post(URL, plan_body(**more)).json()["data"]


def test_plans_are_numbered_by_year_of_creation_in_paris(acme):
    first = make_plan(created_at=at("2025-12-31T22:59:59"))
    later = make_plan(created_at=at("2025-12-31T23:00:00"))
    third = make_plan(created_at=at("2026-07-01T00:00:00"))
    assert [one.reference for one in (first, later, third)] == [
        *("PA-2025-0001", "PA-2026-0001", "PA-2026-0002")
    ]
    assert str(third) == "PA-2026-0002 – Améliorer l’accueil des stagiaires"


def test_a_refused_creation_burns_no_number(as_alice, acme):
    first = created(as_alice)["reference"]
    with transaction.atomic():
        make_plan()
        transaction.set_rollback(True)
    as_alice.post(URL, plan_body(actions=[{"description": "x", "owner": "usr_nobody"}]))
    assert int(created(as_alice)["reference"][-4:]) == int(first[-4:]) + 1


def test_a_deleted_draft_keeps_its_number(as_alice, acme):
    gone = created(as_alice)
    as_alice.delete(f"{URL}/{gone['id']}")
    assert int(created(as_alice)["reference"][-4:]) == int(gone["reference"][-4:]) + 1
    ImprovementPlan.objects.all().delete()
    assert int(created(as_alice)["reference"][-4:]) == int(gone["reference"][-4:]) + 2


def test_each_organisation_counts_for_itself(as_alice, acme, globex):
    first = make_plan()
    with tenant_context(globex):
        assert make_plan(owner_id="usr_charlie").reference == first.reference


def test_a_year_of_more_than_ten_thousand_plans(acme):
    PlanYear.objects.update_or_create(year=2024, defaults={"last": 9999})
    assert make_plan(created_at=at("2024-05-01T08:00:00")).reference == "PA-2024-10000"


def test_it_never_changes(acme):
    plan = make_plan()
    with pytest.raises(IntegrityError), transaction.atomic():
        ImprovementPlan.objects.filter(pk=plan.pk).update(reference="PA-2020-0001")


def test_it_is_answered_and_found(as_alice, acme):
    make_plan()
    body = created(as_alice, title="Réclamations du support")
    listed = as_alice.get(f"{URL}?q={body['reference'].lower()}").json()["data"]
    assert [one["reference"] for one in listed] == [body["reference"]]
    assert as_alice.get(f"{URL}/{body['id']}").json()["data"]["reference"] == body["reference"]


def test_it_stands_on_the_pages_where_people_look(admin_client, acme):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    make_action(plan)
    complaint = make_complaint()
    link(plan, complaint)
    for page in (
        f"{LIST}?q={plan.reference}",
        page_of(plan),
        f"{page_of(plan).removesuffix('change/')}move/close/",
        "/admin/improvements/correctiveaction/",
        f"/admin/improvements/complaint/{complaint.pk}/change/",
    ):
        assert plan.reference in text_of(admin_client.get(page)), page


OLD_INSERT = """
INSERT INTO improvements_improvementplan (id, title, description, trigger, status, owner_id,
    target_date, indicators, created_at, closed_at, closed_by_id, archive_reason, version, deleted_at)
SELECT %s, 'Plan', '', 'AUDIT', %s, 'usr_x', now(), '{32}', %s,
    CASE WHEN %s = 'COMPLETED' THEN now() END, CASE WHEN %s = 'COMPLETED' THEN 'usr_x' END, '', 1,
    CASE WHEN %s = 'DRAFT' THEN now() END
"""


def test_existing_plans_are_numbered_by_creation_order_and_old_code_goes_on():
    """As the migration finds them: closed, archived and deleted ones among them."""
    with scratch_tenant() as (_slug, schema), owner(schema) as connection:

        def insert(key, status, day):
            connection.execute(OLD_INSERT, [key, status, f"{day}T08:00:00Z", *[status] * 3])

        connection.execute(WITHOUT_USERS)
        insert("imp_a", "COMPLETED", "2026-03-01")
        insert("imp_b", "DRAFT", "2025-06-01")
        insert("imp_c", "ARCHIVED", "2026-01-01")
        insert("imp_d", "IN_PROGRESS", "2026-02-01")
        entries = connection.execute("SELECT count(*) FROM audit_event").fetchone()
        connection.execute(f"ALTER TABLE {MIGRATION.PLANS} DISABLE TRIGGER USER")
        connection.execute(f"UPDATE {MIGRATION.PLANS} SET reference = id")
        connection.execute("DELETE FROM improvements_planyear")
        connection.execute(MIGRATION.FILL)
        connection.execute(f"ALTER TABLE {MIGRATION.PLANS} ENABLE TRIGGER USER")
        assert connection.execute("SELECT count(*) FROM audit_event").fetchone() == entries
        insert("imp_e", "IN_PROGRESS", "2026-04-01")
        found = connection.execute(f"SELECT id, reference FROM {MIGRATION.PLANS} ORDER BY id")
        assert [reference for _id, reference in found] == [
            *("PA-2026-0003", "PA-2025-0001", "PA-2026-0001", "PA-2026-0002", "PA-2026-0004")
        ]


# The rows of this test have no people behind them.
WITHOUT_USERS = """
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT conname FROM pg_constraint
        WHERE conrelid = 'improvements_improvementplan'::regclass AND contype = 'f'
    LOOP EXECUTE format('ALTER TABLE improvements_improvementplan DROP CONSTRAINT %I', one.conname);
    END LOOP;
END $$
"""
