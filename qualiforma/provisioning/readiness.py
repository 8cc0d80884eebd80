"""How many tenants this release cannot serve yet, cheaply enough to be asked every second."""

import time

from qualiforma.provisioning.schemas import lacking
from qualiforma.tenants.models import Tenant, TenantStatus
from qualiforma.tenants.sharding import reachable

KEEP_SECONDS = 10.0
_current: set[str] = set()
_kept = {"until": 0.0, "behind": 0}


def count_behind() -> int:
    """Return how many active tenants lack migrations of this release.

    Cost: kept for 10 s per process. A schema seen up to date is not asked again: only a migration
    undone by hand could change that. So 10,000 tenants cost 50 statements at the first call, and
    later one for their names. Those of a node that is away are asked when it is back. Must be called with `public` open.
    """
    if time.monotonic() < _kept["until"]:
        return int(_kept["behind"])
    active = Tenant.objects.filter(status=TenantStatus.ACTIVE)
    unknown = [
        name for name in active.values_list("schema_name", flat=True) if name not in _current
    ]
    if unknown:
        unknown = reachable(unknown)
    missing = lacking(unknown)
    _current.update(name for name in unknown if name not in missing)
    _kept.update(until=time.monotonic() + KEEP_SECONDS, behind=len(missing))
    return len(missing)


def last_count_behind() -> int:
    """Return the last result of `count_behind`. Cost: none."""
    return int(_kept["behind"])


def forget_readiness() -> None:
    """Drop what this process remembers, for tests."""
    _current.clear()
    _kept.update(until=0.0, behind=0)
