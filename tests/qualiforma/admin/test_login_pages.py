"""Who comes in at `/admin/`, by which host, and what ends it."""

import re

import pytest
from django.contrib.sessions.models import Session

from qualiforma.accounts import services as accounts
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.tenants.context import platform_context, tenant_context
from tests.admin_client import AdminClient, entered, text_of
from tests.cast import ALICE, AUDREY, BOB, CHARLIE, MONA, PASSWORD, TOM, TWIN

HOME = "/admin/"


@pytest.mark.parametrize("person", [ALICE, AUDREY], ids=lambda one: one.name)
def test_staff_enter(acme, person):
    answer = entered(person).get(HOME)
    assert answer.status_code == 200
    assert "Acme" in text_of(answer)


@pytest.mark.parametrize("person", [MONA, TOM, BOB], ids=lambda one: one.name)
def test_others_reach_their_own_pages_alone(acme, person):
    admin_client = AdminClient()
    assert admin_client.log_in(person)["Location"] == "/admin/me/"
    assert admin_client.get(HOME)["Location"] == "/admin/me/"
    refused = admin_client.get("/admin/audit/auditevent/")
    assert refused.status_code == 403
    assert "Permission insuffisante" in text_of(refused)


@pytest.mark.parametrize("role", ["MANAGER", "TRAINER", "LEARNER"])
def test_the_platform_lets_its_staff_in_alone(acme, role):
    with platform_context():
        accounts.create_user(email=ALICE.email, name="Opérateur", role=role, password=PASSWORD)
    admin_client = AdminClient("localhost")
    answer = admin_client.log_in(ALICE)
    assert answer.status_code == 403
    assert "réservées aux responsables qualité et aux auditeurs" in text_of(answer)
    assert "sessionid" not in admin_client.cookies


def test_wrong_unknown_and_inactive_read_alike(acme):
    User.objects.filter(pk=AUDREY.id).update(is_active=False)
    pages = []
    for email, password in [(ALICE.email, "x"), ("nobody@acme.fr", "x"), (AUDREY.email, PASSWORD)]:
        answer = AdminClient().send("/admin/login/", {"username": email, "password": password})
        assert answer.status_code == 401
        pages.append(text_of(answer))
    assert pages[0] == pages[1] == pages[2]
    assert "Adresse e-mail ou mot de passe incorrect" in pages[0]


def test_login_page_and_api_share_the_attempt_counter(acme, as_nobody):
    body = {"email": ALICE.email, "password": "wrong"}
    for _ in range(9):
        assert as_nobody.post("/api/v1/auth/login", body).status_code == 401
    admin_client = AdminClient()
    assert admin_client.log_in(ALICE, "wrong").status_code == 401
    refused = admin_client.log_in(ALICE)
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert "Trop de tentatives" in text_of(refused)


def test_the_header_says_nothing_here(acme):
    answer = entered(ALICE).get(HOME, HTTP_X_TENANT_ID="globex")
    assert "Acme" in text_of(answer)
    assert AdminClient().get("/admin/login/", HTTP_X_TENANT_ID="nowhere").status_code == 200


@pytest.mark.parametrize("person", [CHARLIE, TWIN], ids=lambda one: one.name)
def test_a_cookie_of_another_tenant_opens_nothing(acme, globex, person):
    theirs = entered(person).cookies["sessionid"].value
    admin_client = AdminClient()
    admin_client.cookies["sessionid"] = theirs
    assert admin_client.get(HOME).status_code == 302


def test_not_even_with_its_row_copied(acme, globex):
    """The same id, the same role, the same session row: only what the row states tells them apart."""
    key = entered(TWIN).cookies["sessionid"].value
    with tenant_context(globex):
        row = Session.objects.get(pk=key)
    with tenant_context(acme):
        Session.objects.create(
            session_key=key, session_data=row.session_data, expire_date=row.expire_date
        )
    admin_client = AdminClient()
    admin_client.cookies["sessionid"] = key
    assert admin_client.get(HOME).status_code == 302


def test_the_cookie_is_of_this_host_and_these_pages(acme):
    cookie = entered(ALICE).cookies["sessionid"]
    assert (cookie["domain"], cookie["path"]) == ("", "/admin/")
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_a_session_of_before_the_login_is_not_kept(acme):
    admin_client = entered(AUDREY)
    before = admin_client.cookies["sessionid"].value
    admin_client.log_in(ALICE)
    assert admin_client.cookies["sessionid"].value != before


