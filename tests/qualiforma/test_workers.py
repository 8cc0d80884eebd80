"""Calls go to processes beside the one that talks to clients, and answers come back whole."""

import json
import socket
import struct
import subprocess
import sys

import pytest

from qualiforma.runtime.putoff import PutOff
from qualiforma.runtime.workers import ProcessWorker
from tests.live import ROOT

# Forking is for a process with one thread, which pytest's is not.
APPLICATION = """
import json, os, sys, threading
from io import BytesIO

from qualiforma.runtime.front import REFUSED, Front
from qualiforma.runtime.putoff import PUT_OFF
from qualiforma.runtime.workers import start_processes

MIB = 1024 * 1024


class Pieces:
    streaming = True

    def __init__(self, count):
        self.count = count

    def __iter__(self):
        for number in range(abs(self.count)):
            yield bytes([number % 256]) * MIB
        if self.count < 0:
            raise ValueError

    def close(self):
        os.write(2, b"closed\\n")


def application(environ, start):
    path = environ["PATH_INFO"]
    if REFUSED in environ:
        start("500 Refused", [])
        return [environ[REFUSED].encode()]
    if path == "/fault":
        raise ValueError
    if path == "/end":
        os._exit(3)
    start("200 OK", [("Process", str(os.getpid()))])
    if path == "/pieces":
        return Pieces(int(environ["QUERY_STRING"]))
    if path == "/put-off":
        environ[PUT_OFF].holder += 1
        if environ[PUT_OFF].holder < 3:
            environ[PUT_OFF].ask()
        return [str(environ[PUT_OFF].holder).encode()]
    return [environ["HTTP_NAME"].encode("latin-1"), environ["wsgi.input"].read()]


def call(path, body=None, query="", name="\\xe9"):
    head = {"PATH_INFO": path, "QUERY_STRING": query, "HTTP_NAME": name}
    if body is not None:
        head |= {"CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body)}
    answered = []
    answer = front(head, lambda *given: answered.extend(given))
    return answered[0], dict(answered[1]), answer


front = Front(application, max_body_bytes=lambda _path: 8 * MIB, wait_seconds=5)
start_processes(application, 1, front.turns.add)
"""


def run(script):
    """Run a script after the above; return what it says and what its processes wrote."""
    words = [sys.executable, "-c", APPLICATION + script]
    ended = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    return json.loads(ended.stdout), ended.stderr


def test_heads_and_bodies_arrive_as_they_were_sent():
    found, _ = run(
        """
import os
bodies = [None, b"", b"body", os.urandom(MIB), os.urandom(5 * MIB)]
answers = [call("/", body) for body in bodies]
print(json.dumps([
    [b"".join(answer) == "\\xe9".encode("latin-1") + (body or b"") for body, (_, _, answer) in zip(bodies, answers)],
    len({head["Process"] for _, head, _ in answers}),
    answers[0][1]["Process"] != str(os.getpid()),
]))
"""
    )
    assert found == [[True] * 5, 1, True]


def test_others_are_served_while_an_answer_is_streamed():
    found, written = run(
        """
_, _, answer = call("/pieces", query="20")
pieces = iter(answer)
first = next(pieces)
status = call("/")[0]  # of the one process that there is
rest = list(pieces)
answer.close()
print(json.dumps([status, len(rest), sum(map(len, rest)) // MIB, rest[-1][0]]))
import time; time.sleep(0.2)
"""
    )
    assert found == ["200 OK", 19, 19, 19]
    assert written.count("closed") == 1


@pytest.mark.parametrize("reads", ["list(answer)", "next(iter(answer))"])
def test_a_stream_that_breaks_off_or_is_left_stops_nobody(reads):
    found, written = run(
        f"""
_, _, answer = call("/pieces", query="-2" if "list" in {reads!r} else "20")
try:
    {reads}
    ended = "left"
except EOFError:
    ended = "broken"
answer.close()
import time; time.sleep(0.2)
print(json.dumps([ended, call("/")[0]]))
"""
    )
    assert found == ["broken" if "list" in reads else "left", "200 OK"]
    assert "closed" in written


def test_a_call_is_put_off_and_run_again():
    found, _ = run("""print(json.dumps(b"".join(call("/put-off")[2]).decode()))""")
    assert found == "3"


def test_a_fault_and_the_end_of_a_process_cost_one_call():
    found, written = run(
        """
first = call("/")[1]["Process"]
print(json.dumps([
    call("/fault")[0],
    call("/")[1]["Process"] == first,
    b"".join(call("/end")[2]).decode(),
    call("/")[1]["Process"] == first,
]))
"""
    )
    assert found == ["500 Internal Server Error", True, "INTERNAL_ERROR", False]
    assert "ValueError" in written


def test_a_worker_whose_answer_cannot_be_read_gets_no_other_call():
    """The rest of that answer would be taken for the next one."""
    ours, theirs = socket.socketpair()
    worker = ProcessWorker(ours)
    with theirs:
        theirs.sendall(struct.pack("!IQ", 3, 0) + b"no!")
        with pytest.raises(ValueError, match="Expecting value"):
            worker.run({}, None, PutOff(1.0))
    assert worker.is_gone
