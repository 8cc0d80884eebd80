"""A command that is forked does what one does that is started: words, input, output, signals, status."""

import os
import signal
import subprocess
import sys

import pytest

from tests import forks

SETTINGS = os.environ | {"DJANGO_SETTINGS_MODULE": "qualiforma.settings"}
# More than it takes until Django is kept set up.
TIMES = forks.WORTH_IT + 1
TELLS = """
import json, os, signal, sys, threading
import django; django.setup()
import qualiforma.urls
from django.conf import settings
from django.db import connection
print(json.dumps({
    "words": sys.argv, "name": __name__, "path": sys.path[0], "folder": os.getcwd(), "said": sys.stdin.read(),
    "session": os.getsid(0) == os.getpid(), "threads": threading.active_count(),
    "encodings": [sys.stdin.encoding, sys.stdout.encoding], "buffered": not sys.stdout.line_buffering,
    "signals": [str(signal.getsignal(one)) for one in (signal.SIGINT, signal.SIGCHLD, signal.SIGTERM, signal.SIGPIPE)],
    "environment": dict(sorted(os.environ.items())), "zone": settings.TIME_ZONE, "level": settings.LOG_LEVEL,
    "connected": connection.connection is not None,
}))
print("é", file=sys.stderr)
sys.exit(7)
"""


def really(*words, given="", **environment):
    return subprocess.run(
        [sys.executable, *words],
        cwd=forks.ROOT, env=SETTINGS | environment, input=given, capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip


def shape(done):
    return done.returncode, done.stdout, done.stderr


def test_what_a_process_finds(django_db_setup):
    words, more = ("-c", TELLS, "--a", "b c"), {"PORT": "1"}
    found = shape(really(*words, given="hé\n", **more))
    assert '"level": "INFO"' in found[1], found
    for _ in range(TIMES):
        assert shape(forks.run(*words, given="hé\n", env=SETTINGS | more)) == found


def test_settings_are_those_of_the_environment(django_db_setup):
    for level in ("ERROR", "DEBUG"):
        env = SETTINGS | {"QUALIFORMA_LOG_LEVEL": level}
        assert f'"level": "{level}"' in forks.run("-c", TELLS, env=env).stdout


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("manage.py", "list_tenants", "--json"), 0),
        (("manage.py", "suspend_tenant", "nowhere"), 1),
        (("-m", "tests.qualiforma.backups.answers"), 1),
    ],
    ids=str,
)
def test_commands(django_db_setup, words, status):
    done = really(*words)
    assert done.returncode == status
    for _ in range(TIMES):
        forked = forks.run(*words, env=SETTINGS)
        assert (forked.returncode, forked.stdout) == (status, done.stdout)
        assert forked.stderr.splitlines()[-1:] == done.stderr.splitlines()[-1:]


def test_a_wrong_setting_is_told_as_often_as_it_is_asked_for(django_db_setup):
    wrong = {"DATABASE_URL": "mysql://x"}
    done = really("manage.py", "list_tenants", **wrong)
    assert done.returncode == 2
    for _ in range(TIMES):
        forked = forks.run("manage.py", "list_tenants", env=SETTINGS | wrong)
        assert shape(forked) == shape(done)


def test_signals():
    sleeping = ("-c", "import time; print('here', flush=True); time.sleep(60)")
    numbers = [signal.SIGTERM, signal.SIGKILL, signal.SIGINT]
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # in the background of a shell
        numbers.remove(signal.SIGINT)
    for number in numbers:
        process = forks.start(*sleeping, start_new_session=True)
        assert os.getsid(process.pid) == process.pid
        assert process.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.1)
        process.send_signal(number)
        assert process.wait(60) == process.poll() == -number
        process.kill()  # to one that is gone


def test_two_share_nothing_that_is_drawn(django_db_setup):
    draw = "import random, secrets, uuid; print(random.random(), secrets.token_hex(), uuid.uuid4())"
    drawn = [forks.run("-c", draw).stdout.split() for _ in range(TIMES)]
    assert all(len(set(column)) == TIMES for column in zip(*drawn, strict=True))
