"""A database that is down at start is waited for; one that refuses us ends the start."""

import os
import signal
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest

from qualiforma.server.database_wait import takes_connections
from tests import forks
from tests.live import answers, free_port, wait_until
from tests.qualiforma.test_configuration import one_sentence, run
from tests.slow_servers import dripping, mute, relayed

STARTING = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"
COMMANDS = ["serve", "run_worker"]


def address(**parts):
    """The application's address, with these parts of it."""
    there = urlsplit(os.environ["DATABASE_URL"])
    given = {"user": there.username, "password": there.password, "port": there.port}
    given |= {"name": there.path[1:]} | parts
    return "postgresql://{user}:{password}@127.0.0.1:{port}/{name}".format(**given)


@contextmanager
def started(command, tmp_path, **environment):
    """Run a command; yield its process and a way to read what it wrote."""
    path = tmp_path / "output"
    with path.open("wb") as output:
        process = forks.start(
            *("manage.py", command), env=os.environ | environment, stdout=output, stderr=output,
            start_new_session=True,
        )  # fmt: skip
    try:
        yield process, path.read_text
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)


def begin_at(port):
    """The server comes up, at this port."""
    there = urlsplit(os.environ["DATABASE_URL"])
    return relayed(there.hostname, there.port, at=port)


def test_a_server_that_comes_up_later(django_db_setup, tmp_path):
    web, port = free_port(), free_port()
    environment = {"DATABASE_URL": address(port=port), "PORT": str(web)}
    with started("serve", tmp_path, **environment) as (process, said):
        wait_until(lambda: "Waiting for the database server" in said(), process)
        assert f"127.0.0.1:{port}" in said()
        with begin_at(port):
            wait_until(lambda: answers(f"http://127.0.0.1:{web}/readyz"), process)


def workers():
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as database:
        found = database.execute("SELECT count(*) FROM procrastinate_workers").fetchone()
        return found[0] if found else 0


def test_a_worker_too(django_db_setup, tmp_path):
    port, before = free_port(), workers()
    with started("run_worker", tmp_path, DATABASE_URL=address(port=port)) as (process, said):
        wait_until(lambda: "Waiting for the database server" in said(), process)
        with begin_at(port):
            wait_until(lambda: workers() > before, process)
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("wrong", [{"password": "no"}, {"name": "nowhere"}, {"user": "nobody"}])
def test_a_server_that_refuses_us(django_db_setup, command, wrong):
    done = run("manage.py", command, DATABASE_URL=address(**wrong), PORT=str(free_port()))
    one_sentence(done, "DATABASE_URL", "does not let us in", "FATAL")


def parts(port):
    return {"host": "127.0.0.1", "port": port, "user": "a", "dbname": "b"}


def test_what_counts_as_down(django_db_setup, monkeypatch):
    monkeypatch.setattr("qualiforma.server.database_wait.ANSWER_SECONDS", 0.5)
    assert not takes_connections(parts(free_port()))
    starting = b"E" + (len(STARTING) + 4).to_bytes(4) + STARTING
    for server in (dripping(starting, drips=b""), mute()):
        with server as running:
            assert not takes_connections(parts(running.port)), running.script
    assert takes_connections(parts(urlsplit(os.environ["DATABASE_URL"]).port))
    assert takes_connections({"dbname": "by libpq's own means"})
