"""Jobs that each tenant has run by night."""

from qualiforma.jobs.queue import Job, periodic
from qualiforma.tenants.context import platform_context, tenant_context
from qualiforma.tenants.models import Tenant, TenantStatus

_of_tenants: list[Job] = []
_of_everybody: list[Job] = []


def nightly(job: Job) -> Job:
    """Have a job run once a night in each active tenant."""
    _of_tenants.append(job)
    return job


def nightly_on_the_platform_too(job: Job) -> Job:
    """Have it run in the platform's own schema as well: it concerns what both have."""
    _of_everybody.append(job)
    return nightly(job)


@periodic(name="jobs.nightly", cron="17 2 * * *")
def queue_nightly_jobs() -> None:
    """Queue them: one job each, so that a tenant's failure is its own."""
    with platform_context():
        for job in _of_everybody:
            job.enqueue_once("nightly")
    for tenant in Tenant.objects.filter(status=TenantStatus.ACTIVE).iterator():
        with tenant_context(tenant):
            for job in _of_tenants:
                job.enqueue_once("nightly")
