"""What the logs say of a request, and what they never say."""

import io
import json
import logging

import pytest
from django.db import IntegrityError
from django.test import Client as Browser

from qualiforma import logs
from qualiforma.accounts.models import User
from qualiforma.errors import ConflictError
from qualiforma.tenants import context
from tests.admin_client import AdminClient
from tests.cast import ALICE, PASSWORD, Client
from tests.improvements.factories import make_complaint, make_plan

PLANS = "/api/v1/improvement-plans"
LOGIN = "/api/v1/auth/login"


class Lines(io.StringIO):
    """What would stand on stderr, by the formatter in use."""

    def all(self):
        return [json.loads(line) for line in self.getvalue().splitlines()]

    def of(self, answer):
        return [line for line in self.all() if line.get("request_id") == answer["X-Request-ID"]]

    def request(self, answer):
        (line,) = [line for line in self.of(answer) if line["event"] == "request"]
        return line


@pytest.fixture
def lines():
    stream = Lines()
    handler = logging.StreamHandler(stream)
    handler.addFilter(logs.NoiseFilter())
    handler.setFormatter(logs.formatter("json", values=False))
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


def test_one_line_per_request(lines, as_alice):
    answer = as_alice.get(f"{PLANS}?status=DRAFT&page=1", HTTP_X_REQUEST_ID="req-1")
    (line,) = lines.of(answer)
    assert line.pop("timestamp").endswith("Z")
    assert line.pop("duration_ms") > 0
    assert line == {
        "event": "request",
        "level": "info",
        "logger": "qualiforma.api.observe",
        "request_id": "req-1",
        "tenant": "acme",
        "user_id": "usr_alice",
        "method": "GET",
        "route": "/api/v1/improvement-plans",
        "status": 200,
    }


def test_the_ids_in_a_path(lines, as_alice):
    make_plan(id="imp_one")
    line = lines.request(as_alice.get(f"{PLANS}/imp_one"))
    assert line["route"].startswith("/api/v1/improvement-plans/<id:")
    assert list(line["ids"].values()) == ["imp_one"]


@pytest.mark.parametrize(
    ("path", "tenant", "status", "code"),
    [
        (PLANS, None, 400, "TENANT_REQUIRED"),
        (PLANS, "nowhere", 404, "TENANT_NOT_FOUND"),
        (PLANS, "acme", 401, "NOT_AUTHENTICATED"),
        ("/somebody@example.fr", None, 404, "NOT_FOUND"),
    ],
)
def test_a_refusal_is_one_line_and_no_warning(lines, acme, path, tenant, status, code):
    (line,) = lines.of(Client(tenant).get(path))
    assert (line["status"], line["code"], line["level"]) == (status, code, "info")
    assert line["route"] == (PLANS if path == PLANS else "unknown")
    assert "somebody" not in lines.getvalue()
    assert "nowhere" not in lines.getvalue()


def test_a_page_that_refuses_names_the_code(lines, admin_client, monkeypatch):
    """Whether it is shown in its form, or with the next page as a message."""
    login = AdminClient().log_in(ALICE, "faux")
    assert lines.request(login)["code"] == "INVALID_CREDENTIALS"

    def refuse(**_):
        raise ConflictError

    monkeypatch.setattr("improvements.services.acknowledge_complaint", refuse)
    url = f"/admin/improvements/complaint/{make_complaint().pk}/acknowledge/"
    assert lines.request(admin_client.send(url))["code"] == "CONFLICT"
    assert "code" not in lines.request(admin_client.get("/admin/"))


def test_what_a_thread_served_before_is_forgotten(lines, as_alice):
    as_alice.get(PLANS)
    line = lines.request(Client(None).get("/healthz"))
    assert not {"tenant", "user_id"} & set(line)


def test_a_service_logs_in_the_same_context(lines, as_alice, monkeypatch):
    def speak(*args, **kwargs):
        logging.getLogger("improvements").warning("here")
        raise ValueError

    monkeypatch.setattr("improvements.api.views.plan_stats", speak)
    said, *_rest = lines.of(as_alice.get(f"{PLANS}/stats"))
    assert (said["event"], said["tenant"], said["user_id"]) == ("here", "acme", "usr_alice")


def test_the_context_of_a_block_ends_with_it(lines, acme, globex):
    with context.tenant_context(globex):
        logging.getLogger("x").warning("in")
    with context.platform_context():
        logging.getLogger("x").warning("platform")
    logging.getLogger("x").warning("out")
    assert [line["tenant"] for line in lines.all()] == ["globex", "platform", "acme"]


