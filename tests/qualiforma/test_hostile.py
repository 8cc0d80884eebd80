"""What a hostile or broken client sends; each was found by trying."""

import cProfile
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.test import Client as BrowserClient

from improvements.states import PlanStatus
from qualiforma.accounts.models import User
from tests.cast import ALICE, MONA, Client
from tests.improvements.factories import make_action, make_plan, plan_body

PLANS = "/api/v1/improvement-plans"
LOGIN = "/api/v1/auth/login"
PREFLIGHT: dict[str, Any] = {
    "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "GET",
    "HTTP_ORIGIN": "https://elsewhere.example",
}


@pytest.mark.parametrize("route", [PLANS, LOGIN, "/api/v1/nope"])
def test_a_preflight_needs_no_tenant(acme, route):
    answer = Client(None).generic("OPTIONS", route, **PREFLIGHT)
    assert answer.status_code in {200, 204}
    assert answer.content == b""


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("route", ["/healthz", "/api/v1/nope", "/nope", f"{PLANS}/imp_x/close/"])
def test_no_html_for_a_missing_csrf_token(acme, method, route):
    browser = BrowserClient(enforce_csrf_checks=True)
    answer = getattr(browser, method)(route, headers={"X-Tenant-ID": "acme"})
    assert answer.status_code == (405 if route == "/healthz" else 404)
    assert answer["Content-Type"] == "application/problem+json"


def test_a_form_that_another_site_may_have_sent(acme):
    browser = BrowserClient(enforce_csrf_checks=True)
    answer = browser.post("/links/password/x", {"new_password": "x"})
    assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")


@pytest.mark.parametrize("route", [PLANS, LOGIN, "/api/v1/schema", "/healthz"])
def test_thousands_of_parameters(as_alice, route):
    query = "&".join(f"p{number}=1" for number in range(2000))
    call = as_alice.post if route == LOGIN else as_alice.get
    assert call(f"{route}?{query}").status_code in {200, 400}


@pytest.mark.parametrize("charset", ["zlib", "hex", "rot13", "undefined", "punycode", "x" * 99])
def test_odd_charsets_decide_nothing(demo_server, charset):
    body = json.dumps({"email": "nobody@x.fr", "password": "x"})
    answer = raw(
        demo_server,
        f"POST {LOGIN} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Tenant-ID: qualiforma-demo\r\n"
        f"Content-Type: application/json; charset={charset}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}",
    )
    assert " 401 " in answer.splitlines()[0]
    assert "x-request-id" in answer.lower()


def test_a_body_in_another_charset(as_alice):
    body = json.dumps(plan_body(), ensure_ascii=False).encode("utf-16")
    answer = as_alice.post(PLANS, body, content_type="application/json; charset=utf-16")
    assert (answer.status_code, answer.json()["code"]) == (400, "MALFORMED_REQUEST")


def raw(server, request, *, hang_up=False):
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as link:
        link.sendall(request.encode())
        if hang_up:
            link.shutdown(socket.SHUT_WR)
        answer = b""
        while part := link.recv(65536):
            answer += part
        return answer.decode()


def test_half_a_request_has_no_effect(demo_server, demo_admin):
    before = demo_admin("GET", "improvement-plans")[1]["meta"]["total"]
    body = json.dumps(plan_body(owner="usr_admin01"))
    raw(
        demo_server,
        f"POST {PLANS} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Tenant-ID: qualiforma-demo\r\n"
        f"Authorization: Bearer {demo_admin.token}\r\nContent-Type: application/json\r\n"
        f"Content-Length: 5000\r\nConnection: close\r\n\r\n{body}",
        hang_up=True,
    )
    assert demo_admin("GET", "improvement-plans")[1]["meta"]["total"] == before


def test_bodies_of_a_few_megabytes(as_alice):
    body = plan_body(actions=[{"description": "é" * 2000, "owner": ALICE.id}] * 200)
    assert as_alice.post(PLANS, body).status_code == 201
    text = json.dumps(plan_body(description="x" * 4_900_000))
    assert as_alice.post(PLANS, text, content_type="application/json").status_code == 400


COSTLY = {
    "unknown fields": {f"field{number}": 1 for number in range(100_000)},
    "complaints": plan_body(linkedComplaintIds=[5] * 100_000),
    "indicators": plan_body(indicators=["x"] * 100_000),
    "actions": plan_body(actions=[{}] * 100_000),
}


@pytest.mark.parametrize("body", COSTLY.values(), ids=COSTLY)
def test_many_bad_values_get_a_short_answer(as_alice, body):
    with cProfile.Profile() as profile:
        answer = as_alice.post(PLANS, body)
    assert answer.status_code == 400
    assert len(answer.content) < 50_000
    # Hardly a call for each value; an error of its own, with its text, takes a dozen.
    assert sum(one.callcount for one in profile.getstats()) < 500_000


@pytest.mark.parametrize("door", ["body", "query"])
def test_made_up_names_come_back_printable(as_alice, door):
    name = "\x00\x1b[31m\u0085" + "é" * 5000
    body, query = (plan_body(**{name: 1}), {}) if door == "body" else (None, {name: "1"})
    call = as_alice.post if door == "body" else as_alice.get
    [error] = call(PLANS, body or query).json()["errors"]
    assert error["code"] == "unknown"
    assert error["field"].isprintable()
    assert error["field"].endswith("é")
    assert len(error["field"]) <= 200


