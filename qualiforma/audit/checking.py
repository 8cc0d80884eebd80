"""Checking the open schema's trail, whole or in steps that each end in time, and noting the outcome.

The outcome is an entry of the trail itself: who checked, when, and up to which head.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import ProgrammingError, connection

from qualiforma.audit import chain
from qualiforma.audit.audit import AUDIT_TRAIL
from qualiforma.audit.context import Named, action, log_event
from qualiforma.audit.descriptions import noted, noted_value, version_of
from qualiforma.audit.models import AuditEvent
from qualiforma.audit.parts import check_in_parts
from qualiforma.audit.verify_trail import BROKEN, FIRST, VERIFIED, Chain, Fault, Head

# How many entries are read between two looks at the clock.
LOOK = 5000


@dataclass(frozen=True)
class Progress:
    """How far a check has come. Plain values of a `Chain`, to be kept between steps."""

    seq: int = 0
    hash: str = FIRST
    version: int = 1
    count: int = 0
    erasure: int = 0
    missing: dict[str, list[str]] = field(default_factory=dict)
    claims: list[Any] = field(default_factory=list)
    faults: list[tuple[int, str]] = field(default_factory=list)
    fault_count: int = 0
    is_done: bool = False

    @property
    def first_fault(self) -> Fault | None:
        """Return the lowest sequence that does not hold, and why."""
        return Fault(*min(self.faults)) if self.faults else None


@dataclass(frozen=True)
class Outcome:
    """The last check. `seq` and `hash` are the head that held, or the first bad entry and why."""

    at: datetime
    actor: str
    is_intact: bool
    seq: int
    said: str


def check(
    expected: Head = None, *, on_entries: Callable[[int], None] = lambda count: None
) -> Chain:
    """Check the whole trail, up to the head of the last check at least; `on_entries` is told how many entries were read by now.

    An erasure that comes in meanwhile would look false, as some values were read before it and
    some after: the check begins again.
    """
    if connection.in_atomic_block and (
        whole := check_in_parts(expected or _kept_head(), on_entries)
    ):
        whole.finish(chain.count_until(whole.seq))
        return whole
    while True:
        erasure, checked = chain.last_erasure(), Chain(expected or _kept_head())
        for entry in chain.entries():
            checked.add(entry)
            if checked.count % LOOK == 0:
                on_entries(checked.count)
        if erasure == chain.last_erasure():
            checked.finish(chain.count_until(checked.seq))
            return checked


def check_on(progress: Progress, *, seconds: float) -> Progress:
    """Check further for as long, from where the last step stopped; the real verification.

    Begins again when values were erased meanwhile. A table that is not as it was, or whose rows a policy
    hides, is a fault. Cost: one statement per batch; memory: one batch.
    """
    try:
        with chain.all_rows():
            return _read_on(progress, seconds)
    except ProgrammingError as error:
        [first, *_] = str(error).splitlines()
        return Progress(faults=[(0, f"cannot be read: {first}")], fault_count=1, is_done=True)


def _read_on(progress: Progress, seconds: float) -> Progress:
    erasure = chain.last_erasure()
    if progress.erasure != erasure:
        progress = Progress(erasure=erasure)
    checked = _restored(progress)
    deadline = time.monotonic() + seconds
    for entry in chain.entries(after=progress.seq if progress.count else None):
        if (
            time.monotonic() > deadline
            and checked.count > progress.count
            and entry[0] != checked.seq
        ):
            return _kept(checked, erasure)
        checked.add(entry)
    if chain.last_erasure() != erasure:
        return Progress(erasure=erasure)
    checked.finish(chain.count_until(checked.seq))
    return _kept(checked, erasure, is_done=True)


def _restored(progress: Progress) -> Chain:
    checked = Chain(_kept_head())
    for name in ("seq", "hash", "version", "count", "fault_count"):
        setattr(checked, name, getattr(progress, name))
    checked.missing = {int(seq): names for seq, names in progress.missing.items()}
    checked.claims = list(progress.claims)
    checked.faults = [Fault(*fault) for fault in progress.faults]
    return checked


def _kept(checked: Chain, erasure: int, *, is_done: bool = False) -> Progress:
    return Progress(
        checked.seq,
        checked.hash,
        checked.version,
        checked.count,
        erasure,
        {str(seq): names for seq, names in checked.missing.items()},
        checked.claims,
        [(seq, reason) for seq, reason in checked.faults],
        checked.fault_count,
        is_done,
    )


def note(progress: Progress, *, actor: Named) -> None:
    """Enter the outcome of a check that is done: up to which head it held, or where it did not."""
    fault = progress.first_fault
    with action(BROKEN if fault else VERIFIED, actor=actor):
        if fault is None:
            log_event(AUDIT_TRAIL, seq=progress.seq, hash=progress.hash)
        else:
            seq = max(fault.seq, 0)
            log_event(AUDIT_TRAIL, seq=seq, reason=fault.reason, faults=progress.fault_count)


def last_outcome() -> Outcome | None:
    """Return what the last check found, None before the first. Cost: one query."""
    found = AuditEvent.objects.filter(action__in=[VERIFIED, BROKEN]).order_by("-seq").first()
    if found is None:
        return None
    seq: Any = noted_value(found, "after.seq")
    return Outcome(
        at=found.at,
        actor=noted(found, "actor"),
        is_intact=found.action == VERIFIED,
        seq=seq if isinstance(seq, int) else 0,
        said=str(noted_value(found, "after.hash") or noted_value(found, "after.reason") or ""),
    )


def _kept_head() -> Head:
    """Return the head of the last check that held: a chain rebuilt since would not have it.

    Not of an entry of version 1, which the application could write with a false head.
    """
    found = AuditEvent.objects.filter(action=VERIFIED).order_by("-seq").first()
    if found is None or version_of(found) == 1:
        return None
    seq, digest = noted_value(found, "after.seq"), noted_value(found, "after.hash")
    return (seq, digest) if isinstance(seq, int) and isinstance(digest, str) else None
