"""Organisations take turns on the thread of a web process, however many calls one of them makes."""

import threading

import pytest

from qualiforma.runtime.onethread import OneThread
from tests.live import wait_until

TENANT, SESSION, HOST = "HTTP_X_TENANT_ID", "HTTP_SESSIONID", "HTTP_HOST"


class Served:
    """Calls of a process whose thread is held by the first; `order` is that of the answers."""

    def __init__(self):
        self.order, self.threads = [], []
        self.begun, self.free = threading.Event(), threading.Event()
        self.one = OneThread(self.answer, max_body_bytes=lambda _path: 10)

    def answer(self, environ, _start):
        if environ["name"] == "first":
            self.begun.set()
            self.free.wait(30)
        self.order.append(environ["name"])
        if environ["name"] == "fault":
            raise ValueError
        return [b""]

    def run(self, environ):
        try:
            self.one(environ, lambda *_: None)
        except ValueError:
            self.order.append("raised")

    def call(self, name, **environ):
        """Call, and return once the call waits for its turn."""
        environ = {"name": name, "PATH_INFO": "/"} | environ
        ahead = len(self.threads)
        self.threads.append(threading.Thread(target=self.run, args=[environ]))
        self.threads[-1].start()
        self.begun.wait(30)
        wait_until(lambda: sum(map(len, self.one._order._waiting.values())) == ahead)

    def end(self):
        self.free.set()
        for thread in self.threads:
            thread.join(30)
        return self.order


@pytest.fixture
def served():
    one = Served()
    return one.call, one.end


@pytest.mark.parametrize(
    ("many", "few"),
    [
        ({TENANT: "acme"}, {TENANT: "globex"}),
        ({TENANT: "acme"}, {HOST: "globex.example.fr"}),
        ({SESSION: "qfs.tnt_acme.x", HOST: "api"}, {SESSION: "qfs.tnt_globex.y", HOST: "api"}),
    ],
    ids=["api", "pages", "sessions"],
)
def test_one_call_waits_for_no_queue_of_another_organisation(served, many, few):
    call, end = served
    for name in ("first", "second", "third", "fourth"):
        call(name, **many)
    call("other", **few)
    call("other again", **few)
    assert end() == ["first", "second", "other", "third", "other again", "fourth"]


def test_sessions_of_one_organisation_share_its_turns(served):
    call, end = served
    call("first")
    for name in ("one", "two"):
        call(name, HTTP_SESSIONID=f"qfs.tnt_acme.{name}")
    call("other", HTTP_SESSIONID="qfs.tnt_globex.z")
    assert end() == ["first", "one", "other", "two"]


def test_a_fault_passes_the_turn_on(served):
    call, end = served
    call("first")
    call("fault", HTTP_X_TENANT_ID="acme")
    call("next", HTTP_X_TENANT_ID="globex")
    assert sorted(end()) == ["fault", "first", "next", "raised"]
