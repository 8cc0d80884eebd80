"""GET /healthz and /readyz."""

import pytest
from botocore.config import Config
from django.db import OperationalError

from qualiforma.api import health
from tests.cast import Client
from tests.live import free_port


def test_healthz_asks_nobody(acme, django_assert_num_queries):
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
    checks = dict.fromkeys(("database", "queue", "storage", "tenants"), "ok")
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
