"""Guards whose loss no answer shows: each test fails once its guard is taken away."""

import re

import pytest
from django.contrib.auth.hashers import make_password
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from improvements.models import Complaint
from qualiforma.accounts import hashers
from qualiforma.accounts import services as accounts
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.errors import CredentialsError, InvalidFieldsError
from qualiforma.filelinks import file_link, linked_file
from qualiforma.files import tenant_folder
from qualiforma.links import DeadLinkError
from qualiforma.tenants.context import tenant_context
from tests.admin_client import AdminClient
from tests.cast import ALICE, BOB, MONA, PASSWORD, Client
from tests.files import PDF

NEW = "une toute autre phrase"
CASES = {
    "wrong password": (ALICE.email, "not this one"),
    "unknown address": ("nobody@acme.fr", PASSWORD),
    "no password yet": (MONA.email, PASSWORD),
    "inactive": (BOB.email, PASSWORD),
}


def test_a_retry_key_is_its_users(as_alice, as_mona):
    """Two people may choose the same key for the same call: neither reads the other's answer."""
    body = {"subject": "Salle froide", "channel": "EMAIL", "complainantRole": "LEARNER"}
    answers = [
        client.post("/api/v1/complaints", body, HTTP_IDEMPOTENCY_KEY="k-1")
        for client in (as_alice, as_mona)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert len({answer.json()["data"]["id"] for answer in answers}) == 2
    assert sorted(Complaint.objects.values_list("created_by", flat=True)) == [ALICE.id, MONA.id]


@pytest.fixture
def double(globex):
    """The other organisation's record of the same person: the same id, address and generation."""
    with tenant_context(globex):
        person, _made = User.objects.update_or_create(
            pk=ALICE.id,
            defaults={
                "email": ALICE.email,
                "name": ALICE.name,
                "role": ALICE.role,
                "token_generation": User.objects.get(pk=ALICE.id).token_generation,
            },
        )
    User.objects.filter(pk=ALICE.id).update(token_generation=person.token_generation)
    return person


@pytest.mark.parametrize("kind", ["reset", "invitation"])
def test_a_password_link_is_its_organisations(kind, acme, globex, double, mails):
    if kind == "reset":
        accounts.request_password_reset(email=ALICE.email, scope=acme.pk, address="127.0.0.1")
    else:
        for tenant in (acme, globex):
            with tenant_context(tenant):
                User.objects.filter(pk=ALICE.id).update(password=make_password(None))
        admin = User.objects.get(pk=ALICE.id)
        accounts.resend_invitation(user=admin, actor=Actor.of(admin))
    [token] = re.findall(r"/links/password/(\S+)", mails()[0].body)
    with tenant_context(globex):
        before = User.objects.get(pk=ALICE.id).password
        with pytest.raises(InvalidFieldsError):
            accounts.set_password_by_link(token=token, new=NEW, scope=str(globex.pk))
        assert User.objects.get(pk=ALICE.id).password == before
    answer = Client("globex").post(
        "/api/v1/auth/password-reset/confirm", {"token": token, "newPassword": NEW}
    )
    assert answer.status_code == 400
    accounts.set_password_by_link(token=token, new=NEW, scope=str(acme.pk))


def test_a_files_link_is_its_organisations(globex):
    """Even one that names a file of the other: nobody makes such a link, and none is followed."""
    with tenant_context(globex):
        key = default_storage.save(f"{tenant_folder()}rapport.pdf", ContentFile(PDF))
        assert linked_file(file_link(key).rpartition("/")[2])[0] == key
    with_acmes_name = file_link(key).rpartition("/")[2]
    with tenant_context(globex), pytest.raises(DeadLinkError):
        linked_file(with_acmes_name)


@pytest.fixture
def hashed(monkeypatch):
    """How often a password was hashed or compared, which is what takes time."""
    done: list[bytes] = []
    real = hashers.digest_of

    def counted(password, *given):
        done.append(password)
        return real(password, *given)

    monkeypatch.setattr(hashers, "digest_of", counted)
    return done


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("way", ["service", "API", "company session", "page"])
def test_each_refused_login_does_the_same_work(way, case, acme, hashed):
    User.objects.filter(pk=MONA.id).update(password=make_password(None))
    User.objects.filter(pk=BOB.id).update(is_active=False)
    email, password = CASES[case]
    body = {"email": email, "password": password}
    admin_client = AdminClient()
    admin_client.get("/admin/login/")
    hashed.clear()
    if way == "service":
        with pytest.raises(CredentialsError):
            accounts.identify(scope=str(acme.pk), address="127.0.0.1", **body)
    elif way == "page":
        assert admin_client.send(
            "/admin/login/", {"username": email, "password": password}
        ).status_code
    else:
        path = "auth/login" if way == "API" else "company/session"
        assert Client("acme").post(f"/api/v1/{path}", body).status_code == 401
    assert len(hashed) == 1
