"""Waiting at start for a database that is down, and only for that: what it refuses ends the start."""

import socket
import struct
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from qualiforma import deadlines

ANSWER_SECONDS = 5.0
RETRY_SECONDS, REPEAT_SECONDS = 1.0, 30.0
PROTOCOL = 196608  # 3.0
# The server ends, begins or recovers; it has no room for another connection.
NOT_NOW = frozenset({"57P01", "57P02", "57P03", "53300"})


def wait_for_server(address: Mapping[str, Any]) -> None:
    """Return once a PostgreSQL server takes connections there; until then say so on stderr.

    `address`: as libpq names its parts. Where it names several hosts, or none, nobody waits.
    """
    said = -REPEAT_SECONDS
    while not takes_connections(address):
        if time.monotonic() - said >= REPEAT_SECONDS:
            place = f"{address['host']}:{address.get('port', 5432)}"
            sys.stderr.write(f"qualiforma: Waiting for the database server at {place} ...\n")
            sys.stderr.flush()
            said = time.monotonic()
        time.sleep(RETRY_SECONDS)


def takes_connections(address: Mapping[str, Any]) -> bool:
    """Say whether a server answers there and lets people try; whom it lets in is another question.

    By the first bytes of the protocol: libpq gives a text in the server's language, and no state,
    for a connection that it does not get.
    """
    host, port = str(address.get("host", "")), str(address.get("port", 5432))
    if not host or "," in host or not port.isdigit():
        return True
    try:
        with deadlines.whole_call(ANSWER_SECONDS), _connected(host, int(port)) as server:
            server.settimeout(ANSWER_SECONDS)
            server.sendall(_startup(address))
            answer = server.recv(4096)
    except OSError:
        return False
    if not answer.startswith(b"E"):
        return bool(answer)
    return _state(answer) not in NOT_NOW


def _connected(host: str, port: int) -> socket.socket:
    if not host.startswith("/"):
        return deadlines.connect(host, port)
    server = socket.socket(socket.AF_UNIX)
    server.settimeout(ANSWER_SECONDS)
    try:
        server.connect(f"{host}/.s.PGSQL.{port}")
    except OSError:
        server.close()
        raise
    return server


def _startup(address: Mapping[str, Any]) -> bytes:
    words = ("user", address.get("user", ""), "database", address.get("dbname", ""))
    said = struct.pack("!I", PROTOCOL) + b"".join(str(one).encode() + b"\0" for one in words)
    return struct.pack("!I", len(said) + 5) + said + b"\0"


def _state(answer: bytes) -> str:
    """Return the SQLSTATE of an ErrorResponse: fields of a letter and a text each, ended by zeros."""
    for one in answer[5:].split(b"\0"):
        if one.startswith(b"C"):
            with suppress(UnicodeDecodeError):
                return one[1:].decode("ascii")
    return ""
