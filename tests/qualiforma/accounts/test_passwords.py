"""Changing a password, and setting one by link."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.hashers import make_password
from django.db.models import F
from django.utils import timezone

from qualiforma.accounts.models import User
from qualiforma.accounts.services import passwords
from qualiforma.links import make_token
from tests.cast import ALICE, BOB, PASSWORD, TWIN, Client

AUTH = "/api/v1/auth"
NEW = "une toute autre phrase"


def log_in(email, password, tenant="acme"):
    return Client(tenant).post(f"{AUTH}/login", {"email": email, "password": password})


def token_in(mail):
    [token] = re.findall(r"/links/password/(\S+)", mail.body)
    return token


def later(**time):
    return time_machine.travel(timezone.now() + timedelta(**time))


def test_a_new_password_ends_every_token(as_bob):
    body = {"currentPassword": PASSWORD, "newPassword": NEW}
    assert as_bob.post(f"{AUTH}/password", body).status_code == 204
    assert as_bob.get(f"{AUTH}/me").json()["code"] == "TOKEN_INVALID"
    assert log_in(BOB.email, PASSWORD).status_code == 401
    assert log_in(BOB.email, NEW).status_code == 200


@pytest.mark.parametrize(
    ("current", "new", "fields"),
    [
        ("wrong", NEW, ["currentPassword"]),
        (PASSWORD, "short", ["newPassword"]),
        (PASSWORD, "password1234", ["newPassword"]),
        ("wrong", "short", ["currentPassword", "newPassword"]),
    ],
)
def test_a_refused_change_changes_nothing(as_bob, current, new, fields):
    answer = as_bob.post(f"{AUTH}/password", {"currentPassword": current, "newPassword": new})
    assert [error["field"] for error in answer.json()["errors"]] == fields
    assert log_in(BOB.email, PASSWORD).status_code == 200


def test_reset_by_mail(as_nobody, as_bob, mails):
    as_nobody.post(f"{AUTH}/password-reset", {"email": BOB.email.upper()})
    [mail] = mails()
    assert mail.to == [BOB.email]
    body = {"token": token_in(mail), "newPassword": NEW}
    assert as_nobody.post(f"{AUTH}/password-reset/confirm", body).status_code == 204
    assert log_in(BOB.email, NEW).status_code == 200
    assert as_bob.get(f"{AUTH}/me").status_code == 401
    again = as_nobody.post(f"{AUTH}/password-reset/confirm", body)
    assert again.json()["errors"][0]["field"] == "token", "a link is spent by its use"


def test_a_link_opened_twice_at_once_is_used_once(as_nobody, as_bob, mails, monkeypatch):
    """The other use lies between the look at the link and the setting."""
    as_nobody.post(f"{AUTH}/password-reset", {"email": BOB.email})
    body = {"token": token_in(mails()[0]), "newPassword": NEW}
    confirm = f"{AUTH}/password-reset/confirm"

    def hashed_late(new):
        monkeypatch.undo()
        other = {**body, "newPassword": "la phrase de l’autre"}
        assert as_nobody.post(confirm, other).status_code == 204
        return make_password(new)

    monkeypatch.setattr(passwords, "make_password", hashed_late)
    assert as_nobody.post(confirm, body).json()["errors"][0]["field"] == "token"
    assert log_in(BOB.email, NEW).status_code == 401
    assert log_in(BOB.email, "la phrase de l’autre").status_code == 200


def test_a_change_that_comes_after_another_is_refused(as_bob, acme, monkeypatch):
    """Tokens that ended while the new password was hashed set none."""

    def hashed_late(new):
        monkeypatch.undo()
        User.objects.filter(pk=BOB.id).update(token_generation=F("token_generation") + 1)
        return make_password(new)

    monkeypatch.setattr(passwords, "make_password", hashed_late)
    body = {"currentPassword": PASSWORD, "newPassword": NEW}
    assert as_bob.post(f"{AUTH}/password", body).json()["code"] == "TOKEN_INVALID"
    assert log_in(BOB.email, PASSWORD).status_code == 200


def test_a_link_ends_with_the_address_it_went_to(as_nobody, as_alice, mails):
    """An invitation sent to a stranger by mistake, the address corrected since."""
    as_nobody.post(f"{AUTH}/password-reset", {"email": BOB.email})
    body = {"token": token_in(mails()[0]), "newPassword": NEW}
    change = as_alice.patch(f"/api/v1/users/{BOB.id}", {"email": "bob.roux@acme.fr"})
    assert change.status_code == 200
    assert as_nobody.post(f"{AUTH}/password-reset/confirm", body).status_code == 400
    assert as_nobody.get(f"/links/password/{body['token']}").status_code == 404


def test_a_link_of_an_earlier_release_is_taken(as_nobody, acme):
    token = make_token("password", acme.pk, {"user": BOB.id, "generation": 1, "kind": "reset"})
    body = {"token": token, "newPassword": NEW}
    assert as_nobody.post(f"{AUTH}/password-reset/confirm", body).status_code == 204


def test_a_reset_link_lives_an_hour(as_nobody, mails):
    as_nobody.post(f"{AUTH}/password-reset", {"email": BOB.email})
    body = {"token": token_in(mails()[0]), "newPassword": NEW}
    with later(minutes=61):
        assert as_nobody.post(f"{AUTH}/password-reset/confirm", body).status_code == 400
    with later(minutes=59):
        assert as_nobody.post(f"{AUTH}/password-reset/confirm", body).status_code == 204


def test_an_inactive_user_gets_no_mail(as_nobody, mails):
    User.objects.filter(pk=BOB.id).update(is_active=False)
    assert as_nobody.post(f"{AUTH}/password-reset", {"email": BOB.email}).status_code == 204
    assert mails() == []


def test_links_are_worth_nothing_elsewhere(as_nobody, mails):
    """The same user id exists in both tenants."""
    as_nobody.post(f"{AUTH}/password-reset", {"email": ALICE.email})
    body = {"token": token_in(mails()[0]), "newPassword": NEW}
    answer = Client("globex").post(f"{AUTH}/password-reset/confirm", body)
    assert answer.json()["errors"][0]["field"] == "token"
    assert log_in(TWIN.email, PASSWORD, "globex").status_code == 200


def altered(token):
    head, stamp, signature = token.split(".")
    yield from (token[:-1], token + "A", f"{head}.{stamp}.", f".{stamp}.{signature}", "", "a.b.c")
    yield ("B" if head[0] != "B" else "C") + token[1:]


def test_altered_links(as_nobody, acme):
    payload = {"user": BOB.id, "generation": 1, "kind": "reset"}
    good = make_token("password", acme.pk, payload)
    other_purpose = make_token("export", acme.pk, payload)
    for token in [*altered(good), other_purpose]:
        answer = as_nobody.post(
            f"{AUTH}/password-reset/confirm", {"token": token, "newPassword": NEW}
        )
        assert answer.status_code == 400, token
        assert Client(None).get(f"/links/password/{token or 'x'}").status_code == 404
    assert log_in(BOB.email, PASSWORD).status_code == 200


def test_the_page_behind_the_link(as_nobody, mails):
    as_nobody.post(f"{AUTH}/password-reset", {"email": BOB.email})
    page = f"/links/password/{token_in(mails()[0])}"
    browser = Client(None)
    shown = browser.get(page)
    assert shown.status_code == 200
    assert BOB.name in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    for first, second in (("short", "short"), (NEW, "another one"), ("", "")):
        body = f"new_password={first}&again={second}"
        refused = browser.post(page, body, content_type="application/x-www-form-urlencoded")
        assert refused.status_code == 400
        assert 'class="error"' in refused.content.decode()
    body = f"new_password={NEW}&again={NEW}"
    done = browser.post(page, body, content_type="application/x-www-form-urlencoded")
    assert done.status_code == 200
    assert log_in(BOB.email, NEW).status_code == 200
    assert browser.get(page).status_code == 404


def test_the_mail_speaks_the_callers_language(acme, mails):
    for language, words in (("fr", "une heure"), ("en", "one hour")):
        client = Client("acme", language=language)
        client.post(f"{AUTH}/password-reset", {"email": BOB.email})
        assert words in mails()[-1].body
