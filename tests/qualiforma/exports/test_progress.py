"""How far a worker is, as others see it while its transaction is open."""

import pytest
from django.db import connection, transaction

from qualiforma.exports import progress
from qualiforma.tenants.context import autonomous_connection, tenant_context
from tests.committed import committed_tenant


@pytest.fixture
def busy(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), committed_tenant("busy") as tenant, tenant_context(tenant):
        yield tenant


def test_it_is_seen_while_the_work_is_not_committed(busy, monkeypatch):
    monkeypatch.setattr(progress, "TELL_SECONDS", 0)
    assert progress.begin("work", 5)
    with transaction.atomic(), progress.telling("work") as tell:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SELECT done FROM exports_progress")
            assert cursor.fetchone() == (0,)
        tell(3)
        with autonomous_connection() as other:
            other.execute("SELECT done, total FROM exports_progress")
            assert other.fetchone() == (3, 5)
    progress.end("work")
    assert progress.of("work") is None
