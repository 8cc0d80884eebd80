"""Cleaning up by night."""

from django.contrib.sessions.backends.db import SessionStore

from qualiforma.accounts.services import purge_refresh_tokens
from qualiforma.jobs.queue import job, periodic
from qualiforma.jobs.services import purge_finished
from qualiforma.retries.services import purge_kept_answers
from qualiforma.tenants.context import inside, inside_platform
from qualiforma.tenants.models import Tenant, TenantStatus
from qualiforma.throttles.services import purge_counters


@periodic(name="jobs.clean_up", cron="17 2 * * *")
def clean_up() -> None:
    """Drop what has had its time: shared rows here, each tenant's in a job of its own."""
    purge_finished()
    purge_counters()
    with inside_platform():
        clean_up_tenant.enqueue_once("nightly")
    for tenant in Tenant.objects.filter(status=TenantStatus.ACTIVE).iterator():
        with inside(tenant):
            clean_up_tenant.enqueue_once("nightly")


@job(name="jobs.clean_up_tenant")
def clean_up_tenant() -> None:
    """Drop spent refresh tokens, sessions that ended, and kept answers past their time."""
    SessionStore.clear_expired()
    purge_refresh_tokens()
    purge_kept_answers()
