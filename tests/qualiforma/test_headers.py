"""What browsers and caches are told, on every answer, refusals included."""

import pytest

from tests.cast import Client

PLANS = "/api/v1/improvement-plans"
ORIGIN = "https://app.example.fr"
CSS = "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui.css"
EVERYWHERE = [
    PLANS,
    "/api/v1/schema",
    "/api/v1/docs",
    "/healthz",
    "/nope",
    "/links/password/x",
    CSS,
]


def get(path):
    answer = Client(None).get(path)
    answer.close()  # an asset is an open file
    return answer


@pytest.mark.parametrize("path", EVERYWHERE)
def test_every_answer_is_hardened(acme, path):
    answer = get(path)
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "camera=()" in answer["Permissions-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["X-Permitted-Cross-Domain-Policies"] == "none"
    assert answer["X-Request-ID"]
    assert answer["Server"] == ""


@pytest.mark.parametrize("path", EVERYWHERE)
def test_what_may_be_kept(acme, path):
    kept = get(path)["Cache-Control"]
    if path == CSS:
        assert "public" in kept
    elif path in {"/api/v1/schema", "/api/v1/docs"}:
        assert kept == "no-cache"
    else:
        assert "no-store" in kept


def test_personal_answers_and_refusals_are_not_kept(as_alice, as_bob):
    for answer in (
        as_alice.get(PLANS),
        as_bob.get(PLANS),
        as_alice.post(PLANS, {}),
        as_alice.in_tenant("nowhere").get(PLANS),
    ):
        assert answer["Cache-Control"] == "no-store"
        varies = {name.strip().lower() for name in answer["Vary"].split(",")}
        assert varies >= {"accept-language", "origin", "x-tenant-id", "authorization", "sessionid"}


@pytest.fixture
def allowed(settings):
    settings.CORS_ALLOWED_ORIGINS = [ORIGIN]


def preflight(origin, path=PLANS, method="PATCH", headers="authorization,x-tenant-id"):
    return Client(None).options(
        path,
        HTTP_ORIGIN=origin,
        HTTP_ACCESS_CONTROL_REQUEST_METHOD=method,
        HTTP_ACCESS_CONTROL_REQUEST_HEADERS=headers,
    )


def test_preflight_needs_no_tenant(acme, allowed):
    answer = preflight(ORIGIN)
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == ORIGIN
    assert "PATCH" in answer["Access-Control-Allow-Methods"]
    assert set(answer["Access-Control-Allow-Headers"].split(", ")) == {
        *("accept-language", "authorization", "content-type", "idempotency-key", "if-match"),
        *("sessionid", "x-request-id", "x-tenant-id"),
    }
    assert "Access-Control-Allow-Credentials" not in answer


@pytest.mark.parametrize(
    "origin",
    [
        "https://app.example.fr.evil.example",
        "https://evil.example",
        "http://app.example.fr",
        "https://app.example.fr:8443",
        "https://APP.example.fr",
        "null",
        "https://[",
    ],
)
def test_other_origins_are_not_allowed(acme, allowed, origin):
    for answer in (preflight(origin), Client(None).get(PLANS, HTTP_ORIGIN=origin)):
        assert "Access-Control-Allow-Origin" not in answer


def test_cross_origin_calls_are_denied_by_default(acme):
    assert "Access-Control-Allow-Origin" not in preflight(ORIGIN)


def test_refusals_can_be_read_by_the_page(as_alice, allowed, settings):
    calls = {
        400: Client(None).get(PLANS, HTTP_ORIGIN=ORIGIN),
        401: Client("acme").get(PLANS, HTTP_ORIGIN=ORIGIN),
        404: Client("nowhere").get(PLANS, HTTP_ORIGIN=ORIGIN),
        405: as_alice.put(PLANS, {}, HTTP_ORIGIN=ORIGIN),
        411: as_alice.post(PLANS, {}, HTTP_ORIGIN=ORIGIN, HTTP_TRANSFER_ENCODING="chunked"),
        413: as_alice.post(
            PLANS,
            b"x" * (settings.API_BODY_MAX_BYTES + 1),
            content_type="application/json",
            HTTP_ORIGIN=ORIGIN,
        ),
    }
    for status, answer in calls.items():
        assert answer.status_code == status
        assert answer["Content-Type"] == "application/problem+json"
        assert answer["Access-Control-Allow-Origin"] == ORIGIN
        exposed = answer["Access-Control-Expose-Headers"]
        assert exposed.startswith("ETag, X-Request-ID, Retry-After, RateLimit-Limit")


def test_a_fault_can_be_read_by_the_page(as_alice, allowed, monkeypatch):
    def burst(*args, **kwargs):
        raise ValueError

    monkeypatch.setattr("improvements.api.views.plan_stats", burst)
    answer = as_alice.get(f"{PLANS}/stats", HTTP_ORIGIN=ORIGIN)
    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (500, ORIGIN)


@pytest.mark.parametrize(
    "path", ["/healthz", "/readyz", "/links/password/x", "/platform/v1/auth/me"]
)
def test_only_the_api_is_for_other_origins(acme, allowed, path):
    assert "Access-Control-Allow-Origin" not in Client(None).get(path, HTTP_ORIGIN=ORIGIN)
    assert "Access-Control-Allow-Origin" not in preflight(ORIGIN, path)


def test_the_docs_page_has_nothing_inline(acme):
    page = Client(None).get("/api/v1/docs").content.decode()
    assert "<style" not in page
    assert page.count("<script") == page.count("<script src=") == 3
    assert "/static/server/docs.css" in page
