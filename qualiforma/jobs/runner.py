"""One run of one job: in its tenant, once in effect, its failure written down."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.db import Error, IntegrityError, transaction
from django.utils import timezone

from qualiforma import logs
from qualiforma.errors import RuleError
from qualiforma.jobs.models import JobEffect, JobTrouble
from qualiforma.tenants.context import leave_tenant, platform_context, tenant_context
from qualiforma.tenants.models import PLATFORM_SCHEMA, Tenant, TenantStatus

logger = logging.getLogger(__name__)
SUSPENDED_DELAY = timedelta(minutes=10)


class GiveUpError(Exception):
    """What the job is to do cannot be done, however often it is tried."""


@dataclass(frozen=True)
class Order:
    """What a worker took from the queue."""

    job_id: int
    name: str
    function: Callable[..., None]
    atomic: bool
    schema: str
    tenant: str
    ids: Mapping[str, str]
    # Queues the same again, for later.
    postpone: Callable[[timedelta], None]


def run(order: Order) -> None:
    """Do what a job says, in its tenant. Errors: whatever its function raises."""
    leave_tenant()
    logs.begin(job=order.name, job_id=order.job_id)
    began = time.monotonic()
    status = "failed"
    try:
        with _opened(order) as is_open:
            if is_open:
                _once(order)
        status = "done"
    except Exception as error:
        _write_down(order.job_id, error)
        raise
    finally:
        took = round((time.monotonic() - began) * 1000, 1)
        logger.info("job", extra={"status": status, "duration_ms": took})


@contextmanager
def _opened(order: Order) -> Iterator[bool]:
    """Open the job's tenant; False when that is no more, which ends the job.

    By id and schema: neither a schema that another tenant took over nor a tenant moved to another
    schema is worked on by what was queued before.
    """
    if order.schema == "public":
        yield True
    elif order.schema == PLATFORM_SCHEMA:
        with platform_context():
            yield True
    else:
        tenant = Tenant.objects.filter(pk=order.tenant, schema_name=order.schema).first()
        if tenant is None:
            logger.warning("The job's tenant is no more; the job is dropped")
            yield False
            return
        if tenant.status != TenantStatus.ACTIVE:
            with transaction.atomic():  # it waits, which is not counted as a failed try
                if _is_first(order.job_id):
                    order.postpone(SUSPENDED_DELAY)
            yield False
            return
        with tenant_context(tenant):
            yield True


def _once(order: Order) -> None:
    if not order.atomic:
        order.function(**order.ids)
        return
    with transaction.atomic():
        if _is_first(order.job_id):
            order.function(**order.ids)


def _is_first(job_id: int) -> bool:
    """Claim the job's effect for this transaction.

    Should another worker be at the same job (one that was believed dead), this waits for it: if it
    commits, there is nothing left to do; if not, the effect is ours.
    """
    try:
        with transaction.atomic():
            JobEffect.objects.create(job_id=job_id)
    except IntegrityError:
        logger.info("The job's effect is there already")
        return False
    return True


def _write_down(job_id: int, error: Exception) -> None:
    """Keep why the last try failed. That must not hide the failure itself."""
    refusal = error.__cause__ if isinstance(error, GiveUpError) else None
    # A rule's code says which one it was; its sentence may quote what somebody typed.
    said = refusal.code if isinstance(refusal, RuleError) else logs.safe_text(error)
    text = f"{type(error).__module__}.{type(error).__qualname__}: {said}"
    try:
        leave_tenant()
        JobTrouble.objects.update_or_create(
            job_id=job_id, defaults={"error": text[:300], "at": timezone.now()}
        )
    except Error:
        logger.warning("Why the job failed could not be kept", exc_info=True)
