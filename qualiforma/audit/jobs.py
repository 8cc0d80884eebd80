"""The nightly check of what guards the trail."""

from qualiforma.audit import guards
from qualiforma.audit.guard_checks import check_guards
from qualiforma.jobs.nightly import nightly_on_the_platform_too
from qualiforma.jobs.queue import OWNER_QUEUE, job
from qualiforma.tenants.context import tenant_or_none


@nightly_on_the_platform_too
@job(name="audit.check_guards", queue=OWNER_QUEUE, atomic=False)
def check() -> None:
    """Compare the guards of the open schema with what the migrations make; enter the outcome."""
    check_guards(tenant_or_none(), guards.wanted())
