"""The form by which anybody complains: at the tenant's own host, without an account."""

import re
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.test import Client

from compliance.models import OrganisationProfile
from improvements.models import Complaint
from qualiforma.ratelimit.models import Counter
from qualiforma.tenants.context import tenant_context
from tests.jobs import run_jobs
from tests.live import free_port
from tests.mailbox import Mailbox

URL = "/reclamation"
HOST = "acme.localhost"
GIVEN = {
    "subject": "Salle trop froide",
    "description": "Deux jours sans chauffage.\r\nPersonne n’est venu.",
    "name": "Nadia Benali",
    "email": "nadia@example.org",
    "role": "LEARNER",
    "consent": "on",
    "website": "",
}


@pytest.fixture
def form_is_open(acme):
    OrganisationProfile.objects.create(public_complaints=True)


def shown(client: Client, host: str = HOST) -> str:
    """The token of a form as it is shown."""
    page = client.get(URL, HTTP_HOST=host).content.decode()
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found, page
    return found[1]


def send(client: Client, host: str = HOST, **changed: str) -> Any:
    body = GIVEN | {"token": shown(client)} | changed
    return client.post(URL, body, HTTP_HOST=host)


def test_a_complaint_is_stored_and_acknowledged_by_a_real_server(form_is_open, client, settings):
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "qualiforma.mail.smtp.SmtpBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    try:
        answer = send(client)
        assert (answer.status_code, answer["Location"]) == (302, "/reclamation/envoyee")
        assert not mailbox.messages, "nothing is sent while the visitor waits"
        complaint = Complaint.objects.get()
        assert complaint.acknowledged_at is None
        run_jobs()
    finally:
        controller.stop()
    assert (complaint.origin, complaint.channel) == ("PUBLIC_FORM", "FORM")
    assert complaint.created_by is None
    assert complaint.description == "Deux jours sans chauffage.\nPersonne n’est venu."
    assert complaint.answer_by is not None
    assert complaint.consented_at is not None
    [mail] = mailbox.messages
    assert mail["To"] == "nadia@example.org"
    plain = mail.get_body(("plain",))
    assert plain is not None
    text = plain.get_content()
    assert str(complaint.answer_by.year) in text
    assert "froide" not in text, "it may reach somebody who wrote nothing"
    complaint.refresh_from_db()
    assert complaint.acknowledged_at is not None


def test_the_origin_is_seen(form_is_open, client, as_alice, admin_client):
    send(client)
    [row] = as_alice.get("/api/v1/complaints?origin=PUBLIC_FORM").json()["data"]
    assert (row["origin"], row["complainantEmail"]) == ("PUBLIC_FORM", "nadia@example.org")
    assert as_alice.get("/api/v1/complaints?origin=STAFF").json()["meta"]["total"] == 0
    page = admin_client.get(
        f"/admin/improvements/complaint/{row['id'].replace('_', '_5F')}/change/"
    )
    assert "Formulaire public" in page.content.decode()


def test_sent_twice_it_is_one_complaint(form_is_open, client):
    token = shown(client)
    for _ in range(2):
        assert send(client, token=token).status_code == 302
    assert Complaint.objects.count() == 1


def test_a_thousand_calls_from_one_address(form_is_open, client):
    token = shown(client)
    codes = [send_again(client, token, rank).status_code for rank in range(1000)]
    assert codes[:5] == [400] * 5
    assert set(codes[5:]) == {429}
    refused = send_again(client, token, 1001)
    assert int(refused["Retry-After"]) > 0
    good = client.post(URL, GIVEN | {"token": token}, HTTP_HOST=HOST)
    assert good.status_code == 429
    assert not Complaint.objects.exists()


def send_again(client, token, rank):
    body = GIVEN | {"token": token, "subject": f"<b>Gras {rank}</b>"}
    return client.post(URL, body, HTTP_HOST=HOST)


def test_good_ones_are_limited_too_and_another_address_is_not(form_is_open, client):
    codes = [send(client, email=f"a{rank}@example.org").status_code for rank in range(7)]
    assert codes == [302] * 5 + [429] * 2
    assert Complaint.objects.count() == 5
    body = GIVEN | {"token": shown(client)}
    assert client.post(URL, body, HTTP_HOST=HOST, REMOTE_ADDR="192.0.2.7").status_code == 302


