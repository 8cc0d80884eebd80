"""Servers on this machine that are slow in every way a socket can be."""

import socket
import threading
import time
from contextlib import contextmanager, suppress

# Nobody drips for longer, so that a test of code without limit fails instead of hanging.
LONGEST = 30


class Dripping:
    """Answers what it is told at once, then a byte at a time without end."""

    def __init__(self, *script, greeting=b"", drips=b"x", pause=0.2, tls=None):
        self.script, self.greeting, self.drips, self.pause = script, greeting, drips, pause
        self.tls = tls
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.calls = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                call, _ = self.listener.accept()
            except OSError:
                return
            self.calls += 1
            threading.Thread(target=self._serve, args=[call], daemon=True).start()

    def _serve(self, call):
        until = time.monotonic() + LONGEST
        with suppress(OSError):
            call = self.tls.wrap_socket(call, server_side=True) if self.tls else call
            call.sendall(self.greeting)
            for answer in self.script:
                call.recv(65536)
                call.sendall(answer)
            number = 0
            while self.drips and time.monotonic() < until:
                call.sendall(self.drips[number % len(self.drips)].to_bytes())
                number += 1
                time.sleep(self.pause)
            if not self.drips:  # mute
                time.sleep(LONGEST)
        call.close()

    def close(self):
        self.listener.close()


@contextmanager
def dripping(*script, **how):
    server = Dripping(*script, **how)
    try:
        yield server
    finally:
        server.close()


@contextmanager
def mute():
    """Take connections and say nothing."""
    with dripping(drips=b"") as server:
        yield server


@contextmanager
def full():
    """A port whose queue is full: connections to it are neither taken nor refused."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.settimeout(0)
            with suppress(BlockingIOError):
                one.connect(listener.getsockname())
        try:
            yield listener.getsockname()[1]
        finally:
            for one in waiting:
                one.close()


class Relay:
    """Passes bytes on to another server, until it is told to be mute: then it still takes calls."""

    def __init__(self, host, port, at=0):
        self.target = (host, port)
        self.is_open = threading.Event()
        self.is_open.set()
        self.sockets = []
        self.listener = socket.create_server(("127.0.0.1", at))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def mute(self):
        self.is_open.clear()

    def _accept(self):
        while True:
            try:
                call, _ = self.listener.accept()
                there = socket.create_connection(self.target)
            except OSError:
                return
            self.sockets += [call, there]
            for pair in ((call, there), (there, call)):
                threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    def _pass_on(self, source, target):
        with suppress(OSError):
            while data := source.recv(65536):
                self.is_open.wait()
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def close(self):
        self.is_open.set()
        for one in (self.listener, *self.sockets):
            one.close()


@contextmanager
def relayed(host, port, at=0):
    relay = Relay(host, port, at)
    try:
        yield relay
    finally:
        relay.close()
