"""Child processes that end with us, whatever ends us."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def die_with_parent(how: signal.Signals, parent: int | None = None) -> Callable[[], None]:
    """Return a `preexec_fn`: the child gets the signal `how` when the thread that made it ends.

    A child that runs already calls it with its parent's number. Linux only; elsewhere a killed parent leaves the child to its own shutdown.
    """
    parent = parent or os.getpid()
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def in_the_child() -> None:
        if prctl is not None:
            prctl(PR_SET_PDEATHSIG, how)
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)

    return in_the_child
