"""How far a worker is: written beside the work's own transaction, read by pages."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.utils import timezone

from qualiforma.exports.models import Progress
from qualiforma.tenants.context import autonomous_connection

TELL_SECONDS = 0.5
# Of work that nobody has told of for so long, whatever was to end it is gone.
SILENT_FOR = timedelta(minutes=30)
UPDATE = "UPDATE exports_progress SET done = %s, told_at = now() WHERE key = %s"


def begin(key: str, total: int) -> bool:
    """Note that work is asked for; False where it is already, and not forgotten."""
    Progress.objects.filter(key=key, told_at__lt=timezone.now() - SILENT_FOR).delete()
    _row, is_new = Progress.objects.get_or_create(key=key, defaults={"total": total})
    return is_new


def end(key: str) -> None:
    """Note that the work is over."""
    Progress.objects.filter(key=key).delete()


def of(key: str) -> Progress | None:
    """Return how far it is; None when it does not run."""
    return Progress.objects.filter(key=key).first()


@contextmanager
def telling(key: str) -> Iterator[Callable[[int], None]]:
    """Return a callback that publishes progress, twice a second at most.

    Cost: a connection of its own for the block; a statement each time.
    """
    with autonomous_connection() as cursor:
        told = time.monotonic()

        def tell(done: int) -> None:
            nonlocal told
            if time.monotonic() - told >= TELL_SECONDS:
                cursor.execute(UPDATE, [done, key])
                told = time.monotonic()

        yield tell
