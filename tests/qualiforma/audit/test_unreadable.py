"""A trail that cannot be read whole is called broken, by every check, and stops no other's."""

import os
import signal

import psycopg
import pytest
from django.core.management import CommandError, call_command

from qualiforma.audit import checking, parts
from qualiforma.tenants.context import leave_tenant, tenant_context
from tests.committed import committed_tenant
from tests.qualiforma.audit.scratch import owner
from tests.qualiforma.audit.test_verify import fill, verify

HIDDEN = """
ALTER TABLE audit_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY hidden ON audit_event FOR SELECT TO PUBLIC USING (seq < 5)
"""
REFUSED = 'query would be affected by row-level security policy for table "audit_event"'


@pytest.fixture
def tenant(django_db_setup, django_db_blocker):
    """A tenant with six entries, and its owner's connection."""
    with django_db_blocker.unblock(), committed_tenant("unreadable") as made:
        with tenant_context(made):
            fill()
        leave_tenant()
        with owner(made.schema_name) as connection:
            yield made, connection


def test_rows_that_a_policy_hides_are_not_taken_for_none(tenant):
    made, connection = tenant
    connection.execute(HIDDEN)
    code, said = verify("--all-tenants", "--records")
    assert code == 1
    assert said.count(f"{made.slug}: BROKEN: it cannot be read: {REFUSED}") == 2
    assert "platform: intact" in said


def test_the_page_says_so(tenant):
    made, connection = tenant
    connection.execute(HIDDEN)
    with tenant_context(made):
        checked = checking.check_on(checking.Progress(), seconds=60)
    assert (checked.is_done, checked.faults) == (True, [(0, f"cannot be read: {REFUSED}")])


def test_they_are_left_out_of_no_file(tenant, tmp_path):
    made, connection = tenant
    connection.execute(HIDDEN)
    with pytest.raises(CommandError, match="row-level security"):
        call_command("export_audit_trail", "--tenant", made.slug, str(tmp_path / "trail.jsonl"))
    assert list(tmp_path.iterdir()) == []


def killed(part):
    os.kill(os.getpid(), signal.SIGKILL)


def refused(part):
    raise psycopg.errors.TooManyConnections("too many clients already")


@pytest.mark.parametrize(
    ("check", "status", "said"),
    [
        (killed, 0, "unreadable: intact, 6 entries"),  # what is killed is checked in one
        (refused, 1, "unreadable: BROKEN: it cannot be read: too many clients already"),
    ],
)
def test_a_part_that_comes_to_no_end(tenant, monkeypatch, check, status, said):
    monkeypatch.setattr(parts, "LEAST", 2)
    monkeypatch.setattr(parts, "_check", check)
    leave_tenant()
    code, told = verify("--all-tenants")
    assert (code, said in told, "platform: " in told) == (status, True, True)


def test_a_trail_that_no_organisation_has_is_named(tenant):
    made, connection = tenant
    connection.execute(
        "UPDATE tenants_tenant SET schema_name = 't_other' WHERE slug = %s", [made.slug]
    )
    leave_tenant()
    code, said = verify("--all-tenants")
    assert code == 1
    assert f"{made.schema_name}: BROKEN: a trail is there, and no organisation has it" in said


def test_an_organisation_that_is_half_made_is_said_to_be_left_out(tenant):
    made, connection = tenant
    connection.execute(
        "UPDATE tenants_tenant SET status = 'PROVISIONING' WHERE slug = %s", [made.slug]
    )
    leave_tenant()
    code, said = verify("--all-tenants")
    assert (code, f"{made.slug}: not checked, the organisation is half made" in said) == (0, True)
