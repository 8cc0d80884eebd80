"""Users under `/admin/`: the same services as the API's."""

import pytest

from qualiforma.accounts.models import User
from tests.cast import ALICE, AUDREY, BOB
from tests.staff import entered, text_of

LIST = "/admin/accounts/user/"


def fields_of(user, **overrides):
    values = {"name": user.name, "email": user.email, "role": user.role, "seen": str(user.version)}
    return values | {"is_active": "on"} | overrides


def state():
    return list(User.objects.order_by("pk").values())


def bulk(desk, action, *ids):
    return desk.send(LIST, {"action": action, "_selected_action": ids}, follow=True)


def test_somebody_is_invited(desk, mails):
    body = {"name": "Nora Vidal", "email": " Nora@Acme.fr ", "role": "TRAINER"}
    answer = desk.send(f"{LIST}add/", body)
    assert answer.status_code == 302, text_of(answer)
    nora = User.objects.get(email="nora@acme.fr")
    assert not nora.has_usable_password()
    assert [mail.to for mail in mails()] == [["nora@acme.fr"]]
    assert "Invité" in text_of(desk.get(f"{LIST}?q=nora"))


def test_a_taken_address_is_shown_at_its_field(desk):
    body = {"name": "Bob", "email": BOB.email, "role": "TRAINER"}
    answer = desk.send(f"{LIST}add/", body)
    assert answer.status_code == 400
    assert "Un utilisateur a déjà cette adresse." in text_of(answer)


def test_a_role_changes_and_ends_nothing_else(desk):
    bob = User.objects.get(pk=BOB.id)
    assert desk.send(f"{LIST}{bob.pk}/change/", fields_of(bob, role="TRAINER")).status_code == 302
    bob.refresh_from_db()
    assert (bob.role, bob.version, bob.token_generation) == ("TRAINER", 2, 1)


def test_the_last_administrator_stays(desk, as_alice):
    alice = User.objects.get(pk=ALICE.id)
    before = state()
    answer = desk.send(f"{LIST}{alice.pk}/change/", fields_of(alice, role="AUDITOR"))
    api = as_alice.patch(f"/api/v1/users/{alice.pk}", {"role": "AUDITOR"}).json()
    assert answer.status_code == api["status"] == 409
    assert api["detail"] in text_of(answer)
    assert api["detail"] in text_of(bulk(desk, "deactivate_each", alice.pk))
    assert state() == before


def test_many_are_deactivated_and_their_sessions_end(desk):
    auditor = entered(AUDREY)
    assert "2 fiches traitées." in text_of(bulk(desk, "deactivate_each", AUDREY.id, BOB.id))
    assert auditor.get("/admin/").status_code == 302
    assert "a déjà choisi son mot de passe" in text_of(bulk(desk, "invite_again", BOB.id))


@pytest.mark.parametrize("path", [f"{BOB.id}/change/", f"{BOB.id}/delete/", "add/"])
def test_an_auditor_reads_and_changes_nothing(audit_desk, path):
    before = state()
    assert BOB.email in text_of(audit_desk.get(LIST))
    bob = User.objects.get(pk=BOB.id)
    assert audit_desk.send(LIST + path, fields_of(bob, role="ADMIN")).status_code == 403
    bulk(audit_desk, "deactivate_each", BOB.id)
    assert state() == before


def test_no_page_shows_or_takes_a_password(desk):
    user = User.objects.get(pk=BOB.id)
    assert user.password not in desk.get(f"{LIST}{user.pk}/change/").content.decode()
    desk.send(f"{LIST}{user.pk}/change/", fields_of(user, password="x", token_generation="9"))
    user.refresh_from_db()
    assert user.has_usable_password()
    assert user.token_generation == 1
