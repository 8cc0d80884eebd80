"""Logins, failed ones and what else changes no row of the trail's: entries of their own."""

from datetime import timedelta

import pytest
from django.db.models import F

from qualiforma.accounts import services
from qualiforma.accounts.models import PendingEntry, RefreshToken, User
from qualiforma.accounts.services.sessions import GRACE
from qualiforma.audit.models import AuditEvent
from tests.cast import ALICE, BOB, PASSWORD
from tests.jobs import run_jobs
from tests.qualiforma.audit.entries import clear, last_seq, since

LOGIN = "/api/v1/auth/login"


def told(event):
    return event.action, event.operation, event.object_type, event.object_id, event.actor


def test_a_login(acme, as_nobody):
    before = last_seq()
    body = {"email": ALICE.email, "password": PASSWORD}
    assert as_nobody.post(LOGIN, body).status_code == 200
    [event] = since(before)
    assert told(event) == ("accounts.session.opened", "ENTRY", "user", ALICE.id, ALICE.id)
    assert clear(event) == {"after.address": "127.0.0.1", "actor": ALICE.name}


def test_a_wrong_password_names_the_account(acme, as_nobody):
    before = last_seq()
    assert as_nobody.post(LOGIN, {"email": BOB.email, "password": "non"}).status_code == 401
    [event] = since(before)
    assert told(event) == ("accounts.login.failed", "ENTRY", "user", BOB.id, "")


def test_an_inactive_account_is_named_too(acme, as_nobody):
    User.objects.filter(pk=BOB.id).update(is_active=False)
    before = last_seq()
    assert as_nobody.post(LOGIN, {"email": BOB.email, "password": PASSWORD}).status_code == 401
    assert [event.object_id for event in since(before)] == [BOB.id]


def test_of_an_unknown_account_nothing_typed_is_kept(acme, as_nobody):
    before = last_seq()
    body = {"email": "my-password-in-the-wrong@field.fr", "password": "other-secret"}
    assert as_nobody.post(LOGIN, body).status_code == 401
    [event] = since(before)
    assert told(event) == ("accounts.login.failed", "ENTRY", "user", "", "")
    row = AuditEvent.objects.filter(pk=event.pk).values().get()
    assert "wrong" not in str(row)
    assert "secret" not in str(row)


@pytest.fixture
def held(acme, monkeypatch):
    """Somebody else holds the trail: a login does not ask for it a second time."""
    monkeypatch.setattr("qualiforma.accounts.services.entries.is_trail_ours", lambda: False)


@pytest.mark.parametrize(
    ("password", "status", "action", "actor"),
    [
        (PASSWORD, 200, "accounts.session.opened", ALICE.id),
        ("non", 401, "accounts.login.failed", ""),
    ],
)
def test_a_login_while_the_trail_is_held(held, as_nobody, password, status, action, actor):
    before = last_seq()
    answer = as_nobody.post(LOGIN, {"email": ALICE.email, "password": password})
    assert answer.status_code == status
    assert since(before) == []
    waiting = PendingEntry.objects.get()
    run_jobs()
    [event] = since(before)
    assert told(event) == (action, "ENTRY", "user", ALICE.id, actor)
    assert clear(event)["after.address"] == "127.0.0.1"
    assert clear(event)["after.request"] == answer["X-Request-ID"]
    assert clear(event)["after.at"] == waiting.created_at.isoformat()
    assert not PendingEntry.objects.exists()


def test_renewing_and_logging_out_are_no_entries(acme, as_nobody):
    body = {"email": ALICE.email, "password": PASSWORD}
    token = as_nobody.post(LOGIN, body).json()["data"]["refreshToken"]
    before = last_seq()
    new = as_nobody.post("/api/v1/auth/refresh", {"refreshToken": token}).json()["data"]
    as_nobody.post("/api/v1/auth/logout", {"refreshToken": new["refreshToken"]})
    assert since(before) == []


def test_a_spent_token_used_again_is_one(acme, as_nobody):
    body = {"email": ALICE.email, "password": PASSWORD}
    token = as_nobody.post(LOGIN, body).json()["data"]["refreshToken"]
    as_nobody.post("/api/v1/auth/refresh", {"refreshToken": token})
    spent = RefreshToken.objects.exclude(spent_at=None)
    spent.update(spent_at=F("spent_at") - GRACE - timedelta(seconds=1))
    before = last_seq()
    assert as_nobody.post("/api/v1/auth/refresh", {"refreshToken": token}).status_code == 401
    assert [told(event)[:4] for event in since(before)] == [
        ("accounts.session.revoked", "ENTRY", "user", ALICE.id)
    ]


def test_asking_for_a_link_and_spending_it(acme, as_nobody, as_alice):
    before = last_seq()
    as_nobody.post("/api/v1/auth/password-reset", {"email": BOB.email})
    as_nobody.post("/api/v1/auth/password-reset", {"email": "nobody@acme.fr"})
    new = {"email": "new@acme.fr", "name": "Nouveau", "role": "TRAINER"}
    user = as_alice.post("/api/v1/users", new).json()["data"]["id"]
    as_alice.post(f"/api/v1/users/{user}/invitation")
    as_alice.patch(f"/api/v1/users/{user}", {"active": False})
    services.change_password(
        user=User.objects.get(pk=BOB.id), current=PASSWORD, new="une autre phrase", scope="x"
    )
    assert [(event.action, event.object_id, event.actor) for event in since(before)] == [
        ("accounts.password.reset_requested", BOB.id, BOB.id),
        ("accounts.password.reset_requested", "", ""),
        ("accounts.user.invited", user, ALICE.id),
        ("accounts.invitation.resent", user, ALICE.id),
        ("accounts.user.deactivated", user, ALICE.id),
        ("accounts.password.changed", BOB.id, BOB.id),
    ]


def test_an_organisation_s_trail_begins_with_its_creation(acme):
    first = AuditEvent.objects.get(seq=1)
    assert told(first)[:4] == ("tenants.tenant.created", "ENTRY", "tenant", acme.pk)
    assert clear(first) == {"after.slug": "acme", "after.name": "Acme"}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_language_of_a_call_changes_nothing_in_the_trail(acme, client_of, language):
    before = last_seq()
    client = client_of(ALICE)
    client.patch("/api/v1/users/usr_bob", {"name": "Robert"}, headers={"Accept-Language": language})
    assert clear(since(before)[0])["after.name"] == "Robert"
