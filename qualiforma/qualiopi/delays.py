"""Within how many working days an organisation promises to answer complaints.

Who keeps its profile says how to ask for it; other features read it here.
"""

from collections.abc import Callable

# Until a profile says otherwise.
ANSWER_DAYS = 10
_ask: Callable[[], int] = lambda: ANSWER_DAYS  # noqa: E731 - replaced by `set_source`


def set_source(ask: Callable[[], int]) -> None:
    """Name what returns the present organisation's delay."""
    globals()["_ask"] = ask


def answer_days() -> int:
    """Return the delay that the present organisation announced. Cost: the source's."""
    return _ask()