def test_a_field_given_twice(as_alice):
    body = '{"title": "Un", "title": "Deux"}'
    [error] = as_alice.post(PLANS, body, content_type="application/json").json()["errors"]
    assert (error["field"], error["code"]) == ("title", "repeated")


@pytest.mark.parametrize(
    "title", ["\u200b", "\ufeff \u2060", "\u3164", "\u2800", "a\u001bb", "\u0085"]
)
def test_unreadable_titles_are_refused(as_alice, title):
    answer = as_alice.post(PLANS, plan_body(title=title))
    assert [error["field"] for error in answer.json()["errors"]] == ["title"]


def test_ids_are_taken_as_they_are(as_alice):
    for odd in ("usr_alice\n", " usr_alice", "usr_alice\u200b"):
        answer = as_alice.post(PLANS, plan_body(owner=odd))
        assert [error["field"] for error in answer.json()["errors"]] == ["owner"]


def test_reading_what_is_being_deleted(demo_admin):
    """Gone between two reads of one call: 404, never a fault."""
    for _ in range(10):
        body = plan_body(owner="usr_admin01")
        path = f"improvement-plans/{demo_admin('POST', 'improvement-plans', body)[1]['data']['id']}"
        with ThreadPoolExecutor(3) as pool:
            read = pool.submit(demo_admin, "GET", path)
            change = pool.submit(demo_admin, "PATCH", path, {"title": "x"})
            gone = pool.submit(demo_admin, "DELETE", path)
            assert gone.result()[0] == 204
            assert read.result()[0] in {200, 404}
            assert change.result()[0] in {200, 404}


def test_what_stands_in_the_path_comes_before_parameters(as_alice):
    assert as_alice.get(f"{PLANS}/imp_none?x=1").status_code == 404
    plan = make_plan()
    assert as_alice.get(f"{PLANS}/{plan.pk}?x=1").status_code == 400
    assert as_alice.post(f"{PLANS}/{plan.pk}/actions?x=1", {"description": "x"}).status_code == 400


def test_forbidden_comes_before_malformed(as_mona):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    action = make_action(plan, owner_id=MONA.id)
    url = f"{PLANS}/{plan.pk}/actions/{action.pk}"
    assert as_mona.patch(url, {"description": 5}).status_code == 403
    assert as_mona.patch(url, {"statut": "DONE"}).status_code == 400


def test_malformed_comes_before_conflict(as_alice):
    plan = make_plan(status=PlanStatus.COMPLETED)
    for body in ({"owner": "usr_none"}, {"linkedComplaintIds": ["cmp_none"]}):
        assert as_alice.patch(f"{PLANS}/{plan.pk}", body).status_code == 400
    body = {"summary": "x", "attachmentS3Key": "nowhere"}
    assert as_alice.post(f"{PLANS}/{plan.pk}/close", body).status_code == 400


def test_an_action_is_not_given_to_somebody_who_left(as_alice):
    plan = make_plan(owner_id=MONA.id)
    User.objects.filter(pk=MONA.id).update(is_active=False)
    answer = as_alice.post(f"{PLANS}/{plan.pk}/actions", {"description": "x"})
    assert [error["field"] for error in answer.json()["errors"]] == ["owner"]


def test_a_reason_given_later_changes_no_record(as_alice):
    plan = make_plan(status=PlanStatus.ARCHIVED, archive_reason="Arrêt")
    url = f"{PLANS}/{plan.pk}"
    assert as_alice.patch(url, {"status": "ARCHIVED"}).status_code == 200
    assert as_alice.patch(url, {"status": "ARCHIVED", "reason": "Arrêt"}).status_code == 200
    answer = as_alice.patch(url, {"status": "ARCHIVED", "reason": "Autre"})
    assert (answer.status_code, answer.json()["code"]) == (409, "PLAN_FROZEN")


def test_an_action_taken_from_its_owner_meanwhile(as_mona, monkeypatch):
    """The policy is asked again once the row is locked."""
    from improvements import services

    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    action = make_action(plan, owner_id=MONA.id)
    make_action(plan, owner_id=MONA.id)
    change = services.change_action

    def taken(*, action, **others):
        type(action).objects.filter(pk=action.pk).update(owner_id=ALICE.id)
        return change(action=action, **others)

    monkeypatch.setattr(services, "change_action", taken)
    answer = as_mona.patch(f"{PLANS}/{plan.pk}/actions/{action.pk}", {"status": "DONE"})
    assert answer.status_code == 403


def test_the_header_alone_decides_the_language(as_alice):
    as_alice.cookies["django_language"] = "en"
    assert as_alice.get(f"{PLANS}/imp_none").json()["title"] == "Introuvable"


@pytest.mark.parametrize("body", [b"null", b"[]", b'"x"'])
@pytest.mark.parametrize(("language", "word"), [("fr", "objet"), ("en", "object")])
def test_a_body_that_is_no_object_says_so_in_each_language(as_alice, body, language, word):
    client = Client("acme", as_alice.token, language=language)
    [error] = client.post(PLANS, body, content_type="application/json").json()["errors"]
    assert error["field"] == "body"
    assert word in error["detail"]