def test_one_mailbox_is_not_flooded(form_is_open, client, mails):
    for rank in range(4):
        body = GIVEN | {"token": shown(client), "subject": str(rank)}
        client.post(URL, body, HTTP_HOST=HOST, REMOTE_ADDR=f"192.0.2.{rank}")
    run_jobs()
    assert Complaint.objects.count() == 4
    assert Complaint.objects.filter(acknowledged_at=None).count() == 1


WRONG = [
    ({"subject": "<script>alert(1)</script>"}, "sans balises"),
    ({"description": "Bonjour <a href='x'>ici</a>"}, "sans balises"),
    ({"name": "</p>Nadia"}, "sans balises"),
    ({"email": "nadia"}, "adresse"),
    ({"email": "a@example.org\nBcc: b@example.org"}, "adresse"),
    ({"subject": ""}, "obligatoire"),
    ({"subject": "x" * 201}, "200"),
    ({"description": "x" * 5001}, "5000"),
    ({"subject": "a\x07b"}, "contrôle"),
    ({"consent": ""}, "obligatoire"),
    ({"role": "KING"}, "choix"),
    ({"token": "forged"}, "trop longtemps"),
]


@pytest.mark.parametrize(("changed", "words"), WRONG, ids=[str(one)[:40] for one, _ in WRONG])
def test_what_is_refused_says_why_and_stores_nothing(form_is_open, client, changed, words):
    answer = send(client, **changed)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not Complaint.objects.exists()


def test_less_than_is_no_markup(form_is_open, client):
    assert send(client, description="Note < 10 et 3 > 2, je <3 ce cours").status_code == 302


def test_a_program_that_fills_every_field_is_thanked_and_not_heard(form_is_open, client):
    assert send(client, website="https://spam.example").status_code == 302
    assert not Complaint.objects.exists()


def test_ten_megabytes_are_refused_unread(form_is_open, client):
    body = GIVEN | {"token": shown(client), "description": "x" * 10_000_000}
    before = Counter.objects.count()
    answer = client.post(URL, body, HTTP_HOST=HOST)
    assert answer.status_code == 413
    assert Counter.objects.count() == before, "not even counted"
    assert not Complaint.objects.exists()
    longest = GIVEN | {"token": shown(client), "description": "é" * 5000}
    encoded = {"content_type": "application/x-www-form-urlencoded", "HTTP_HOST": HOST}
    assert client.post(URL, "&".join(map("=".join, longest.items())), **encoded).status_code == 302


def test_a_closed_form_is_no_page(acme, client):
    OrganisationProfile.objects.create()
    for path in (URL, f"{URL}/envoyee"):
        assert client.get(path, HTTP_HOST=HOST).status_code == 404
    assert client.post(URL, GIVEN | {"token": "x"}, HTTP_HOST=HOST).status_code == 404
    assert not Complaint.objects.exists()


def test_another_hosts_form_takes_nothing(form_is_open, client, globex):
    assert send(client, host="globex.localhost").status_code == 404
    for host in ("localhost", "nowhere.localhost", "127.0.0.1"):
        assert send(client, host=host).status_code == 404
    with tenant_context(globex):
        OrganisationProfile.objects.create(public_complaints=True)
    assert send(client, host="globex.localhost").status_code == 400  # acme's form
    assert not Complaint.objects.exists()
    with tenant_context(globex):
        assert not Complaint.objects.exists()


def test_a_form_from_elsewhere_is_refused(form_is_open):
    strict = Client(enforce_csrf_checks=True)
    body = GIVEN | {"token": shown(strict)}
    strict.cookies.clear()
    assert strict.post(URL, body, HTTP_HOST=HOST).status_code == 403
    assert not Complaint.objects.exists()


@pytest.mark.parametrize(
    ("language", "title"), [("fr", "Faire une réclamation"), ("en", "Make a complaint")]
)
def test_both_languages(form_is_open, client, language, title):
    page = client.get(URL, HTTP_HOST=HOST, HTTP_ACCEPT_LANGUAGE=language)
    assert f"<h1>{title}</h1>" in page.content.decode()
    assert f'lang="{language}"' in page.content.decode()


def test_other_methods_are_none(form_is_open, client):
    assert client.put(URL, HTTP_HOST=HOST).status_code in {403, 405}
    assert client.post(f"{URL}/envoyee", HTTP_HOST=HOST).status_code in {403, 405}
