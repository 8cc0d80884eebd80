"""The web server: granian, whose reload starts all new processes before it ends the old ones.

Each process listens with a socket of its own on the shared port. Granian's own reload gives a new process
a second to start, which Django does not keep: for a while nobody listened, and calls were refused.
"""

import logging
import time
from collections.abc import Sequence
from typing import Any

from granian.cli import entrypoint
from granian.server.mp import MPServer

from qualiforma.server import started

logger = logging.getLogger(__name__)
# For a new process to load the application; one that does not is ended, and the old one stays.
START_SECONDS = 60
POLL_SECONDS = 0.1
# From the application's being loaded to the socket's being listened on.
LISTEN_SECONDS = 1.0


def _is_ready(worker: Any) -> bool:
    return started.has_said(worker._id())


def _respawn(
    server: Any, workers: Sequence[int], target: Any, loader: Any, delay: float = 0
) -> None:
    """Start a process for each of these, then end those that they replace; granian's method."""
    old = {index: server.wrks[index] for index in workers}
    for index in workers:
        server.respawned_wrks[index] = time.monotonic()
        server.wrks[index] = server._spawn_worker(idx=index, target=target, callback_loader=loader)
        server.wrks[index].start()
    if any(worker.is_alive() for worker in old.values()):
        _wait(server, [server.wrks[index] for index in workers])
        time.sleep(LISTEN_SECONDS)
    ending = []
    for index, worker in old.items():
        new = server.wrks[index]
        if worker.is_alive() and not (new.is_alive() and _is_ready(new)):
            logger.error("The new process of worker-%s did not start: the old one stays", index + 1)
            server.wrks[index] = worker
            ending.append(new)
        else:
            ending.append(worker)
    _end(server, ending)
    server._metrics.incr_spawn(len(workers))


def _end(server: Any, workers: Sequence[Any]) -> None:
    """End processes: what they are at is answered first. None of them is started anew."""
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join(server.workers_kill_timeout)
        if worker.is_alive():
            worker.kill()
            worker.join()
        if worker.idx in server.interrupt_children:
            server.interrupt_children.remove(worker.idx)


def _wait(server: Any, workers: Sequence[Any]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and not server.interrupt_signal:
        if all(_is_ready(one) or not one.is_alive() for one in workers):
            return
        time.sleep(POLL_SECONDS)


if __name__ == "__main__":
    server_class: Any = MPServer  # granian has no other place to say how processes are replaced
    server_class._respawn_workers = _respawn
    entrypoint()
