"""A bucket that is away, mute, slow or refuses answers 503 within its time, and nothing is half done."""

import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, cast

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from compliance.models import Evidence
from improvements.models import PlanAttachment
from improvements.states import PlanStatus
from qualiforma import buckets
from qualiforma.filelinks import file_link
from qualiforma.outages import StorageAwayError
from tests.admin_client import text_of
from tests.cast import Client
from tests.files import PDF
from tests.improvements.factories import make_attachment, make_plan
from tests.live import free_port
from tests.slow_servers import LONGEST, dripping, full, mute

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n"


@contextmanager
def refusing(status):
    """Answer everything with this status, as S3 does it."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_HEAD = do_GET = do_PUT = do_POST = do_DELETE = answer

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@contextmanager
def nobody():
    yield free_port()


@contextmanager
def port_of(server):
    with server as running:
        yield running.port


BUCKETS = {
    "nobody listens": nobody,
    "wrong credentials": lambda: refusing(403),
    "a fault": lambda: refusing(500),
    "too busy": lambda: refusing(503),
    "connections that nobody takes": full,
    "mute": lambda: port_of(mute()),
    "slow head": lambda: port_of(dripping(drips=b"HTTP/1.1 200 O" + b"x" * 500)),
    "slow headers": lambda: port_of(dripping(HEAD)),
}


@pytest.fixture(params=list(BUCKETS.values()), ids=list(BUCKETS))
def dead_bucket(request, settings, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setattr(buckets, "QUESTION_SECONDS", 1.0)
    monkeypatch.setattr(buckets, "CONTENT_SECONDS", 1.5)
    monkeypatch.setattr(buckets, "LIST_SECONDS", 1.0)
    with request.param() as port:
        options: dict[str, Any] = {"endpoint_url": f"http://127.0.0.1:{port}"}
        kind = {"BACKEND": "qualiforma.buckets.BucketStorage"}
        options |= {"region_name": "eu-west-3", "bucket_name": "files", "file_overwrite": False}
        settings.STORAGES = settings.STORAGES | {"default": kind | {"OPTIONS": options}}
        yield


@pytest.fixture
def plan(acme):
    return make_plan(status=PlanStatus.IN_PROGRESS)


def a_file():
    return SimpleUploadedFile("bilan.pdf", PDF)


@contextmanager
def in_time():
    cast("Any", default_storage)._paused_until = 0
    began = time.monotonic()
    yield
    assert time.monotonic() - began < LONGEST / 2


def assert_away(answer):
    assert answer.status_code == 503, answer.content
    assert answer["Retry-After"] == "5"


def test_files_of_a_plan(as_alice, plan, dead_bucket):
    path = f"/api/v1/improvement-plans/{plan.pk}/attachments"
    with in_time():
        answer = as_alice.post(path, {"file": a_file()}, format="multipart")
    assert_away(answer)
    assert answer.json()["code"] == "STORAGE_UNAVAILABLE"
    assert not PlanAttachment.objects.exists()
    kept = make_attachment(plan)
    with in_time():
        assert_away(Client(None).get(file_link(kept.key, kept.name).partition("8000")[2]))
    with in_time():
        assert as_alice.delete(f"{path}/{kept.pk}").status_code == 204


def test_pages(admin_client, plan, dead_bucket):
    page = f"/admin/improvements/improvementplan/{plan.pk}/attachments/"
    with in_time():
        answer = admin_client.send(page, {"file": a_file()})
    assert_away(answer)
    assert "Stockage des fichiers momentanément indisponible" in text_of(answer)
    assert not PlanAttachment.objects.exists()
    kept = make_attachment(plan)
    with in_time():
        assert_away(admin_client.get(f"{page}{kept.pk}/", follow=True))
    body = {"document_date": "2026-03-02", "title": "Convocation", "author": "Claire Martin"}
    body |= {"indicators": "9", "kind": "FILE", "record_type": "", "record_id": ""}
    with in_time():
        assert_away(admin_client.send("/admin/compliance/evidence/add/", body | {"file": a_file()}))
    assert not Evidence.objects.exists()


def test_every_question(dead_bucket):
    storage = default_storage
    questions = [
        lambda: storage.exists("a"), lambda: storage.open("a"), lambda: storage.size("a"),
        lambda: storage.delete("a"), lambda: storage.listdir("a"),
        lambda: storage.get_modified_time("a"), lambda: storage.save("a", ContentFile(b"x")),
    ]  # fmt: skip
    for ask in questions:
        with in_time(), pytest.raises(StorageAwayError):
            ask()


@pytest.mark.parametrize("dead_bucket", [nobody], indirect=True)
def test_a_content_that_drips(settings, dead_bucket, monkeypatch):
    """The file is there; its content ends neither at once nor in time."""
    monkeypatch.setattr(buckets, "QUESTION_SECONDS", 10.0)  # the first client takes long to make
    head = HEAD + b'Last-Modified: Sun, 01 Mar 2026 10:00:00 GMT\r\nETag: "a"\r\n\r\n'
    with dripping(head, head) as server:
        bucket = settings.STORAGES["default"]
        options = bucket["OPTIONS"] | {"endpoint_url": f"http://127.0.0.1:{server.port}"}
        settings.STORAGES = settings.STORAGES | {"default": bucket | {"OPTIONS": options}}
        with in_time(), default_storage.open("a") as file, pytest.raises(StorageAwayError):
            file.read()


@pytest.mark.parametrize("dead_bucket", [nobody], indirect=True)
def test_a_bucket_without_an_answer_is_left_alone_for_a_moment(dead_bucket, monkeypatch):
    monkeypatch.setattr(buckets, "PAUSE_SECONDS", LONGEST)
    for _ in range(2):
        with pytest.raises(StorageAwayError) as raised:
            default_storage.exists("a")
    assert raised.value.__cause__ is None  # nobody was asked


def test_a_bucket_that_answers(bucket, settings):
    kind = {"BACKEND": "qualiforma.buckets.BucketStorage", "OPTIONS": bucket}
    settings.STORAGES = settings.STORAGES | {"default": kind}
    assert not default_storage.exists("a")
    with pytest.raises(FileNotFoundError):
        default_storage.open("a")
