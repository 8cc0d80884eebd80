"""Webhooks in the back-office."""

import re

import pytest

from qualiforma.webhooks.models import DeliveryState, WebhookDelivery, WebhookEndpoint
from qualiforma.webhooks.secrets import secret_of
from tests.admin_client import entered, text_of
from tests.cast import ALICE, TWIN
from tests.jobs import run_jobs
from tests.qualiforma.webhooks.rows import make_their_webhooks

LIST = "/admin/webhooks/"
THEIRS = f"{LIST}whe_theirs/"
FORM = {
    "url": "https://si.exemple.fr/hooks",
    "description": "Extranet",
    "event_types": ["complaint.created", "improvement-plan.closed"],
}


def secrets_on(answer):
    return re.findall(r"whsec_[A-Za-z0-9+/=]+", answer.content.decode())


@pytest.fixture
def theirs(acme):
    return make_their_webhooks()


def test_an_endpoint_is_added_and_its_secret_shown_once(admin_client):
    assert "Aucun pour le moment." in text_of(admin_client.get(LIST))
    page = admin_client.get(f"{LIST}add/").content.decode()
    assert page.count("<fieldset") == 16  # one for each kind of object, and one around them
    made = admin_client.send(f"{LIST}add/", FORM)
    [endpoint] = WebhookEndpoint.objects.all()
    assert secrets_on(made) == [secret_of(endpoint)]
    assert secrets_on(admin_client.get(f"{LIST}{endpoint.pk}/")) == []
    assert endpoint.event_types == sorted(FORM["event_types"])
    assert "Extranet" in text_of(admin_client.get(LIST))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"url": "http://si.exemple.fr/"}, "commence par https://"),
        ({"url": "https://169.254.169.254/"}, "interne ou réservée"),
        ({"event_types": []}, "Choisissez au moins un événement."),
        ({"event_types": ["nothing.happened"]}, "nothing.happened"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(admin_client, change, said):
    answer = admin_client.send(f"{LIST}add/", FORM | change)
    assert answer.status_code == 400
    assert said in text_of(answer)
    assert not WebhookEndpoint.objects.exists()


def test_ten_endpoints_at_most(admin_client):
    for _ in range(10):
        assert admin_client.send(f"{LIST}add/", FORM).status_code == 200
    answer = admin_client.send(f"{LIST}add/", FORM)
    assert answer.status_code == 409
    assert "Dix points d’accès au plus" in text_of(answer)


def test_deliveries_show_code_duration_tries_and_reason(admin_client, theirs):
    page = text_of(admin_client.get(THEIRS))
    assert "Plans d’amélioration : Clôture" in page
    assert "503 Réponse autre que 2xx 12 ms 3" in page


def test_a_delivery_is_sent_again(admin_client, theirs):
    answer = admin_client.send(THEIRS, {"act": "resend", "delivery": theirs.pk})
    assert answer.status_code == 302
    theirs.refresh_from_db()
    assert theirs.state == DeliveryState.PENDING
    admin_client.send(THEIRS, {"act": "resend", "delivery": theirs.pk})
    assert "déjà en attente" in text_of(admin_client.get(THEIRS))
    assert admin_client.send(THEIRS, {"act": "resend", "delivery": "whd_none"}).status_code == 404


def test_off_on_rotated_changed_and_deleted(admin_client, theirs):
    for state in ("OFF", "ON"):
        admin_client.send(THEIRS, {"act": "switch"})
        endpoint = WebhookEndpoint.objects.get()
        assert endpoint.state == state
    former = secret_of(endpoint)
    [shown] = secrets_on(admin_client.send(THEIRS, {"act": "rotate"}))
    assert shown == secret_of(WebhookEndpoint.objects.get()) != former
    assert "Le secret précédent reste valable jusqu’au" in text_of(admin_client.get(THEIRS))
    assert admin_client.send(THEIRS, FORM).status_code == 302
    assert WebhookEndpoint.objects.get().description == "Extranet"
    assert admin_client.send(THEIRS, FORM | {"url": "http://x/"}).status_code == 400
    assert admin_client.send(THEIRS, {"act": "delete"}).headers["Location"] == LIST
    assert not WebhookEndpoint.objects.exists()


def test_a_test_event_is_sent(admin_client, receiver, add):
    endpoint = add(receiver.url, "complaint.created")
    assert admin_client.send(f"{LIST}{endpoint.pk}/", {"act": "test"}).status_code == 302
    run_jobs()
    assert len(receiver.got) == 1
    assert "Essai" in text_of(admin_client.get(f"{LIST}{endpoint.pk}/"))
    assert WebhookDelivery.objects.get().event.type == "webhook.test"


def test_only_admins_get_there(auditor_client, theirs):
    for page in (LIST, f"{LIST}add/", THEIRS):
        assert auditor_client.get(page).status_code == 403
    assert auditor_client.send(THEIRS, {"act": "delete"}).status_code == 403
    assert "webhooks" not in auditor_client.get("/admin/").content.decode()
    assert WebhookEndpoint.objects.exists()


def test_another_tenants_endpoint_is_not_there(admin_client, theirs, globex):
    there = entered(TWIN)
    assert there.get(THEIRS).status_code == 404
    assert there.send(THEIRS, {"act": "delete"}).status_code == 404
    assert admin_client.get(THEIRS).status_code == 200


def test_the_pages_are_in_english_too(acme, theirs):
    page = text_of(entered(ALICE, language="en").get(THEIRS))
    assert "Send a test" in page
    assert "Improvement plans: Closed" in page
