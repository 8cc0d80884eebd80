"""Forks processes for commands that tests start, once the start's usual work is done: `tests.forks`.

`python -m tests.fork_server [set-up]`, with a socket as its standard input: each byte that comes
with four files (a command's standard input, output and errors, and the socket where it is told of)
makes one process. A server that is not `set-up` has loaded the libraries only: the settings are read in
each process. Nothing is connected here and no thread runs, so that a copy shares nothing with others.
"""

import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import tempfile
import time
import types
from contextlib import suppress
from pathlib import Path
from typing import Any

from qualiforma.env import ConfigurationError

# What `django.setup()` and the URLs load of others, as far as it asks for no settings.
LIBRARIES = (
    *("asgiref.sync", "babel.dates", "boto3", "cryptography.x509", "django.contrib.admin.utils"),
    *("django.core.management", "django.db.backends.postgresql.base", "django.test.client", "jwt"),
    *("django.db.migrations.executor", "openpyxl", "procrastinate", "procrastinate.contrib.django"),
    *("rest_framework.serializers", "structlog", "whitenoise.middleware"),
)


def load_libraries() -> None:
    for name in LIBRARIES:
        importlib.import_module(name)
    from django.conf import settings

    assert not settings.configured


def set_up() -> None:
    import django
    from django.conf import settings
    from django.db import connections

    try:
        django.setup()
    except ConfigurationError:  # each command says so itself
        sys.exit(2)
    importlib.import_module(settings.ROOT_URLCONF)
    assert not any(one.connection for one in connections.all(initialized_only=True))


# What a new process has for Ctrl-C: nothing, where the tests run in the background of a shell.
INTERRUPT = signal.getsignal(signal.SIGINT)


def serve(control: socket.socket) -> socket.socket | None:
    """Fork until nobody asks any more; return the socket of a command in the process made for it."""
    running: dict[int, socket.socket] = {}
    woken, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        ready, _, _ = select.select([control.fileno(), woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            tell_of_ended(running)
        if control.fileno() in ready:
            said, files, _, _ = socket.recv_fds(control, 1, 4)
            if not said:
                return None
            channel = socket.socket(fileno=files.pop())
            if not (process := os.fork()):
                signal.set_wakeup_fd(-1)
                for one in (
                    woken,
                    wakes,
                    control.detach(),
                    *(c.detach() for c in running.values()),
                ):
                    os.close(one)
                take(files)
                return channel
            running[process] = channel
            for one in files:
                os.close(one)


def tell_of_ended(running: dict[int, socket.socket]) -> None:
    while running:
        process, status = os.waitpid(-1, os.WNOHANG)
        if not process:
            break
        with running.pop(process) as channel, suppress(OSError):  # nobody waits for it
            channel.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def take(files: list[int]) -> None:
    """Have these as standard input, output and errors; and the signals as a new process has them."""
    for number, one in enumerate(files):
        os.dup2(one, number)
        os.close(one)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, INTERRUPT)


def be(channel: socket.socket, told: dict[str, str]) -> None:
    """Become the command that is asked for; what was loaded has told the environment so much."""
    with channel, channel.makefile("rb") as said:
        asked: dict[str, Any] = json.load(said)
        if asked["session"]:
            os.setsid()
        channel.sendall(b"%d\n" % os.getpid())
    os.environ.clear()
    os.environ.update(asked["environment"] | told)
    time.tzset()
    tempfile.tempdir = None
    run(*asked["words"])


def run(what: str, *words: str) -> None:
    """As `python` does it: `-c`, `-m` or a file."""
    if what == "-m":
        [module, *_] = sys.argv[:] = words
        sys.path[0] = str(Path.cwd())
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    elif what == "-c":
        [code, *sys.argv[1:]] = words
        sys.argv[0] = "-c"
        sys.path[0] = ""
        main = sys.modules["__main__"] = types.ModuleType("__main__")
        exec(compile(code, "<string>", "exec"), main.__dict__)  # noqa: S102 - the test's own words
    else:
        sys.argv[:] = [what, *words]
        sys.path[0] = str(Path(what).resolve().parent)
        runpy.run_path(what, run_name="__main__")


def main() -> None:
    control = socket.socket(fileno=os.dup(0))
    before = dict(os.environ)
    (set_up if sys.argv[1:] == ["set-up"] else load_libraries)()
    threads = Path("/proc/self/task")
    assert not threads.exists() or len(list(threads.iterdir())) == 1
    gc.collect()
    gc.freeze()
    control.sendall(b"r")
    if channel := serve(control):
        be(channel, {name: said for name, said in os.environ.items() if before.get(name) != said})


if __name__ == "__main__":
    main()
