"""Calls per minute: told on every answer, refused beyond."""

from typing import Any

import time_machine

from tests.cast import Client

PLANS = "/api/v1/improvement-plans"


def test_each_answer_tells_what_is_left(as_alice, settings):
    settings.RATE_LIMIT = 600
    with time_machine.travel("2026-11-21T10:00:15Z", tick=False):
        client = log_in_now()
        first, second = client.get(PLANS), client.get(f"{PLANS}/imp_none")
    assert first["RateLimit-Limit"] == second["RateLimit-Limit"] == "600"
    assert int(first["RateLimit-Remaining"]) - int(second["RateLimit-Remaining"]) == 1
    assert first["RateLimit-Reset"] == "46"


def log_in_now():
    from tests.cast import ALICE, PASSWORD

    body = {"email": ALICE.email, "password": PASSWORD}
    answer = Client("acme").post("/api/v1/auth/login", body)
    return Client("acme", answer.json()["data"]["accessToken"])


def test_over_the_limit_until_the_minute_ends(as_alice, as_bob, settings):
    settings.RATE_LIMIT = 3
    with time_machine.travel("2026-11-21T10:00:15Z", tick=False):
        client = log_in_now()
        for _ in range(3):
            assert client.get(PLANS).status_code == 200
        answer = client.get(PLANS)
        assert (answer.status_code, answer.json()["code"]) == (429, "TOO_MANY_REQUESTS")
        assert answer["Retry-After"] == answer["RateLimit-Reset"] == "46"
        assert answer["RateLimit-Remaining"] == "0"
    with time_machine.travel("2026-11-21T10:01:00Z", tick=False):
        assert client.get(PLANS).status_code == 200


def test_callers_do_not_share_an_allowance(as_alice, as_bob, as_nobody, settings):
    settings.RATE_LIMIT = 1
    assert as_alice.get("/api/v1/auth/me").status_code == 200
    assert as_bob.get("/api/v1/auth/me").status_code == 200
    assert as_nobody.get("/api/v1/auth/me").status_code == 401
    assert as_alice.get("/api/v1/auth/me").status_code == 429


def test_unknown_organisations_count_to_the_address(as_nobody, settings):
    settings.RATE_LIMIT = 2
    for number in range(2):
        answer = Client(f"nowhere{number}").get(PLANS)
        assert (answer.status_code, answer["RateLimit-Remaining"]) == (404, str(1 - number))
    answer = Client("nowhere").get(PLANS)
    assert (answer.status_code, answer.json()["code"]) == (429, "TOO_MANY_REQUESTS")
    assert answer["Retry-After"]
    session: Any = {"HTTP_SESSIONID": "qfs.tnt_nowhere." + "x" * 43}
    assert Client(None).get("/api/v1/company/actions", **session).status_code == 429
    assert Client("nowhere").get(PLANS, REMOTE_ADDR="192.0.2.7").status_code == 404
    assert Client("acme").get("/api/v1/auth/me").status_code == 401
