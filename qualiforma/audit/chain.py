"""Reading the whole trail of the open schema, in order and in bounded memory."""

from collections.abc import Iterator
from datetime import UTC
from typing import Any

from qualiforma.audit.models import AuditEvent
from qualiforma.audit.verify_trail import COLUMNS, FIRST, Chain

BATCH = 2000

Entry = dict[str, Any]


def entries(*, after: int = 0, until: int | None = None) -> Iterator[Entry]:
    """Yield every entry as the verifier and the export want it.

    Cost: one statement per `BATCH` entries, found by key; memory for one batch.
    """
    names = (*COLUMNS, "hash", "canonical", "clear")
    events = AuditEvent.objects.order_by("seq")
    if until is not None:
        events = events.filter(seq__lte=until)
    while True:
        batch = list(events.filter(seq__gt=after).values_list(*names)[:BATCH])
        for values in batch:
            entry = dict(zip(names, values, strict=True))
            entry["at"] = entry["at"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            yield entry
        if len(batch) < BATCH:
            return
        after = batch[-1][0]


def head() -> tuple[int, str]:
    """Return sequence and hash of the last entry; 0 and zeros for an empty trail."""
    last = AuditEvent.objects.order_by("-seq").values_list("seq", "hash").first()
    return last or (0, FIRST)


def verified(expected: tuple[int, str] | None = None) -> Iterator[Chain]:
    """Check the trail, yielding the chain after each entry. Errors: `BrokenError`."""
    chain = Chain(expected)
    for entry in entries():
        chain.add(entry)
        yield chain
    chain.finish()
    yield chain
