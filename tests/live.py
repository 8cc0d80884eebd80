"""A real server process on the test database, for what only real connections can show."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, ClassVar

from tests import forks
from tests.forks import Process

BUSY = 503
ROOT = Path(__file__).parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Server:
    """The web server, as `manage.py serve` runs it."""

    port: int
    process: Process

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def front(self) -> str:
        """The process that talks to clients."""
        return children({str(self.process.pid)}).pop()

    @property
    def workers(self) -> set[str]:
        """The processes that run calls, which another one keeps."""
        return children(children(children({str(self.process.pid)})))

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def start_server(*, output: IO[bytes] | None = None, **environment: str) -> Server:
    """Start one and wait for it; `output` is where its log goes, else the tests' own."""
    port = int(environment.get("PORT") or free_port())
    process = forks.start(
        *("manage.py", "serve"),
        env=os.environ | {"PORT": str(port)} | environment,
        stdout=output,
        stderr=output,
        start_new_session=True,
    )
    server = Server(port, process)
    try:
        # Ends with the process; how long a busy machine takes is no matter of a test.
        wait_until(lambda: answers(f"{server.base}/healthz"), process, seconds=600)
    except BaseException:
        server.stop()
        raise
    return server


def children(parents: set[str]) -> set[str]:
    """Return the child processes of these."""
    words = ["pgrep", "-P", ",".join(parents) or "0"]
    return set(subprocess.run(words, capture_output=True, text=True, check=False).stdout.split())


def wait_until(condition, process: Process | None = None, seconds=120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert process is None or process.poll() is None, "the process ended"
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.05)


def answers(url: str, seconds: float = 2) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=seconds):
            return True
    except (urllib.error.URLError, OSError):
        return False


@dataclass
class Caller:
    """A client of the live server; one connection per call, so that calls can race."""

    base: str
    tenant: str
    token: str = ""
    # How often a 503 that says `Retry-After` is tried again, as a client does that is sent away.
    patience: int = 0
    headers: ClassVar[dict[str, str]] = {}
    answered: Any = None  # the headers of the last answer

    def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        for left in range(self.patience, -1, -1):
            status, answer, retry_after = self._call(method, path, body)
            if status != BUSY or retry_after is None or not left:
                break
            time.sleep(int(retry_after))
        return status, answer

    def _call(self, method: str, path: str, body: Any) -> tuple[int, Any, str | None]:
        request = urllib.request.Request(
            f"{self.base}/api/v1/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "X-Tenant-ID": self.tenant,
                "Content-Type": "application/json",
                **self.headers,
                **({"Authorization": f"Bearer {self.token}"} if self.token else {}),
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                self.answered, text = answer.headers, answer.read()
                return answer.status, json.loads(text) if text else None, None
        except urllib.error.HTTPError as error:
            self.answered = error.headers
            return error.code, json.loads(error.read()), error.headers["Retry-After"]


def log_in(base: str, tenant: str, email: str, password: str) -> Caller:
    status, body = Caller(base, tenant)(
        "POST", "auth/login", {"email": email, "password": password}
    )
    assert status == 200, body
    return Caller(base, tenant, body["data"]["accessToken"])
