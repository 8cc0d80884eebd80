"""POST /auth/login, GET /auth/me, GET /tenants/current, and tokens that are not."""

import base64
import json
from datetime import timedelta

import jwt
import pytest
import time_machine
from django.conf import settings as conf
from django.utils import timezone

from qualiforma.accounts.models import User
from tests.cast import ALICE, BOB, PASSWORD, TWIN, Client

LOGIN = "/api/v1/auth/login"
ME = "/api/v1/auth/me"


def test_login_answers_a_token_for_an_hour(as_nobody):
    body = as_nobody.post(LOGIN, {"email": ALICE.email, "password": PASSWORD}).json()
    assert body["data"]["expiresIn"] == 3600
    assert body["meta"]["timestamp"].endswith("Z")
    assert body["meta"]["requestId"].startswith("req_")
    client = Client("acme", body["data"]["accessToken"])
    assert client.get(ME).json()["data"]["id"] == ALICE.id


def test_addresses_ignore_case(as_nobody):
    body = {"email": " ALICE@ACME.FR ", "password": PASSWORD}
    assert as_nobody.post(LOGIN, body).status_code == 200


def test_wrong_unknown_and_inactive_read_alike(as_nobody):
    User.objects.filter(pk=BOB.id).update(is_active=False)
    answers = [
        as_nobody.post(LOGIN, {"email": email, "password": password})
        for email, password in [
            (ALICE.email, "wrong"),
            ("nobody@acme.fr", PASSWORD),
            (BOB.email, PASSWORD),
            (TWIN.email, PASSWORD),  # right, but in the other tenant
        ]
    ]
    bodies = [answer.json() for answer in answers]
    for answer, body in zip(answers, bodies, strict=True):
        assert (answer.status_code, body.pop("code")) == (401, "INVALID_CREDENTIALS")
        assert answer["WWW-Authenticate"] == "Bearer"
        del body["requestId"]
    assert bodies.count(bodies[0]) == 4


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["email", "password"]),
        ({"email": 1, "password": ["x"]}, ["email", "password"]),
        ({"email": "a@b.fr", "password": "x", "remember": True}, ["remember"]),
        ({"email": "a\x00@b.fr", "password": "x\x00"}, ["email", "password"]),
        ({"email": "x" * 255, "password": "x" * 1025}, ["email", "password"]),
    ],
    ids=str,
)
def test_bad_credentials_are_named(as_nobody, body, fields):
    answer = as_nobody.post(LOGIN, body)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == fields


def test_me(as_alice, acme):
    assert as_alice.get(ME).json()["data"] == {
        "id": ALICE.id,
        "email": ALICE.email,
        "name": ALICE.name,
        "role": "ADMIN",
        "tenant": {"id": acme.pk, "slug": "acme"},
    }


def test_current_tenant(as_bob, acme):
    assert as_bob.get("/api/v1/tenants/current").json()["data"] == {
        "id": acme.pk,
        "slug": "acme",
        "name": "Acme",
        "plan": "standard",
        "branding": {},
        "features": {},
    }


def test_deactivation_counts_at_once(as_bob):
    assert as_bob.get(ME).status_code == 200
    User.objects.filter(pk=BOB.id).update(is_active=False)
    assert as_bob.get(ME).json()["code"] == "TOKEN_INVALID"


def test_a_change_of_role_counts_at_once(as_alice):
    User.objects.filter(pk=ALICE.id).update(role="LEARNER")
    assert as_alice.get("/api/v1/improvement-plans").status_code == 403


def test_an_expired_token(as_alice):
    with time_machine.travel(timezone.now() + timedelta(seconds=3601), tick=False):
        answer = as_alice.get(ME)
    assert (answer.status_code, answer.json()["code"]) == (401, "TOKEN_INVALID")


@pytest.mark.parametrize(("ahead", "status"), [(59, 200), (120, 401)])
def test_a_token_of_a_clock_ahead(as_alice, ahead, status):
    with time_machine.travel(timezone.now() + timedelta(seconds=ahead), tick=False):
        body = {"email": ALICE.email, "password": PASSWORD}
        token = Client("acme").post(LOGIN, body).json()["data"]["accessToken"]
    assert Client("acme", token).get(ME).status_code == status


def altered(token):
    _head, payload, _signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    key = str(conf.SIMPLE_JWT["SIGNING_KEY"])
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    return {
        "cut": token[:-2],
        "one character": token[:-1] + ("A" if token[-1] != "A" else "B"),
        "no signature": f"{unsigned}.{payload}.",
        "another key": jwt.encode(claims, "x" * 64, "HS256"),
        "the plain secret": jwt.encode(claims, conf.SECRET_KEY, "HS256"),
        "another algorithm": jwt.encode(claims, key * 2, "HS512"),
        "no tenant": jwt.encode({k: v for k, v in claims.items() if k != "tenant"}, key),
        "no subject": jwt.encode({k: v for k, v in claims.items() if k != "sub"}, key),
        "another kind": jwt.encode(claims | {"token_type": "refresh"}, key),
        "nobody": jwt.encode(claims | {"sub": "usr_none"}, key),
        "NUL": jwt.encode(claims | {"sub": "usr_\x00"}, key),
        "not one": "hello",
        "empty": "",
        "binary": "é",
    }


@pytest.mark.parametrize("how", altered("e30.e30.x"))
def test_tokens_that_are_not_ours(acme, tokens, how):
    answer = Client("acme", altered(tokens[ALICE.id, "acme"])[how]).get(ME)
    assert answer.status_code == 401
    assert answer.json()["code"] in {"TOKEN_INVALID", "NOT_AUTHENTICATED"}


@pytest.mark.parametrize("scheme", ["Basic", "Token", "SessionId", ""])
def test_other_schemes_are_no_identity(as_nobody, tokens, scheme):
    header = f"{scheme} {tokens[ALICE.id, 'acme']}"
    answer = as_nobody.get(ME, HTTP_AUTHORIZATION=header)
    assert (answer.status_code, answer.json()["code"]) == (401, "NOT_AUTHENTICATED")
