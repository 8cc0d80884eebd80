"""Checking the open schema's trail in steps that each end in time, and remembering the outcome.

The outcome is an entry of the trail itself: who checked, when, and up to which head.
"""

import json
import time
from dataclasses import dataclass, field
from datetime import datetime

from qualiforma.audit import chain
from qualiforma.audit.context import Named, action, enter
from qualiforma.audit.models import AuditEvent
from qualiforma.audit.telling import noted
from qualiforma.audit.trail import AUDIT_TRAIL
from qualiforma.audit.verify_trail import FIRST, BrokenError, Chain

INTACT, BROKEN = "audit.trail.verified", "audit.trail.broken"


@dataclass(frozen=True)
class Progress:
    """How far a check has come. `erased`: see `Chain`; plain values, to be kept between steps."""

    seq: int = 0
    hash: str = FIRST
    erased: list[int] = field(default_factory=list)
    is_done: bool = False


@dataclass(frozen=True)
class Outcome:
    """The last check. `seq` and `hash` are the head that held, or the first bad entry and why."""

    at: datetime
    actor: str
    is_intact: bool
    seq: int
    said: str


def check_on(progress: Progress, *, seconds: float) -> Progress:
    """Check further for as long, from where the last step stopped; the real verification.

    Errors: `BrokenError`. Cost: one statement per batch; memory: one batch.
    """
    checked = Chain(_kept_head())
    checked.seq, checked.hash, checked.erased = progress.seq, progress.hash, set(progress.erased)
    deadline = time.monotonic() + seconds
    for entry in chain.entries(after=progress.seq):
        checked.add(entry)
        if time.monotonic() > deadline:
            return Progress(checked.seq, checked.hash, sorted(checked.erased))
    checked.finish()
    return Progress(checked.seq, checked.hash, is_done=True)


def note_intact(progress: Progress, *, actor: Named) -> None:
    """Enter that the whole held, up to this head."""
    with action(INTACT, actor=actor):
        enter(AUDIT_TRAIL, seq=progress.seq, hash=progress.hash)


def note_broken(error: BrokenError, *, actor: Named) -> None:
    """Enter where it did not hold, and why."""
    with action(BROKEN, actor=actor):
        enter(AUDIT_TRAIL, seq=error.seq, reason=error.reason)


def last_outcome() -> Outcome | None:
    """Return what the last check found, None before the first. Cost: one query."""
    found = AuditEvent.objects.filter(action__in=[INTACT, BROKEN]).order_by("-seq").first()
    if found is None:
        return None
    return Outcome(
        at=found.at,
        actor=noted(found, "actor"),
        is_intact=found.action == INTACT,
        seq=int(_value(found, "seq")),
        said=_value(found, "hash") or _value(found, "reason"),
    )


def _kept_head() -> tuple[int, str] | None:
    """Return the head of the last check that held: a chain rebuilt since would not have it."""
    found = AuditEvent.objects.filter(action=INTACT).order_by("-seq").first()
    return (int(_value(found, "seq")), _value(found, "hash")) if found else None


def _value(event: AuditEvent, name: str) -> str:
    kept = event.clear.get(f"after.{name}")
    return str(json.loads(kept[1])) if kept else ""
