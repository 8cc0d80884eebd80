"""A tenant whose data really is committed, for what other processes are to see."""

from contextlib import contextmanager
from datetime import date

from django.db import connection

from qualiforma.jobs.models import MorningRun
from qualiforma.provisioning import services as tenants
from qualiforma.tenants.context import leave_tenant
from qualiforma.tenants.models import Tenant
from qualiforma.tenants.owner import as_owner


@contextmanager
def committed_tenant(slug):
    """Make a tenant; take it away at the end, with whatever was queued.

    Nothing else is queued at first: a worker would do what a live server's test has left, too.
    Nor does a worker queue the morning's reminders, which it would on a working day from 07:00.
    """
    _empty_queue()
    tenant = tenants.create_tenant(slug=slug, name=slug.title())
    MorningRun.objects.bulk_create(
        MorningRun(tenant=key, day=date.max) for key in Tenant.objects.values_list("pk", flat=True)
    )
    try:
        yield tenant
    finally:
        _empty_queue()
        with as_owner(), connection.cursor() as cursor:
            cursor.execute(f"DROP SCHEMA {tenant.schema_name} CASCADE")
            cursor.execute("DELETE FROM tenants_domain WHERE tenant_id = %s", [tenant.pk])
            cursor.execute("DELETE FROM tenants_tenant WHERE id = %s", [tenant.pk])


def _empty_queue():
    leave_tenant()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
        cursor.execute("DELETE FROM procrastinate_workers")
        cursor.execute("DELETE FROM jobs_jobeffect")
        cursor.execute("DELETE FROM jobs_jobtrouble")
        cursor.execute("DELETE FROM jobs_morningrun")
