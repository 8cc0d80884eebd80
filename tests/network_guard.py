"""Fail a test that talks to the network while its transaction holds the lock of the audit trail.

Anyone who waits for a mail server, a bucket or a recommender with that lock stops every writer of the
organisation. PostgreSQL's own connection is libpq's, not Python's, and passes.
"""

import socket
import threading

import pytest
from django.core.mail import EmailMessage
from django.db import connection
from django.db.transaction import Atomic

from qualiforma.audit import context

CALLS = (
    (socket.socket, "connect"),
    (socket.socket, "send"),
    (socket.socket, "sendall"),
    (EmailMessage, "send"),
)


class TrailLock:
    """The outermost block of the transaction that locked the trail, the test's own block aside.

    A block that is rolled back gives the lock back.
    """

    def __init__(self):
        self.thread = threading.get_ident()
        self.holder, self.blocks = None, []
        self.violations = []

    def taken(self):
        self.blocks = blocks = [
            one for one in connection.atomic_blocks if not vars(one).get("_from_testcase")
        ]
        self.holder = blocks[0] if blocks else None

    def rolled_back(self, block):
        if any(one is block for one in self.blocks):
            self.holder = None

    def is_held(self):
        return (
            threading.get_ident() == self.thread
            and self.holder is not None
            and any(one is self.holder for one in connection.atomic_blocks)
        )

    def check(self, call):
        if self.is_held():
            self.violations.append(call)
            raise AssertionError(f"{call} while the audit trail is locked")


@pytest.fixture(autouse=True)
def no_network_while_trail_is_locked(monkeypatch):
    """Watch the sockets of the test's own thread, whatever a test does with the failure."""
    trail, lock = TrailLock(), context.Beginning.run

    def locking(beginning):
        ends = lock(beginning)
        trail.taken()
        return ends

    leave = Atomic.__exit__

    def leaving(block, kind, *rest):
        if kind is not None:
            trail.rolled_back(block)
        return leave(block, kind, *rest)

    monkeypatch.setattr(context.Beginning, "run", locking)
    monkeypatch.setattr(Atomic, "__exit__", leaving)
    for owner, name in CALLS:
        monkeypatch.setattr(owner, name, checked(trail, owner, name))
    yield trail
    assert not trail.violations


def checked(trail, owner, name):
    call = getattr(owner, name)

    def run(self, *args, **kwargs):
        trail.check(f"{owner.__name__}.{name}")
        return call(self, *args, **kwargs)

    return run
