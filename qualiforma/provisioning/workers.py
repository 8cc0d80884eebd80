"""What a new process needs before it may load models: hence nothing of Django loaded here."""

import os
import signal
from contextlib import ExitStack
from multiprocessing.util import Finalize

from qualiforma.runtime.children import die_with_parent

_for_life = ExitStack()


def begin() -> None:
    """Make a new process ready, with the owner's connection for as long as it lives."""
    die_with_parent(signal.SIGTERM, os.getppid())()  # else it would wait for work for ever
    import django

    django.setup(set_prefix=False)
    from qualiforma.tenants.owner import as_owner

    _for_life.enter_context(as_owner())
    Finalize(None, _for_life.close, exitpriority=0)  # `atexit` is not called in such a process
