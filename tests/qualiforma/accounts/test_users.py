"""/users: the organisation's people, for ADMIN."""

import re

import pytest

from qualiforma.accounts.models import User
from tests.cast import ALICE, BOB, MONA, PASSWORD, TWIN, Client

URL = "/api/v1/users"
NEW = {"email": "Nina@Acme.fr", "name": " Nina Faure ", "role": "TRAINER"}


def test_list_filters_and_keys(as_alice):
    body = as_alice.get(URL).json()
    assert body["meta"] == {"total": 5, "page": 1, "perPage": 20}
    assert list(body["data"][0]) == ["id", "email", "name", "role", "active", "createdAt"]
    managers = as_alice.get(URL, {"role": "MANAGER"}).json()["data"]
    assert [user["id"] for user in managers] == [MONA.id]
    User.objects.filter(pk=BOB.id).update(is_active=False)
    inactive = as_alice.get(URL, {"active": "false"}).json()["data"]
    assert [user["id"] for user in inactive] == [BOB.id]
    for query in ("role=BOSS", "active=yes", "active=1", "email=x"):
        assert as_alice.get(f"{URL}?{query}").status_code == 400


def test_query_count_does_not_grow(as_alice, count_queries):
    few = count_queries(lambda: as_alice.get(URL))
    for number in range(15):
        User.objects.create(email=f"u{number}@acme.fr", name="U", role="LEARNER")
    assert count_queries(lambda: as_alice.get(URL)) == few


def test_an_invitation_leads_to_a_login(as_alice, mails):
    answer = as_alice.post(URL, NEW)
    assert answer.status_code == 201
    data = answer.json()["data"]
    assert (data["email"], data["name"], data["active"]) == ("nina@acme.fr", "Nina Faure", True)
    [token] = re.findall(r"/links/password/(\S+)", mails()[0].body)
    body = {"token": token, "newPassword": PASSWORD}
    login = {"email": "nina@acme.fr", "password": PASSWORD}
    nobody = Client("acme")
    assert nobody.post("/api/v1/auth/login", login).status_code == 401
    assert nobody.post("/api/v1/auth/password-reset/confirm", body).status_code == 204
    assert nobody.post("/api/v1/auth/login", login).status_code == 200


def test_an_invitation_can_be_sent_again_until_it_is_used(as_alice, mails):
    user = as_alice.post(URL, NEW).json()["data"]["id"]
    assert as_alice.post(f"{URL}/{user}/invitation").status_code == 204
    assert len(mails()) == 2
    answer = as_alice.post(f"{URL}/{BOB.id}/invitation")
    assert (answer.status_code, answer.json()["code"]) == (409, "ALREADY_ACTIVE")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "nina"}, "email"),
        ({"email": BOB.email.upper()}, "email"),
        ({"email": ""}, "email"),
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"role": "BOSS"}, "role"),
        ({"active": True}, "active"),
        ({"password": "x"}, "password"),
        ({"id": "usr_mine"}, "id"),
    ],
    ids=str,
)
def test_a_bad_value_is_named(as_alice, mails, change, field):
    answer = as_alice.post(URL, NEW | change)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert User.objects.count() == 5
    assert mails() == []


def test_an_address_of_the_other_tenant_is_free(as_alice):
    assert as_alice.post(URL, NEW | {"email": TWIN.email}).status_code == 201


def test_patch_each_field(as_alice):
    body = {"email": "robert@acme.fr", "name": "Robert Roux", "role": "TRAINER", "active": False}
    data = as_alice.patch(f"{URL}/{BOB.id}", body).json()["data"]
    assert {name: data[name] for name in body} == body
    for bad in ({"active": "false"}, {"active": 0}, {"email": ALICE.email}, {"nom": "x"}):
        answer = as_alice.patch(f"{URL}/{BOB.id}", bad)
        assert [error["field"] for error in answer.json()["errors"]] == list(bad)


@pytest.mark.parametrize("body", [{"active": False}, {"role": "AUDITOR"}], ids=str)
def test_the_last_admin_stays(as_alice, body):
    answer = as_alice.patch(f"{URL}/{ALICE.id}", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "LAST_ADMIN")
    as_alice.patch(f"{URL}/{MONA.id}", {"role": "ADMIN"})
    assert as_alice.patch(f"{URL}/{ALICE.id}", body).status_code == 200
