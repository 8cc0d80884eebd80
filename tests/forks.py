"""Commands as processes of their own, without the second of processor time that each start takes.

They are forked from a process that has loaded the libraries; or, from the third command with the same
environment on, from one where Django is set up, too (`tests.fork_server`). Words, environment, folder,
input, output, signals and exit status are a command's own, and so is what it connects to. Not to be had
this way: limits of the kernel set by a shell before it, and switches of the interpreter.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parent.parent
# What no module reads while it is loaded: they differ between commands that share what is set up.
READ_LATER = {"KILLS", "PORT", "PROBE_ORDER", "PYTEST_CURRENT_TEST", "QUALIFORMA_BIND", "TMPDIR"}
# Environments for which Django is kept set up, each of which takes memory; and from which command on.
MOST = 3
WORTH_IT = 3


class Started:
    """A process, with what tests use of `subprocess.Popen`."""

    def __init__(self, pid: int, channel: socket.socket) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._channel = channel

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            if not select.select([self._channel], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            self.returncode = _number(self._channel)
            self._channel.close()
        return self.returncode

    def __del__(self) -> None:
        self._channel.close()

    def poll(self) -> int | None:
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


Process = subprocess.Popen[bytes] | Started


class _Server:
    """One that forks; it ends with this process, or when it is told to."""

    def __init__(self, parent: "_Server | None", environment: Mapping[str, str]) -> None:
        self._control, theirs = socket.socketpair()
        words = ["-m", "tests.fork_server"]
        with theirs, Path(os.devnull).open("r+b") as nothing:
            if parent:
                files = [theirs.fileno(), nothing.fileno(), 2]
                self.process: Process = parent.fork([*words, "set-up"], environment, files)
            else:
                self.process = subprocess.Popen(
                    [sys.executable, *words],
                    cwd=ROOT,
                    env=environment,
                    stdin=theirs.fileno(),
                    stdout=nothing,
                )
        # Not for settings that stop each command.
        self.is_ready = bool(self._control.recv(1))

    def fork(
        self,
        words: list[str],
        environment: Mapping[str, str],
        files: list[int],
        *,
        session: bool = False,
    ) -> Started:
        asked = {"words": words, "environment": dict(environment), "session": session}
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._control, [b"x"], [*files, theirs.fileno()])
        ours.sendall(json.dumps(asked).encode())
        ours.shutdown(socket.SHUT_WR)
        return Started(_number(ours), ours)

    def end(self) -> None:
        self._control.close()
        self.process.wait(60)


class _Servers:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._libraries: _Server | None = None
        self._set_up: dict[frozenset[tuple[str, str]], _Server] = {}
        self._asked: Counter[frozenset[tuple[str, str]]] = Counter()

    def of(self, environment: Mapping[str, str]) -> _Server:
        """Return the server to fork a command with this environment from."""
        key = frozenset(one for one in environment.items() if one[0] not in READ_LATER)
        with self._lock:
            if self._libraries is None:
                # Libraries are to find no settings: each command finds its own.
                names = environment.keys() - {"DJANGO_SETTINGS_MODULE"}
                self._libraries = _Server(None, {name: environment[name] for name in names})
            self._asked[key] += 1
            if self._asked[key] == WORTH_IT and len(self._set_up) < MOST:
                with_settings = {"DJANGO_SETTINGS_MODULE": "qualiforma.settings", **environment}
                made = _Server(self._libraries, with_settings)
                if made.is_ready:
                    self._set_up[key] = made
                else:
                    made.end()
            return self._set_up.get(key, self._libraries)

    def end(self) -> None:
        for one in (*self._set_up.values(), self._libraries):
            if one:
                one.end()


servers = _Servers()


def _number(channel: socket.socket) -> int:
    """Read one line: a process's number, or its status."""
    said = b""
    while not said.endswith(b"\n"):
        piece = channel.recv(1)
        assert piece, "the server of forks ended"
        said += piece
    return int(said)


def start(
    *words: str,
    env: Mapping[str, str] | None = None,
    stdin: IO[bytes] | None = None,
    stdout: IO[bytes] | None = None,
    stderr: IO[bytes] | None = None,
    start_new_session: bool = False,
) -> Process:
    """Start `python` with these words; input, output and errors are files, else the tests' own."""
    environment = os.environ if env is None else env
    if any(
        name.startswith("COV") for name in environment
    ):  # it measures processes that are started
        return subprocess.Popen(
            [sys.executable, *words], cwd=ROOT, env=environment, stdin=stdin, stdout=stdout,
            stderr=stderr, start_new_session=start_new_session,
        )  # fmt: skip
    files = [one.fileno() if one else n for n, one in enumerate((stdin, stdout, stderr))]
    server = servers.of(environment)
    return server.fork(list(words), environment, files, session=start_new_session)


def run(
    *words: str, env: Mapping[str, str] | None = None, given: str = "", seconds: float = 120
) -> "subprocess.CompletedProcess[str]":
    """Run `python` with these words to its end; the shape is that of `subprocess.run`, with text."""
    with (
        tempfile.TemporaryFile() as asked,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):
        asked.write(given.encode())
        asked.seek(0)
        process = start(*words, env=env, stdin=asked, stdout=out, stderr=err)
        try:
            code = process.wait(seconds)
        except BaseException:
            process.kill()
            raise
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(words, code, out.read().decode(), err.read().decode())
