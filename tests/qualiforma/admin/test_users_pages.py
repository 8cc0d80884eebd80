"""Users under `/admin/`: the same services as the API's."""

import pytest

from qualiforma.accounts.models import User
from tests.admin_client import entered, text_of
from tests.cast import ALICE, AUDREY, BOB

LIST = "/admin/accounts/user/"


def fields_of(user, **overrides):
    values = {
        "name": user.name,
        "email": user.email,
        "role": user.role,
        "expected_version": str(user.version),
    }
    return values | {"is_active": "on"} | overrides


def state():
    return list(User.objects.order_by("pk").values())


def bulk(admin_client, action, *ids):
    return admin_client.send(LIST, {"action": action, "_selected_action": ids}, follow=True)


def test_somebody_is_invited(admin_client, mails):
    body = {"name": "Nora Vidal", "email": " Nora@Acme.fr ", "role": "TRAINER"}
    answer = admin_client.send(f"{LIST}add/", body)
    assert answer.status_code == 302, text_of(answer)
    nora = User.objects.get(email="nora@acme.fr")
    assert not nora.has_usable_password()
    assert [mail.to for mail in mails()] == [["nora@acme.fr"]]
    assert "Invité" in text_of(admin_client.get(f"{LIST}?q=nora"))


def test_a_taken_address_is_shown_at_its_field(admin_client):
    body = {"name": "Bob", "email": BOB.email, "role": "TRAINER"}
    answer = admin_client.send(f"{LIST}add/", body)
    assert answer.status_code == 400
    assert "Un utilisateur a déjà cette adresse." in text_of(answer)


def test_a_role_changes_and_ends_nothing_else(admin_client):
    bob = User.objects.get(pk=BOB.id)
    assert (
        admin_client.send(f"{LIST}{bob.pk}/change/", fields_of(bob, role="TRAINER")).status_code
        == 302
    )
    bob.refresh_from_db()
    assert (bob.role, bob.version, bob.token_generation) == ("TRAINER", 2, 1)


def test_the_last_administrator_stays(admin_client, as_alice):
    alice = User.objects.get(pk=ALICE.id)
    before = state()
    answer = admin_client.send(f"{LIST}{alice.pk}/change/", fields_of(alice, role="AUDITOR"))
    api = as_alice.patch(f"/api/v1/users/{alice.pk}", {"role": "AUDITOR"}).json()
    assert answer.status_code == api["status"] == 409
    assert api["detail"] in text_of(answer)
    assert api["detail"] in text_of(bulk(admin_client, "deactivate_each", alice.pk))
    assert state() == before


def test_many_are_deactivated_and_their_sessions_end(admin_client):
    auditor = entered(AUDREY)
    assert "2 fiches traitées." in text_of(bulk(admin_client, "deactivate_each", AUDREY.id, BOB.id))
    assert auditor.get("/admin/").status_code == 302
    assert "a déjà choisi son mot de passe" in text_of(bulk(admin_client, "invite_again", BOB.id))


@pytest.mark.parametrize("path", [f"{BOB.id}/change/", f"{BOB.id}/delete/", "add/"])
def test_an_auditor_reads_and_changes_nothing(auditor_client, path):
    before = state()
    assert BOB.email in text_of(auditor_client.get(LIST))
    bob = User.objects.get(pk=BOB.id)
    assert auditor_client.send(LIST + path, fields_of(bob, role="ADMIN")).status_code == 403
    bulk(auditor_client, "deactivate_each", BOB.id)
    assert state() == before


def test_no_page_shows_or_takes_a_password(admin_client):
    user = User.objects.get(pk=BOB.id)
    assert user.password not in admin_client.get(f"{LIST}{user.pk}/change/").content.decode()
    admin_client.send(
        f"{LIST}{user.pk}/change/", fields_of(user, password="x", token_generation="9")
    )
    user.refresh_from_db()
    assert user.has_usable_password()
    assert user.token_generation == 1