def burst(error):
    def run(*args, **kwargs):
        raise error

    return run


SECRETS = (PASSWORD, "wrong-password", ALICE.email, ALICE.name, "Alice", "Durand", "Bearer", "eyJ")


def test_nothing_personal_of_a_login(lines, as_nobody):
    good = as_nobody.post(LOGIN, {"email": ALICE.email, "password": PASSWORD})
    bad = as_nobody.post(LOGIN, {"email": ALICE.email, "password": "wrong-password"})
    unread = as_nobody.post(f"{LOGIN}?email={ALICE.email}", {"email": ALICE.email})
    assert [lines.request(one)["status"] for one in (good, bad, unread)] == [200, 401, 400]
    assert not [secret for secret in SECRETS if secret in lines.getvalue()]


@pytest.mark.parametrize("body", ['{"title": "Alice Durand"', '{"Alice": "alice@acme.fr"}', "[]"])
def test_nothing_of_a_refused_body(lines, as_alice, body):
    answer = as_alice.post(PLANS, body, content_type="application/json")
    assert lines.request(answer)["status"] == 400
    assert not [secret for secret in SECRETS if secret in lines.getvalue()]


def test_a_fault_shows_its_frames_and_no_value(lines, as_alice, monkeypatch):
    error = ValueError(f"{ALICE.email} {ALICE.name} {PASSWORD} {as_alice.token}")
    monkeypatch.setattr("improvements.api.views.plan_stats", burst(error))
    fault, request = lines.of(as_alice.get(f"{PLANS}/stats?from=2026-01-01"))
    assert (fault["event"], fault["level"]) == ("Unhandled fault", "error")
    assert "in run\n    raise error\nbuiltins.ValueError" in fault["exception"]
    assert (request["status"], request["code"]) == (500, "INTERNAL_ERROR")
    assert request["level"] == "error"
    assert not [secret for secret in SECRETS if secret in lines.getvalue()]


@pytest.mark.parametrize(
    ("role", "state", "kind"),
    [("ADMIN", "23505", "UniqueViolation"), ("", "23514", "CheckViolation")],
)
def test_a_database_fault_names_state_and_constraint(
    lines, as_alice, monkeypatch, role, state, kind
):
    """PostgreSQL's own text quotes the whole row."""

    def insert(*args, **kwargs):
        User.objects.create(id="usr_new", email=ALICE.email, name=ALICE.name, role=role)

    monkeypatch.setattr("improvements.api.views.plan_stats", insert)
    fault, _ = lines.of(as_alice.get(f"{PLANS}/stats"))
    assert f"{kind}: SQLSTATE {state} " in fault["exception"]
    assert not [secret for secret in SECRETS if secret in lines.getvalue()]


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (AttributeError("'NoneType' object has no attribute 'name'"), "'NoneType' object"),
        (OSError(28, "No space left on device", "/home/alice"), "No space left on device"),
        (IntegrityError("Key (email)=(alice@acme.fr)"), "(text left out)"),
        (KeyError("alice@acme.fr"), "(text left out)"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_texts_that_quote_no_value_are_kept(lines, error, text):
    logging.getLogger("x").error("failed", exc_info=error)
    (line,) = lines.all()
    assert text in line["exception"]
    assert "alice" not in line["exception"]


def test_a_developer_may_see_every_text():
    record = logging.makeLogRecord(
        {"name": "x", "msg": "failed", "exc_info": (None, KeyError("x"), None)}
    )
    assert "KeyError: 'x'" in logs.formatter("json", values=True).format(record)


def test_a_signed_link_is_no_text_for_logs(lines, acme):
    browser = Browser(enforce_csrf_checks=True, raise_request_exception=False)
    for answer in (browser.get("/links/password/eyJsecret"), browser.post("/links/password/eyJs")):
        assert lines.request(answer)["route"] == "/links/password/<str:token>"
    assert "Refused by Django's security checks" in lines.getvalue()
    assert "eyJ" not in lines.getvalue()


def test_console_is_for_people():
    record = logging.makeLogRecord(
        {"name": "x", "msg": "request", "levelname": "INFO", "status": 200}
    )
    text = logs.formatter("console", values=False).format(record)
    assert "request" in text
    assert "status=200" in text
    assert not text.startswith("{")
