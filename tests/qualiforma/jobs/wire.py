"""The way from a worker to its database, which tests cut and mend."""

import os
import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit

from tests.live import free_port


class Wire:
    """Passes bytes on to the tests' database; `url` is its address on this side."""

    def __init__(self) -> None:
        self._address = urlsplit(os.environ["DATABASE_URL"])
        self._port = free_port()
        self._ends: list[socket.socket] = []
        self._listener: socket.socket | None = None
        self._changing = threading.Lock()
        self.mend()

    @property
    def url(self) -> str:
        there = self._address
        return there._replace(
            netloc=f"{there.username}:{there.password}@127.0.0.1:{self._port}"
        ).geturl()

    def mend(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self._port))
        threading.Thread(target=self._accept, args=[self._listener], daemon=True).start()

    def cut(self) -> None:
        """Nothing passes, nobody gets in."""
        with self._changing:
            ends = [self._listener, *self._ends] if self._listener else []
            self._listener = None
            self._ends.clear()
        for end in ends:
            with suppress(OSError):  # the other side was faster
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):  # cut
            while True:
                near, _ = listener.accept()
                self._join(listener, near)

    def _join(self, listener: socket.socket, near: socket.socket) -> None:
        far = socket.create_connection((self._address.hostname, self._address.port))
        with self._changing:
            if self._listener is not listener:  # cut while it was being joined
                near.close()
                far.close()
                return
            self._ends += [near, far]
        for source, target in ((near, far), (far, near)):
            threading.Thread(target=pump, args=[source, target], daemon=True).start()


def pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
