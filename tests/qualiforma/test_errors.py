"""Every failure is a problem body, whatever fails and wherever."""

import pytest
from django.db import OperationalError
from django.urls import path

from qualiforma import urls
from tests.cast import Client

PLANS = "/api/v1/improvement-plans"
MEMBERS = ["type", "title", "status", "code", "detail", "instance", "requestId"]


def assert_problem(answer, status, code):
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert list(body)[:7] == MEMBERS
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"] == f"https://qualiforma.example/problems/{code.lower().replace('_', '-')}"
    assert body["requestId"] == answer["X-Request-ID"]
    return body


def test_members_of_a_problem(as_alice):
    body = assert_problem(as_alice.get(f"{PLANS}/imp_none"), 404, "NOT_FOUND")
    assert body["instance"] == f"{PLANS}/imp_none"


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("route", ["/", "/api", "/api/v1/nope", f"{PLANS}/", "/desk/", "/nope"])
def test_unknown_routes(as_alice, settings, debug, route):
    settings.DEBUG = debug
    assert_problem(as_alice.get(route), 404, "NOT_FOUND")


@pytest.mark.parametrize("method", ["put", "delete", "options", "trace"])
def test_methods_a_route_does_not_have(as_alice, method):
    answer = getattr(as_alice, method)(PLANS)
    assert_problem(answer, 405, "METHOD_NOT_ALLOWED")
    assert "GET" in answer["Allow"]


BODIES = {
    "nothing": b"",
    "text": b"hello",
    "cut off": b'{"title": "a',
    "latin-1": '{"title": "é"}'.encode("latin-1"),
    "not a number": b'{"title": NaN}',
    "too deep": b"[" * 200_000,
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_bodies_that_are_no_json(as_alice, body):
    answer = as_alice.post(PLANS, body, content_type="application/json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"5", b"null", b"true"])
def test_bodies_that_are_no_object(as_alice, body):
    answer = as_alice.post(PLANS, body, content_type="application/json")
    assert_problem(answer, 400, "VALIDATION_FAILED")


@pytest.mark.parametrize("text", [r"a\ud800b", r"\udfff", r"a\u0000b"])
def test_characters_that_are_no_text(as_alice, text):
    body = f'{{"title": "{text}", "trigger": "AUDIT", "targetDate": "2026-01-01", '
    body += '"owner": "usr_alice"}'
    answer = as_alice.post(PLANS, body, content_type="application/json")
    problem = assert_problem(answer, 400, "VALIDATION_FAILED")
    assert [error["field"] for error in problem["errors"]] == ["title"]


def test_a_surrogate_as_field_name(as_alice):
    answer = as_alice.post(PLANS, r'{"\ud800": 1}', content_type="application/json")
    assert_problem(answer, 400, "VALIDATION_FAILED")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "x"])
def test_other_media_types(as_alice, kind):
    answer = as_alice.post(PLANS, b"title=x", content_type=kind)
    assert_problem(answer, 415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_body_over_the_limit_is_refused_before_parsing(as_alice):
    answer = as_alice.post(PLANS, b"x" * 10_000_000, content_type="application/json")
    assert_problem(answer, 413, "BODY_TOO_LARGE")


def test_a_body_of_unknown_length(as_alice):
    answer = as_alice.post(PLANS, {}, HTTP_TRANSFER_ENCODING="chunked")
    assert_problem(answer, 411, "LENGTH_REQUIRED")


def test_an_unknown_host(as_alice):
    assert_problem(as_alice.get(PLANS, HTTP_HOST="evil.example"), 400, "MALFORMED_REQUEST")


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "*/*", "nonsense"])
def test_accept_changes_nothing(as_alice, accept):
    assert as_alice.get(PLANS, HTTP_ACCEPT=accept)["Content-Type"] == "application/json"


@pytest.mark.parametrize("debug", [False, True])
def test_a_fault_says_nothing_of_the_inside(as_alice, settings, monkeypatch, caplog, debug):
    def burst(*args, **kwargs):
        raise ValueError("secret inside")

    settings.DEBUG = debug
    monkeypatch.setattr("improvements.api.views.plan_stats", burst)
    answer = as_alice.get(f"{PLANS}/stats")
    assert_problem(answer, 500, "INTERNAL_ERROR")
    assert b"secret" not in answer.content
    assert "secret inside" in caplog.text


def test_a_fault_outside_of_drf(acme, monkeypatch, settings):
    def burst(request):
        raise ValueError("secret inside")

    settings.DEBUG = True
    monkeypatch.setattr(urls, "urlpatterns", [path("burst", burst), *urls.urlpatterns])
    clear_routes()
    answer = Client(None).get("/burst")
    assert_problem(answer, 500, "INTERNAL_ERROR")
    clear_routes()


def clear_routes():
    from django.urls import clear_url_caches

    clear_url_caches()


def test_the_database_away(as_alice, monkeypatch):
    def away(*args, **kwargs):
        raise OperationalError("server closed the connection")

    monkeypatch.setattr("improvements.api.views.plan_stats", away)
    answer = as_alice.get(f"{PLANS}/stats")
    assert_problem(answer, 503, "DATABASE_UNAVAILABLE")
    assert answer["Retry-After"]


def test_english_on_request(as_alice):
    french = as_alice.get(f"{PLANS}/imp_none").json()
    english = Client("acme", as_alice.token, language="en").get(f"{PLANS}/imp_none").json()
    assert french["title"] == "Introuvable"
    assert english["title"] == "Not found"
    assert french["code"] == english["code"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [("abc-1.2_3", True), ("x" * 64, True), ("x" * 65, False), ("a b", False), ("é", False)],
)
def test_request_ids(as_alice, given, kept):
    answer = as_alice.get(PLANS, HTTP_X_REQUEST_ID=given)
    assert (answer["X-Request-ID"] == given) == kept
    assert answer["X-Request-ID"]
