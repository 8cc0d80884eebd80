"""By which door: real processes, real commits, on the demo tenant."""

import os
from uuid import uuid4

import psycopg
import pytest

from qualiforma.audit.models import AuditEvent
from qualiforma.tenants.context import get_tenant, leave_tenant, tenant_context
from tests.cast import PASSWORD
from tests.qualiforma.audit.scratch import owner, python, scratch_tenant

INSIDE = """
from qualiforma.tenants.context import get_tenant, tenant_context
from improvements.models import Complaint
from django.utils import timezone
def make(name):
    return Complaint(id=name, subject="S", channel="EMAIL", complainant_role="OTHER",
        received_at=timezone.now())
with tenant_context(get_tenant("qualiforma-demo")):
"""
JOB = f"""
import django
from qualiforma.audit.sources import Source, set_default_source
django.setup()
set_default_source(Source.JOB)
{INSIDE}"""


@pytest.fixture
def demo(demo_server, db):
    leave_tenant()
    tenant = get_tenant("qualiforma-demo")
    with tenant_context(tenant):
        yield tenant


@pytest.fixture
def name():
    return f"cmp_{uuid4().hex}"


def sources(object_id):
    events = AuditEvent.objects.filter(object_id=object_id).order_by("seq")
    return list(events.values_list("door", "operation"))


def test_the_api(demo, demo_admin):
    body = {"title": "T", "trigger": "AUDIT", "targetDate": "2026-12-31", "owner": "usr_admin01"}
    plan = demo_admin("POST", "improvement-plans", body)[1]["data"]["id"]
    demo_admin("POST", f"improvement-plans/{plan}/close", {"summary": "refusé"})
    assert sources(plan) == [("api", "INSERT")]


def test_a_command(demo):
    words = ("manage.py", "create_user", f"{uuid4().hex}@x.fr", "--tenant", "qualiforma-demo")
    more = ("--name", "Neuf", "--role", "TRAINER", "--password-stdin")
    user = python(*words, *more, given=PASSWORD).strip()
    assert sources(user) == [("command", "INSERT")]


def test_a_shell_with_bulk_create_and_queryset_update(demo, name):
    code = f"""{INSIDE}
    Complaint.objects.bulk_create([make("{name}")])
    Complaint.objects.filter(pk="{name}").update(subject="Autre")
"""
    python("manage.py", "shell", "-c", code)
    assert sources(name) == [("shell", "INSERT"), ("shell", "UPDATE")]


def test_a_shell_whose_transaction_is_rolled_back(demo, name):
    code = f"""{INSIDE}
    from django.db import transaction
    with transaction.atomic():
        make("{name}").save()
        transaction.set_rollback(True)
"""
    python("manage.py", "shell", "-c", code)
    assert sources(name) == []


def test_a_job(demo, name):
    python("-c", f'{JOB}    make("{name}").save()')
    assert sources(name) == [("job", "INSERT")]


def test_plain_sql(demo, name):
    python("-c", f'{JOB}    make("{name}").save()')
    with psycopg.connect(os.environ["DATABASE_URL"]) as raw:
        table = f'"{demo.schema_name}".improvements_complaint'
        raw.execute(f"UPDATE {table} SET subject = 'Brut' WHERE id = %s", [name])
        raw.commit()
        raw.execute(f"DELETE FROM {table} WHERE id = %s", [name])
        raw.rollback()
    assert sources(name) == [("job", "INSERT"), ("sql", "UPDATE")]


def test_owner_commands_have_a_source(demo):
    events = AuditEvent.objects.filter(action="tenants.tenant.created")
    assert [(event.object_id, event.operation) for event in events] == [(demo.pk, "ENTRY")]
    with scratch_tenant() as (_, schema), owner(schema) as connection:
        assert connection.execute("SELECT door FROM audit_event").fetchall() == [("command",)]
