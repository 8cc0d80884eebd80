import pytest
from django.db import connection

from qualiforma.provisioning import removal
from qualiforma.tenants.context import forget_tenants, leave_tenant
from qualiforma.tenants.models import Tenant
from qualiforma.tenants.owner import as_owner


def run_as_owner(*statements):
    with as_owner(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def schemas():
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information)'")
        return {name for (name,) in cursor.fetchall()}


@pytest.fixture
def committed(django_db_setup, django_db_blocker):
    """For provisioning, which commits: what a test makes is removed after it."""
    with django_db_blocker.unblock():
        leave_tenant()
        forget_tenants()
        slugs, before = set(Tenant.objects.values_list("slug", flat=True)), schemas()
        yield
        connection.close()
        forget_tenants()
        leave_tenant()
        with as_owner():
            for tenant in Tenant.objects.exclude(slug__in=slugs):
                removal.drop(tenant)
        run_as_owner(*(f'DROP SCHEMA "{name}" CASCADE' for name in schemas() - before))
