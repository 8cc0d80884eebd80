"""GET /healthz and /readyz."""

import json
import os
import shutil
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.config import Config
from django.db import OperationalError

from qualiforma.api import health
from qualiforma.runtime.front import OVERLOADED, REFUSED, Front
from qualiforma.runtime.probe import Probe
from qualiforma.runtime.workers import ThreadWorker
from tests.cast import Client
from tests.live import answers, free_port, start_server, wait_until
from tests.slow_servers import mute, relayed


def test_healthz_makes_no_query(acme, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert Client(None).get("/healthz").json() == {"status": "ok"}


def test_ready(acme):
    answer = Client(None).get("/readyz")
    assert answer.status_code == 200
    assert set(answer.json()["checks"].values()) == {"ok"}


def test_an_unapplied_migration_is_named(acme, monkeypatch):
    monkeypatch.setattr(health, "lacking", lambda schemas: {"public": 1})
    answer = Client(None).get("/readyz")
    assert answer.status_code == 503
    names = ("database", "queue", "storage", "sharedStorage", "tenants", "disk", "auditGuards")
    checks = dict.fromkeys(names, "ok")
    checks |= {"migrations": "failed"}
    assert answer.json()["checks"] == checks


@pytest.mark.parametrize("error", [OSError("disk full"), OperationalError("away")])
def test_what_fails_is_named(acme, monkeypatch, error):
    def fail():
        raise error

    monkeypatch.setattr(health, "_storage", fail)
    answer = Client(None).get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["storage"] == "failed"
    assert b"disk full" not in answer.content


def test_a_bucket_that_does_not_answer_is_named(acme, settings, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    settings.S3_BUCKET = "files"
    options = {
        "bucket_name": "files",
        "endpoint_url": f"http://127.0.0.1:{free_port()}",
        "region_name": "eu-west-3",
        "client_config": Config(retries={"max_attempts": 0}),
    }
    bucket = {"BACKEND": "qualiforma.buckets.BucketStorage", "OPTIONS": options}
    settings.STORAGES = settings.STORAGES | {"default": bucket}
    assert Client(None).get("/readyz").json()["checks"]["storage"] == "failed"


def test_a_disk_that_is_nearly_full_is_a_warning(acme, monkeypatch):
    """Anyone who takes the process out of service for it would only make it worse."""
    usage = namedtuple("usage", "total used free")
    for free, found in ((900 * 2**20, ["disk"]), (1100 * 2**20, [])):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: usage(2**40, 0, free))
        answer = Client(None).get("/readyz")
        assert (answer.status_code, answer.json()["warnings"]) == (200, found)


def test_guards_that_differ_are_a_warning(acme, monkeypatch):
    monkeypatch.setattr(health, "count_broken_guards", lambda: 2)
    answer = Client(None).get("/readyz")
    assert (answer.status_code, answer.json()["warnings"]) == (200, ["auditGuards"])
    assert answer.json()["checks"]["auditGuards"] == "broken"


def test_a_check_that_does_not_end_says_nothing_good(monkeypatch):
    asked, go_on = threading.Event(), threading.Event()

    def mute():
        asked.set()
        go_on.wait(60)
        return "ok"

    monkeypatch.setattr(Probe, "CHECK_SECONDS", 0.1)
    probe = Probe(lambda: [{"good": lambda: "ok"}, {"mute": mute, "behind it": lambda: "ok"}])
    probe.start()
    wait_until(
        lambda: probe.results() == {"good": "ok", "mute": "no answer", "behind it": "pending"}
    )
    go_on.set()
    wait_until(lambda: set(probe.results().values()) == {"ok"})


def test_what_was_found_long_ago_says_nothing(monkeypatch):
    monkeypatch.setattr(Probe, "FRESH_SECONDS", 0.1)
    probe = Probe(lambda: [{"good": lambda: "ok"}])
    probe.start()
    wait_until(lambda: probe.results() == {"good": "stale"})
    assert probe.age() > 0.1


def ready(base, seconds=30):
    """What `/readyz` says, and how long it took."""
    began = time.monotonic()
    try:
        with urllib.request.urlopen(f"{base}/readyz", timeout=seconds) as answer:
            status, body = answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        status, body = error.code, json.load(error)
    return status, body["checks"], time.monotonic() - began


def hold(base, count):
    """Ask for more than the server has threads; nobody reads the answers."""
    request = (
        b"GET /api/v1/improvement-plans HTTP/1.1\r\nHost: localhost\r\nX-Tenant-ID: held\r\n\r\n"
    )
    port = int(base.rpartition(":")[2])
    clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]
    for one in clients:
        one.sendall(request)
    return clients


def test_a_mute_database_and_a_mute_bucket_keep_no_probe_waiting(django_db_setup):
    database = urlsplit(os.environ["DATABASE_URL"])
    with relayed(database.hostname, database.port) as relay, mute() as bucket:
        there = database._replace(
            netloc=database.netloc.rpartition("@")[0] + f"@127.0.0.1:{relay.port}"
        )
        server = start_server(
            WEB_WORKERS="1", DATABASE_URL=there.geturl(), QUALIFORMA_S3_BUCKET="files",
            QUALIFORMA_S3_ENDPOINT=f"http://127.0.0.1:{bucket.port}", AWS_ACCESS_KEY_ID="test",
            QUALIFORMA_S3_REGION="eu-west-3", AWS_SECRET_ACCESS_KEY="test",
        )  # fmt: skip
        try:
            wait_until(lambda: ready(server.base)[1]["storage"] not in {"ok", "pending"})
            wait_until(lambda: ready(server.base)[1]["database"] == "ok")
            relay.mute()
            clients = hold(server.base, 100)
            wait_until(lambda: ready(server.base)[1]["database"] == "no answer")
            assert max(ready(server.base)[2] for _ in range(5)) < 2
            assert answers(f"{server.base}/healthz")
            for one in clients:
                one.close()
        finally:
            os.killpg(server.process.pid, signal.SIGKILL)
            server.process.wait(20)


def test_calls_beyond_capacity_are_refused(monkeypatch):
    """A few of the server's threads are always left."""
    is_held, release = threading.Event(), threading.Event()

    def application(environ, start_response):
        if environ.get(REFUSED) or environ.get("PATH_INFO") == "/aside":
            return [b"at once"]
        is_held.set()
        release.wait(60)
        return [b"in turn"]

    monkeypatch.setattr(Front, "PLACES", 4)
    one = Front(application, max_body_bytes=lambda path: 4, aside={"/aside"})
    one.turns.add(ThreadWorker(application))
    with ThreadPoolExecutor(2) as clients:
        waiting = [clients.submit(one, {}, print) for _ in range(2)]
        is_held.wait(60)
        wait_until(lambda: one({"PATH_INFO": "/aside"}, print) == [b"at once"])
        wait_until(lambda: one._places._left == 2)
        assert one({}, print) == [b"at once"]
        release.set()
        assert [call.result() for call in waiting] == [[b"in turn"]] * 2
    assert one({}, print) == [b"in turn"]


def test_the_refusal_of_a_call_too_many(acme):
    crowded: dict[str, Any] = {REFUSED: OVERLOADED}
    answer = Client("acme").get("/api/v1/improvement-plans", **crowded)
    assert (answer.status_code, answer.json()["code"]) == (503, "OVERLOADED")
    assert answer["Retry-After"] == "1"


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.parametrize("host", ["10.0.0.5:8000", "evil.example", ""])
def test_probes_are_answered_whatever_the_host(db, path, host):
    assert Client(None).get(path, HTTP_HOST=host).status_code == 200
