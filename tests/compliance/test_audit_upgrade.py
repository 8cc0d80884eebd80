"""An organisation with plans and evidence gets audits and findings by its upgrade, and loses nothing."""

from datetime import date

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django_tenants.utils import schema_context

from compliance.models import Audit, Evidence, Finding
from compliance.services import FindingDraft, default_scope, enter_finding, open_finding_plan
from compliance.states import AuditKind
from improvements.models import ImprovementPlan
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role
from qualiforma.audit.models import AuditEvent
from qualiforma.provisioning.schemas import lacking, migrate_schema
from qualiforma.qualiopi.states import FindingSeverity
from qualiforma.tenants.context import leave_tenant, tenant_context
from qualiforma.tenants.owner import as_owner
from tests.cast import ALICE
from tests.committed import committed_tenant
from tests.compliance.evidence_factories import make_evidence
from tests.improvements.factories import make_plan

BEFORE = ("compliance", "0025_organisation_rules")
OURS = {"0026_audits", "0027_audit_rules", "0028_findings", "0029_finding_rules"}


def go_back(schema):
    with as_owner(), schema_context(schema):
        executor = MigrationExecutor(connection)
        undone = executor.migration_plan([BEFORE])
        executor.migrate([BEFORE], plan=undone)
    return {one.name for one, _backwards in undone}


def kept():
    return [list(model.objects.order_by("pk").values()) for model in (ImprovementPlan, Evidence)]


@pytest.fixture
def upgraded(django_db_setup, django_db_blocker):
    """The tenant, and what it had before the upgrade."""
    with django_db_blocker.unblock(), committed_tenant("audited") as tenant:
        with tenant_context(tenant):
            User.objects.create(
                id=ALICE.id, email=ALICE.email, name=ALICE.name, role=Role.ADMIN, password="!"
            )
            plans = [make_plan(owner_id=ALICE.id).pk for _ in range(20)]
            make_evidence(record_type="IMPROVEMENT_PLAN", record_id=plans[0])
            before = kept()
        leave_tenant()
        assert go_back(tenant.schema_name) >= OURS
        assert lacking([tenant.schema_name])
        assert migrate_schema(tenant.schema_name) >= len(OURS)
        assert not lacking([tenant.schema_name])
        yield tenant, before
        leave_tenant()


def test_the_upgrade_keeps_what_was_there_and_findings_can_be_entered(upgraded):
    tenant, before = upgraded
    with tenant_context(tenant):
        assert kept() == before
        assert not Audit.objects.exists()
        actor = Actor.of(User.objects.get())
        day = date(2026, 12, 14)
        assert len(default_scope(kind=AuditKind.INTERNAL, audit_date=day)) == len(range(1, 34))
        draft = FindingDraft(1, FindingSeverity.MINOR, "Tarifs absents.", date(2026, 8, 31))
        finding = enter_finding(draft=draft, actor=actor)
        planned = open_finding_plan(finding=finding, actor=actor)
        assert Finding.objects.get().plan_id == planned.plan_id
        assert AuditEvent.objects.filter(object_type="finding").count() == len(
            ("entered", "planned")
        )
