"""The organisation's logo: uploaded on its profile's page, shown at its login, of nobody else."""

import struct
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from compliance.models import OrganisationProfile
from qualiforma.audit.models import AuditEvent
from tests.admin_client import AdminClient, text_of
from tests.files import JPEG, PDF, PNG

pytestmark = pytest.mark.django_db
PAGE = "/admin/compliance/organisation/logo/"
LOGIN = "/admin/login/"
_CHUNK = b"VP8L" + struct.pack("<I", 4) + b"\x2f\0\0\0"
WEBP = b"RIFF" + struct.pack("<I", len(_CHUNK) + 4) + b"WEBP" + _CHUNK
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def send(admin_client, content=PNG, name="logo.png"):
    return admin_client.send(PAGE, {"file": SimpleUploadedFile(name, content)})


def address_at_login(host="acme.localhost"):
    page = AdminClient(host).get(LOGIN).content.decode()
    _before, found, rest = page.partition('<img class="qf-login-logo" src="')
    return rest.split('"')[0] if found else None


@pytest.mark.parametrize(
    ("content", "name", "content_type"),
    [
        (PNG, "logo.png", "image/png"),
        (JPEG, "logo.jpg", "image/jpeg"),
        (WEBP, "logo.webp", "image/webp"),
    ],
)
def test_a_logo_is_shown_at_the_login(acme, admin_client, content, name, content_type):
    assert send(admin_client, content, name).status_code == 302
    address = address_at_login()
    answer: Any = AdminClient().get(address)
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == content
    assert answer["Content-Type"] == content_type
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")
    assert address in AdminClient().get("/admin/password_forgotten/").content.decode()


def test_without_a_logo_the_name_stands_alone(acme):
    assert address_at_login() is None
    assert "Acme" in text_of(AdminClient().get(LOGIN))


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (SVG, "logo.svg", "n’est pas admis"),
        (PDF, "logo.pdf", "n’est pas admis"),
        (PNG + b"<script>", "logo.png", "n’est pas admis"),
        (WEBP + b"\0", "logo.webp", "n’est pas admis"),
        (PNG, "logo.jpg", "doit se terminer par .png"),
        (PNG + bytes(1024**2), "logo.png", "dépasse 1 Mo"),
        (b"", "logo.png", "n’est pas admis"),
    ],
)
def test_other_files_are_refused_at_the_field(acme, admin_client, content, name, why):
    answer = send(admin_client, content, name)
    assert answer.status_code == 400
    assert why in text_of(answer)
    assert address_at_login() is None


def test_a_new_logo_has_a_new_address_and_the_old_file_goes(
    acme, admin_client, django_capture_on_commit_callbacks
):
    send(admin_client)
    first, key = address_at_login(), OrganisationProfile.objects.get().logo
    with django_capture_on_commit_callbacks(execute=True):
        send(admin_client, JPEG, "logo.jpg")
    assert address_at_login() != first
    assert AdminClient().get(first).status_code == 404
    assert not default_storage.exists(key)


def test_a_logo_is_removed(acme, admin_client):
    send(admin_client)
    assert "Retirer le logo" in text_of(admin_client.get("/admin/compliance/organisation/"))
    assert admin_client.send(PAGE, {"remove": "1"}).status_code == 302
    assert address_at_login() is None


def test_a_logo_is_of_one_organisation(acme, globex, admin_client):
    send(admin_client)
    address = address_at_login()
    assert address_at_login("globex.localhost") is None
    assert AdminClient("globex.localhost").get(address).status_code == 404


def test_an_altered_logo_is_not_shown(acme, admin_client):
    send(admin_client)
    row = OrganisationProfile.objects.get()
    address = address_at_login()
    default_storage.delete(row.logo)
    assert AdminClient().get(address).status_code == 404
    with default_storage.open(row.logo, "wb") as file:
        file.write(JPEG)
    assert AdminClient().get(address).status_code == 404


def test_the_profile_keeps_its_version_and_the_trail_knows(acme, admin_client):
    send(admin_client)
    assert OrganisationProfile.objects.get().version == 0
    assert AuditEvent.objects.filter(action="compliance.organisation.logo_changed").exists()


def test_an_auditor_changes_no_logo(acme, auditor_client):
    assert send(auditor_client).status_code == 403
    assert "Enregistrer le logo" not in text_of(
        auditor_client.get("/admin/compliance/organisation/")
    )
