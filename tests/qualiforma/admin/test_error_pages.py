"""Under `/admin/` a failure is a page that a person can read and leave; elsewhere it stays JSON."""

from typing import Any

import pytest
from django.db import OperationalError

from qualiforma.accounts import services as accounts
from qualiforma.api.problems import CONTENT_TYPE
from tests.admin_client import AdminClient, entered, text_of
from tests.cast import ALICE, PASSWORD

REFERENCE: dict[str, Any] = {"HTTP_X_REQUEST_ID": "req_given"}


def assert_page(answer, status, title):
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("text/html")
    text = text_of(answer)
    assert title in text
    assert "Référence : req_given" in text
    assert answer["Cache-Control"] == "no-store"
    return answer.content.decode()


def test_what_does_not_exist(admin_client):
    came_from = "http://acme.localhost/admin/improvements/improvementplan/"
    page = assert_page(
        admin_client.get("/admin/nowhere/", HTTP_REFERER=came_from, **REFERENCE), 404, "Introuvable"
    )
    assert 'href="/admin/"' in page
    assert f'href="{came_from}"' in page


def test_redirects_stay_on_the_host(admin_client):
    answer = admin_client.get("/admin/nowhere/", HTTP_REFERER="https://evil.example/x", **REFERENCE)
    assert "evil.example" not in assert_page(answer, 404, "Introuvable")


def test_what_a_role_may_not(auditor_client):
    answer = auditor_client.get("/admin/improvements/improvementplan/add/", **REFERENCE)
    assert_page(answer, 403, "Permission insuffisante")


def test_a_form_of_another_site(acme):
    body = {"username": ALICE.email, "password": PASSWORD}
    answer = AdminClient().post("/admin/login/", body, **REFERENCE)
    assert "recommencez" in assert_page(answer, 403, "Permission insuffisante")


def test_a_form_behind_a_mails_link(acme):
    """Without cookies, say; programs still read a problem body (tests/qualiforma/test_hostile.py)."""
    asked: dict[str, Any] = {
        "HTTP_ACCEPT": "text/html,*/*;q=0.8",
        "HTTP_REFERER": "http://acme.localhost/",
    }
    answer = AdminClient().post("/links/password/x", {"new_password": "x"}, **asked, **REFERENCE)
    page = assert_page(answer, 403, "Permission insuffisante")
    assert "rouvrez le lien de l’e-mail" in page
    assert 'href="/admin/"' not in page
    assert 'href="http://acme.localhost/"' not in page


def test_a_host_of_no_tenant(acme):
    page = assert_page(
        AdminClient("nobody.localhost").get("/admin/", **REFERENCE), 404, "Organisme inconnu"
    )
    assert 'href="/admin/"' not in page


def test_a_host_that_is_not_ours(acme):
    assert_page(AdminClient("evil.example").get("/admin/", **REFERENCE), 400, "Requête illisible")


def test_too_large(admin_client):
    answer = admin_client.send(
        "/admin/improvements/complaint/add/", {"x": "y" * 6_000_000}, **REFERENCE
    )
    assert_page(answer, 413, "Corps de requête trop volumineux")


@pytest.mark.parametrize(
    ("fault", "status", "title"),
    [
        (ZeroDivisionError("secret"), 500, "Erreur interne"),
        (OperationalError("secret"), 503, "Base de données momentanément indisponible"),
    ],
    ids=["ours", "the database's"],
)
def test_a_fault_says_nothing_of_the_inside(acme, monkeypatch, fault, status, title):
    def fail(**_given):
        raise fault

    admin_client = entered(ALICE)
    monkeypatch.setattr(accounts, "change_password", fail)
    new = "une autre phrase"
    body = {"current_password": "x", "new_password": new, "again": new}
    answer = admin_client.send("/admin/password_change/", body, **REFERENCE)
    assert "secret" not in assert_page(answer, status, title)


def test_in_english_too(acme):
    answer = entered(ALICE, language="en").get("/admin/nowhere/", **REFERENCE)
    assert 'lang="en"' in answer.content.decode()
    assert "Not found" in text_of(answer)


def test_elsewhere_it_stays_a_problem_body(as_alice):
    for path in ("/api/v1/nowhere", "/nowhere", "/adminx/"):
        answer = as_alice.get(path)
        assert (answer.status_code, answer["Content-Type"]) == (404, CONTENT_TYPE)


# --- The language of the pages


def test_the_language_is_chosen_before_the_login(acme):
    admin_client = AdminClient()
    page = admin_client.get("/admin/login/?next=/admin/improvements/complaint/").content.decode()
    assert page.count('name="language"') == 2
    body = {"language": "en", "next": "/admin/login/?next=/admin/improvements/complaint/"}
    answer = admin_client.send("/admin/language/", body, follow=True)
    assert 'lang="en"' in answer.content.decode()
    assert answer.redirect_chain[-1][0] == body["next"]
    cookie = admin_client.cookies["django_language"]
    assert cookie["domain"] == ""  # of this host alone
    admin_client.log_in(ALICE)
    assert 'lang="en"' in admin_client.get("/admin/").content.decode()
    assert 'lang="fr"' in AdminClient("globex.localhost").get("/admin/login/").content.decode()


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/"])
def test_choosing_it_leads_to_no_other_host(acme, target):
    answer = AdminClient().send("/admin/language/", {"language": "en", "next": target})
    assert "evil" not in answer["Location"]
