"""A mail server and worker processes that die at steps of their work, for tests of what is done again."""

import os
import signal
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.db import connection

from tests import forks
from tests.live import free_port
from tests.mailbox import Mailbox


class Workers:
    """Workers that die at the steps given, each once, one after the other; the last one lives.

    They wait for `start`: what it takes to read the program runs beside the test's own beginning.
    """

    def __init__(self, folder, port):
        self.kills, self.scratch = folder / "kills", folder / "scratch"
        self.scratch.mkdir()
        self.process = forks.start(
            *("-m", "tests.dying_worker"),
            env=os.environ
            | {
                "KILLS": str(self.kills),
                "QUALIFORMA_SMTP_URL": f"smtp://127.0.0.1:{port}",
                "TMPDIR": str(self.scratch),
            },
            start_new_session=True,
        )

    def start(self, *steps):
        self.kills.write_text(" ".join(steps))

    def left(self):
        assert self.process.poll() is None, "the workers ended"
        return self.kills.read_text().split()

    def end(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(20)


def put_off():
    """How many mails wait for another try."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'"
            " AND task_name = 'mail.deliver' AND scheduled_at IS NOT NULL"
        )
        return cursor.fetchone()[0]


@pytest.fixture
def mailbox() -> Any:
    """A mail server's address; it listens once `start` is called."""
    box: Any = Mailbox()
    box.port = free_port()
    controllers = []

    def start():
        controllers.append(Controller(box, hostname="127.0.0.1", port=box.port))
        controllers[-1].start()

    box.start = start
    yield box
    for one in controllers:
        one.stop()


@pytest.fixture
def workers(tmp_path, mailbox):
    made = Workers(tmp_path, mailbox.port)
    yield made
    made.end()
