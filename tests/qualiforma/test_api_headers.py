"""Headers of API answers of each kind, compared with those kept in `api_headers.json`.

`QUALIFORMA_KEEP_HEADERS=1` writes that file anew, where a header is to change.
"""

import json
import os
import re
from pathlib import Path

import pytest

from tests.cast import ALICE, CHARLIE, PASSWORD, Client
from tests.improvements.factories import make_plan

KEPT = Path(__file__).with_name("api_headers.json")
PLANS = "/api/v1/improvement-plans"
COMPANY = "/api/v1/company/action-plans"
ORIGIN = "https://app.example.fr"
# What differs from call to call: that it is there is compared, and its shape.
NUMBERS = ("Content-Length", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After")
JSON = "application/json"
COOKIES = f"django_language=en; sessionid=x; csrftoken={'y' * 32}"


@pytest.fixture
def calls(as_alice, as_bob, as_nobody, client_of, settings, monkeypatch):
    """Answers by what was called. Those that change settings or views come last."""
    settings.CORS_ALLOWED_ORIGINS = [ORIGIN]
    make_plan(id="imp_here")
    return {
        **reads(as_alice, as_bob),
        **refusals(as_alice, as_bob, as_nobody, client_of(CHARLIE)),
        **writes(as_alice, as_bob),
        **variants(as_alice),
        **of_browsers(as_alice),
        **of_sessions(as_alice),
        **of_nobody(as_nobody),
        **after_changes(as_alice, settings, monkeypatch),
    }


def reads(alice, bob):
    plan = f"{PLANS}/imp_here"
    return {
        "me": alice.get("/api/v1/auth/me"),
        "list": alice.get(PLANS),
        "list of others": bob.get(PLANS),
        "list in python": alice.get("/api/v1/risks"),
        "detail": alice.get(plan),
        "history": alice.get(f"{plan}/history"),
        "statistics": alice.get(f"{PLANS}/stats"),
        "head": alice.head(PLANS),
        "options": alice.options(PLANS),
        "options of one": alice.options(plan),
        "tenant": alice.get("/api/v1/tenants/current"),
        "bare list": alice.get(COMPANY),
    }


def refusals(alice, bob, nobody, charlie):
    big = b"x" * (5 * 1024 * 1024 + 1)
    return {
        "no tenant": Client(None).get(PLANS),
        "unknown tenant": Client("nowhere").get(PLANS),
        "nul in tenant": Client("a\x00b").get(PLANS),
        "nobody": nobody.get(PLANS),
        "bad token": Client("acme", "nonsense").get(PLANS),
        "other tenant": charlie.in_tenant("acme").get(PLANS),
        "not allowed": bob.get("/api/v1/users"),
        "unknown id": alice.get(f"{PLANS}/imp_none"),
        "no id": alice.get(f"{PLANS}/a b"),
        "unknown filter": alice.get(f"{PLANS}?odd=1"),
        "bad page": alice.get(f"{PLANS}?page=x"),
        "method": alice.put(PLANS, {}),
        "unknown route": alice.get("/api/v1/nope"),
        "slash": alice.get(f"{PLANS}/"),
        "root": alice.get("/api/"),
        "malformed": alice.post(PLANS, b"{", content_type=JSON),
        "media type": alice.post(PLANS, b"a=1", content_type="text/plain"),
        "too large": alice.post(PLANS, big, content_type=JSON),
        "chunked": alice.post(PLANS, {}, HTTP_TRANSFER_ENCODING="chunked"),
        "odd host": alice.get(PLANS, HTTP_HOST="odd.example.com"),
    }


def writes(alice, bob):
    plan = f"{PLANS}/imp_here"
    key = {"HTTP_IDEMPOTENCY_KEY": "headers"}
    body = {"title": "Accueil", "trigger": "AUDIT", "targetDate": "2090-12-31", "owner": ALICE.id}
    return {
        "invalid": alice.post(PLANS, {}),
        "patch": alice.patch(plan, {"title": "Nouveau"}),
        "patch stale": alice.patch(plan, {"title": "Autre"}, HTTP_IF_MATCH='"99"'),
        "patch bad tag": alice.patch(plan, {"title": "Autre"}, HTTP_IF_MATCH="x"),
        "patch refused": bob.patch(plan, {"title": "Autre"}),
        "delete refused": alice.delete(f"{PLANS}/imp_none"),
        "create": alice.post("/api/v1/complaint-themes", {"name": "Accueil"}),
        "create keyed": alice.post("/api/v1/complaint-themes", {"name": "Salles"}, **key),
        "create again": alice.post("/api/v1/complaint-themes", {"name": "Salles"}, **key),
        "create other": alice.post("/api/v1/complaint-themes", {"name": "Lieu"}, **key),
        "create plan": alice.post(PLANS, body),
        "create bare": alice.post(COMPANY, {"title": "Mieux accueillir"}),
    }


def variants(alice):
    plan = f"{PLANS}/imp_here"
    languages = ("en", "de", "en-US,en;q=0.9,fr;q=0.5", "*", "", "x" * 600, "fr-CA, en;q=0")
    return {
        **{f"language {one[:30]}": alice.get(PLANS, HTTP_ACCEPT_LANGUAGE=one) for one in languages},
        "refused in english": alice.get(f"{PLANS}/imp_none", HTTP_ACCEPT_LANGUAGE="en"),
        "https": alice.get(plan, secure=True),
        "https refused": alice.get(f"{PLANS}/imp_none", secure=True),
        "https nothing": Client(None).get(PLANS, secure=True),
        "cookies": alice.get(plan, HTTP_COOKIE=COOKIES),
        "html": alice.get(plan, HTTP_ACCEPT="text/html"),
        "none match": alice.get(plan, HTTP_IF_NONE_MATCH='"1"'),
        "odd id": alice.get(plan, HTTP_X_REQUEST_ID="no good id"),
    }


def of_browsers(alice):
    own, other = {"HTTP_ORIGIN": ORIGIN}, {"HTTP_ORIGIN": "https://evil.example"}
    asked = {"HTTP_ACCESS_CONTROL_REQUEST_METHOD": "PATCH"}
    return {
        "origin": alice.get(PLANS, **own),
        "origin one": alice.get(f"{PLANS}/imp_here", **own),
        "origin refused": alice.get(f"{PLANS}/imp_none", **own),
        "origin nowhere": Client("nowhere").get(PLANS, **own),
        "origin method": alice.put(PLANS, {}, **own),
        "other origin": alice.get(PLANS, **other),
        "odd origin": alice.get(PLANS, HTTP_ORIGIN="https://["),
        "preflight": Client(None).options(PLANS, **own, **asked),
        "preflight of other": Client(None).options(PLANS, **other, **asked),
        "preflight unknown": Client(None).options("/api/v1/nope", **own, **asked),
        "options of origin": alice.options(PLANS, **own),
    }


def of_sessions(alice):
    body = {"email": ALICE.email, "password": PASSWORD}
    opened = Client("acme").post("/api/v1/company/session", body)
    session = {"HTTP_SESSIONID": opened.json()["sessionId"]}
    return {
        "login": Client("acme").post("/api/v1/auth/login", body),
        "login refused": Client("acme").post("/api/v1/auth/login", {**body, "password": "x"}),
        "session": opened,
        "by session": Client(None).get(COMPANY, **session),
        "by session and header": Client("acme").get(COMPANY, **session),
        "session elsewhere": Client("globex").get(COMPANY, **session),
        "no session": Client(None).get(COMPANY),
        "odd session": Client(None).get(COMPANY, HTTP_SESSIONID="x"),
        "closed": Client(None).delete("/api/v1/company/session", **session),
    }


def of_nobody(nobody):
    grids = nobody.get("/api/v1/qualiopi/grids")
    tag = grids.headers.get("ETag", "")
    return {
        "grids": grids,
        "grids kept": nobody.get("/api/v1/qualiopi/grids", HTTP_IF_NONE_MATCH=tag),
        "grid unknown": nobody.get("/api/v1/qualiopi/grids/none"),
        "schema": nobody.get("/api/v1/schema"),
        "docs": nobody.get("/api/v1/docs"),
        "platform": Client(None).get("/platform/v1/auth/me"),
        "health": Client(None).get("/healthz"),
        "nowhere": Client(None).get("/nope"),
    }


def after_changes(alice, settings, monkeypatch):
    def burst(*args, **kwargs):
        raise ValueError

    monkeypatch.setattr("improvements.api.views.plan_stats", burst)
    fault = alice.get(f"{PLANS}/stats", HTTP_ORIGIN=ORIGIN)
    settings.RATE_LIMIT = 1
    return {
        "fault": fault,
        "too many": alice.get(PLANS),
        "too many, unknown": [Client("nowhere").get(PLANS) for _ in range(2)][-1],
    }


def test_headers_are_what_they_were(calls):
    found = {name: told(answer) for name, answer in calls.items()}
    usual = found["list"]
    found = {name: found[name] if name == "list" else beside(found[name], usual) for name in found}
    if os.environ.get("QUALIFORMA_KEEP_HEADERS"):
        KEPT.write_text(json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    assert found == json.loads(KEPT.read_text())


def told(answer):
    headers = {name: shown(name, value) for name, value in answer.headers.items()}
    return {"status": answer.status_code, **headers}


def beside(headers, usual):
    """What differs from the usual headers; None for those that are not there."""
    missing = dict.fromkeys(usual.keys() - headers.keys())
    return missing | {name: value for name, value in headers.items() if usual.get(name) != value}


def shown(name, value):
    if name in NUMBERS and value != "0":
        value = re.sub(r"\d+", "N", value)
    if name == "Content-Security-Policy":  # its directives come in any order
        value = "; ".join(sorted(value.split("; ")))
    if name == "X-Request-ID":
        value = re.sub(r"^req_\w+$", "req_N", value)
    return re.sub(r'^"[0-9a-f]{64}"$', '"digest"', value) if name == "ETag" else value
