"""Refresh with rotation, grace and reuse detection; logout; what ends every token."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from qualiforma.accounts.models import RefreshFamily, RefreshToken, User
from qualiforma.accounts.services import purge_refresh_tokens
from tests.cast import ALICE, BOB, CHARLIE, PASSWORD, Client

AUTH = "/api/v1/auth"


@pytest.fixture
def session(as_nobody):
    def open_session(person=ALICE):
        body = {"email": person.email, "password": PASSWORD}
        return as_nobody.post(f"{AUTH}/login", body).json()["data"]

    return open_session


def refresh(client, token):
    return client.post(f"{AUTH}/refresh", {"refreshToken": token})


def later(**time):
    return time_machine.travel(timezone.now() + timedelta(**time), tick=False)


def is_alive(access_token, tenant="acme"):
    return Client(tenant, access_token).get(f"{AUTH}/me").status_code == 200


def test_a_refresh_answers_a_new_pair(as_nobody, session):
    first = session()
    answer = refresh(as_nobody, first["refreshToken"])
    assert answer.status_code == 200
    second = answer.json()["data"]
    assert list(second) == ["accessToken", "refreshToken", "expiresIn"]
    assert list(answer.json()["meta"]) == ["timestamp", "requestId"]
    assert second["refreshToken"] != first["refreshToken"]
    assert is_alive(second["accessToken"])


def test_only_a_digest_is_kept(session, acme):
    token = session()["refreshToken"]
    assert not RefreshToken.objects.filter(digest__contains=token).exists()
    assert token.startswith("qfr_")


def test_two_tabs_within_ten_seconds_both_live(as_nobody, session):
    token = session()["refreshToken"]
    with later(seconds=0):
        tabs = [refresh(as_nobody, token).json()["data"] for _ in range(2)]
    with later(seconds=9):
        tabs.append(refresh(as_nobody, token).json()["data"])
        for tab in tabs:
            assert is_alive(tab["accessToken"])
            assert refresh(as_nobody, tab["refreshToken"]).status_code == 200


def test_reuse_after_the_grace_ends_the_whole_family(as_nobody, session):
    stolen = session()["refreshToken"]
    heir = refresh(as_nobody, stolen).json()["data"]["refreshToken"]
    other = session()["refreshToken"]
    with later(seconds=11):
        answer = refresh(as_nobody, stolen)
        assert (answer.status_code, answer.json()["code"]) == (401, "TOKEN_INVALID")
        assert refresh(as_nobody, heir).status_code == 401
        assert refresh(as_nobody, other).status_code == 200, "another login's family lives"


def test_the_revocation_is_committed_before_the_refusal(demo_server):
    """Over a real connection: a 401 that rolled back would leave the thief's heir alive."""
    from tests.live import Caller

    call = Caller(demo_server.base, "qualiforma-demo")
    body = {"email": "admin2@qualiforma.fr", "password": "mot-de-passe-de-test"}
    token = call("POST", "auth/login", body)[1]["data"]["refreshToken"]
    heir = call("POST", "auth/refresh", {"refreshToken": token})[1]["data"]["refreshToken"]
    age_spent_tokens()
    assert call("POST", "auth/refresh", {"refreshToken": token})[0] == 401
    assert call("POST", "auth/refresh", {"refreshToken": heir})[0] == 401


def age_spent_tokens():
    """The server's clock cannot be moved: move what it compares with."""
    import os

    import psycopg

    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        (schema,) = connection.execute(
            "SELECT schema_name FROM tenants_tenant WHERE slug = 'qualiforma-demo'"
        ).fetchall()[0]
        connection.execute(
            f"UPDATE {schema}.accounts_refreshtoken SET spent_at = spent_at - interval '1 minute'"
        )


def test_a_refresh_token_lives_fourteen_days(as_nobody, session):
    token = session()["refreshToken"]
    with later(days=13, hours=23):
        heir = refresh(as_nobody, token).json()["data"]["refreshToken"]
    with later(days=14, minutes=1):
        assert refresh(as_nobody, token).status_code == 401
        assert refresh(as_nobody, heir).status_code == 200


def test_a_refresh_token_is_unknown_elsewhere(session, acme):
    token = session()["refreshToken"]
    assert refresh(Client("globex"), token).json()["code"] == "TOKEN_INVALID"
    answer = Client(None).post("/platform/v1/auth/refresh", {"refreshToken": token})
    assert answer.status_code == 401


def test_logout_ends_the_family(as_nobody, session):
    first = session()
    heir = refresh(as_nobody, first["refreshToken"]).json()["data"]
    answer = as_nobody.post(f"{AUTH}/logout", {"refreshToken": first["refreshToken"]})
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert refresh(as_nobody, heir["refreshToken"]).status_code == 401


@pytest.mark.parametrize("back_again", [False, True])
def test_a_deactivation_ends_every_token_for_good(as_alice, as_nobody, session, back_again):
    bobs = session(BOB)
    as_alice.patch(f"/api/v1/users/{BOB.id}", {"active": False})
    if back_again:
        as_alice.patch(f"/api/v1/users/{BOB.id}", {"active": True})
    assert not is_alive(bobs["accessToken"])
    assert refresh(as_nobody, bobs["refreshToken"]).status_code == 401


def test_a_change_of_role_counts_at_the_next_call(as_alice, session):
    bobs = session(BOB)
    plans = "/api/v1/improvement-plans"
    assert Client("acme", bobs["accessToken"]).get(plans).status_code == 403
    as_alice.patch(f"/api/v1/users/{BOB.id}", {"role": "AUDITOR"})
    assert Client("acme", bobs["accessToken"]).get(plans).status_code == 200
    as_alice.patch(f"/api/v1/users/{BOB.id}", {"role": "LEARNER"})
    assert Client("acme", bobs["accessToken"]).get(plans).status_code == 403


def test_expired_tokens_are_purged(session, acme):
    session()
    with later(days=15):
        session(BOB)
        assert purge_refresh_tokens() > 0
        assert set(RefreshFamily.objects.values_list("user", flat=True)) == {BOB.id}


def test_the_platforms_staff_log_in_to_their_own_schema(acme):
    from qualiforma.accounts.services import create_user
    from qualiforma.tenants.context import platform_context

    with platform_context():
        create_user(email="ops@platform.fr", name="Ops", role="ADMIN", password=PASSWORD)
    body = {"email": "ops@platform.fr", "password": PASSWORD}
    token = Client(None).post("/platform/v1/auth/login", body).json()["data"]["accessToken"]
    me = Client(None, token).get("/platform/v1/auth/me").json()["data"]
    assert (me["email"], me["tenant"]) == ("ops@platform.fr", None)
    assert Client("acme", token).get(f"{AUTH}/me").json()["code"] == "TENANT_MISMATCH"
    assert Client("acme").post(f"{AUTH}/login", body).status_code == 401


def test_a_user_of_the_same_id_elsewhere_is_another(session, acme):
    assert User.objects.filter(pk=ALICE.id).exists()
    token = session()["accessToken"]
    assert not is_alive(token, CHARLIE.tenant)
