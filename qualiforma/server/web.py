"""The web server: granian, whose reload and stop leave no call without an answer.

A reload starts the new process before it ends the old one. Both listen on one socket, which stays open:
a call that no process has accepted yet is the new one's. The old one accepts none any more, answers what
it has accepted, asks its clients to connect anew, and ends.

Granian's own reload gives a new process a second to start, which Django does not keep, and each process
a socket of its own: what waits in it is reset when it ends, as is who has connected and not yet asked.
"""

import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from granian._granian import ListenerSpec
from granian.cli import entrypoint
from granian.server.mp import MPServer

from qualiforma.server import started

logger = logging.getLogger(__name__)
# For a new process to load the application; one that does not is ended, and the old one stays.
START_SECONDS = 60
POLL_SECONDS = 0.1
# From the application's being loaded to its calls' being accepted.
ACCEPT_SECONDS = 1.0
# Asks a process to accept no call any more.
STOP_ACCEPTING = signal.SIGUSR1
# From then to its end: for clients who have connected to send what they ask for.
REQUEST_SECONDS = 1.0


# Granian has no other place to say how processes listen, and how they are replaced.
server_class: Any = MPServer
_spawn_worker, _stop_workers = server_class._spawn_worker, server_class._stop_workers


def _load(loader: Callable[[], Any], listening: int) -> Any:
    """Load the application in a new process, and have the process know how to stop accepting."""
    application = loader()
    # Nobody connects to it: the kernel gives it a name that nobody knows.
    silent = socket.socket(socket.AF_UNIX)
    silent.bind("")
    silent.listen()
    silent.settimeout(0)

    def stop_accepting(*_signal: Any) -> None:
        application.is_ending = True
        os.dup2(silent.fileno(), listening)

    signal.signal(STOP_ACCEPTING, stop_accepting)
    return application


def _share_socket(server: Any) -> None:
    """Open the socket on which all processes listen, one after another; granian's method.

    Granian does so for a UNIX socket. Here it is one process at a time that accepts: there is no
    other with which it would have to share calls evenly.
    """
    spec = ListenerSpec(server.bind_addr, server.bind_port, server.backlog)
    server._ssp, server._shd = None, spec.build()
    server._sfd = server._shd.get_fd()
    server._sso = socket.socket(fileno=server._sfd)
    server._sso.set_inheritable(True)


def _spawn(server: Any, idx: int, target: Any, callback_loader: Any) -> Any:
    return _spawn_worker(server, idx, target, partial(_load, callback_loader, server._sfd))


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
        time.sleep(ACCEPT_SECONDS)
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


def _stop(server: Any) -> None:
    """End all processes; the port is closed before. Granian's method."""
    _let_answer(server.wrks)
    _stop_workers(server)


def _end(server: Any, workers: Sequence[Any]) -> None:
    """End processes: what they are at is answered first. None of them is started anew."""
    _let_answer(workers)
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join(server.workers_kill_timeout)
        if worker.is_alive():
            worker.kill()
            worker.join()
        if worker.idx in server.interrupt_children:
            server.interrupt_children.remove(worker.idx)


def _let_answer(workers: Iterable[Any]) -> None:
    """Have these processes accept no call any more, and give clients time to ask."""
    if accepting := [one for one in workers if one.is_alive() and _is_ready(one)]:
        for worker in accepting:
            os.kill(worker._id(), STOP_ACCEPTING)
        time.sleep(REQUEST_SECONDS)


def _wait(server: Any, workers: Sequence[Any]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and not server.interrupt_signal:
        if all(_is_ready(one) or not one.is_alive() for one in workers):
            return
        time.sleep(POLL_SECONDS)


def _is_ready(worker: Any) -> bool:
    return started.has_said(worker._id())


if __name__ == "__main__":
    server_class._init_shared_socket = _share_socket
    server_class._spawn_worker = _spawn
    server_class._respawn_workers = _respawn
    server_class._stop_workers = _stop
    entrypoint()
