"""GET /healthz and /readyz."""

import pytest
from django.db import OperationalError

from qualiforma.api import health
from tests.cast import Client


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