def test_deactivation_ends_it(acme):
    admin_client = entered(AUDREY)
    alice, audrey = (Actor.of(User.objects.get(pk=ALICE.id)), User.objects.get(pk=AUDREY.id))
    accounts.change_user(user=audrey, changes={"is_active": False}, actor=alice)
    assert admin_client.get(HOME).status_code == 302
    accounts.change_user(user=audrey, changes={"is_active": True}, actor=alice)
    assert admin_client.get(HOME).status_code == 302  # it does not come back to life


def test_a_new_password_ends_the_others(acme, client_of):
    here, elsewhere = entered(ALICE), entered(ALICE)
    body = {
        "current_password": PASSWORD,
        "new_password": "une autre phrase",
        "again": "une autre phrase",
    }
    assert here.send("/admin/password_change/", body).status_code == 302
    assert here.get(HOME).status_code == 200
    assert elsewhere.get(HOME).status_code == 302
    assert client_of(ALICE).get("/api/v1/auth/me").status_code == 401


def test_a_wrong_present_password_is_shown_at_its_field(acme):
    body = {"current_password": "x", "new_password": "une autre phrase", "again": "x"}
    answer = entered(ALICE).send("/admin/password_change/", body)
    assert "Les deux mots de passe ne sont pas identiques." in text_of(answer)
    body["again"] = body["new_password"]
    answer = entered(ALICE).send("/admin/password_change/", body)
    assert answer.status_code == 400
    assert "Ce n’est pas le mot de passe actuel." in text_of(answer)


def test_a_role_that_changed_counts_at_once(acme):
    admin_client = entered(AUDREY)
    User.objects.filter(pk=AUDREY.id).update(role="TRAINER")
    assert admin_client.get(HOME).status_code == 302


def test_logging_out_ends_it(acme):
    admin_client = entered(ALICE)
    kept = admin_client.cookies["sessionid"].value
    assert admin_client.get("/admin/logout/").status_code == 403
    answer = admin_client.send("/admin/logout/")
    assert answer.status_code == 302
    assert answer["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    admin_client.cookies["sessionid"] = kept
    assert admin_client.get(HOME).status_code == 302


def test_a_form_of_another_site_is_refused(acme):
    admin_client = AdminClient()
    body = {"username": ALICE.email, "password": PASSWORD}
    answer = admin_client.post("/admin/login/", body)
    assert answer.status_code == 403
    assert "Permission insuffisante" in text_of(answer)


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:x"])
def test_the_login_leads_to_no_other_host(acme, target):
    body = {"username": ALICE.email, "password": PASSWORD, "next": target}
    assert AdminClient().send("/admin/login/", body)["Location"] == HOME


def test_the_api_knows_no_cookie(acme):
    admin_client = entered(ALICE)
    answer = admin_client.get("/api/v1/auth/me", HTTP_X_TENANT_ID="acme")
    assert answer.status_code == 401
    assert "Cookie" not in answer["Vary"]


def test_a_page_is_of_the_language_chosen(acme):
    admin_client = entered(ALICE)
    assert 'lang="fr"' in admin_client.get(HOME).content.decode()
    assert (
        admin_client.send("/admin/language/", {"language": "en", "next": HOME}).status_code == 302
    )
    assert 'lang="en"' in admin_client.get(HOME).content.decode()


def test_the_policy_lets_no_inline_script_and_no_other_host_in(acme):
    policy = entered(ALICE).get(HOME)["Content-Security-Policy"]
    parts = dict(part.split(" ", 1) for part in policy.split("; "))
    assert parts["script-src"] == "'self' 'unsafe-eval'"
    assert parts["style-src"] == "'self'"
    assert not re.search(r"https?:|\*", policy)
    assert "eval" not in AdminClient().get("/healthz")["Content-Security-Policy"]


def test_tenant_users_cannot_log_in_on_the_platform(acme):
    admin_client = AdminClient("localhost")
    assert admin_client.log_in(ALICE).status_code == 401
    with platform_context():
        accounts.create_user(email=ALICE.email, name="Opérateur", role="ADMIN", password=PASSWORD)
    assert admin_client.log_in(ALICE).status_code == 302
    assert "Plateforme" in text_of(admin_client.get(HOME))
    admin_client.defaults["HTTP_HOST"] = "acme.localhost"
    assert admin_client.get(HOME).status_code == 302
