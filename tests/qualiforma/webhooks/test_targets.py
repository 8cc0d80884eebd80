"""Where webhooks never go, whatever a name or a receiver says."""

import http.client
import logging
import socket

import pytest

from qualiforma import deadlines
from qualiforma.webhooks import targets
from qualiforma.webhooks.models import DeliveryFailure, WebhookDelivery
from qualiforma.webhooks.targets import ANSWER_MAX, is_allowed, post, url_fault
from tests.improvements.factories import plan_body
from tests.jobs import run_jobs

REFUSED = [
    *("127.0.0.1", "127.8.9.1", "0.0.0.1", "10.0.0.1", "172.16.0.1", "172.31.255.255"),
    *("192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.0.170", "198.18.0.1", "224.0.0.1"),
    *("240.0.0.1", "255.255.255.255", "203.0.113.9"),
    *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1"),
    *("::ffff:10.0.0.1", "::ffff:127.0.0.1", "::ffff:93.184.216.34", "::10.0.0.1"),
    *("64:ff9b::a00:1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:a00:1::1", "2001:0:a00:1::1"),
    *("fec0::1", "100::1", "nonsense", ""),
]
ALLOWED = ["93.184.216.34", "1.1.1.1", "2606:4700:4700::1111", "2a00:1450:4007::5e"]


@pytest.mark.parametrize("address", REFUSED)
def test_no_internal_or_reserved_address(address):
    assert not is_allowed(address)


@pytest.mark.parametrize("address", ALLOWED)
def test_public_addresses(address):
    assert is_allowed(address)


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("https://si.exemple.fr/hooks?x=1", None),
        ("https://si.exemple.fr:8443", None),
        ("http://si.exemple.fr/", "not_https"),
        ("ftp://si.exemple.fr/", "not_https"),
        ("https://user:word@si.exemple.fr/", "credentials"),
        ("https://@si.exemple.fr/", "credentials"),
        ("https://", "malformed"),
        ("https://si.exemple.fr/#part", "malformed"),
        ("https://si exemple.fr/", "malformed"),
        ("https://si.exemple.fr:99999/", "malformed"),
        ("https://si.exemple.fr\\@10.0.0.1/", "malformed"),
        ("https://exämple.fr/", "malformed"),
        ("https://127.0.0.1/", "refused_address"),
        ("https://169.254.169.254/latest/meta-data", "refused_address"),
        ("https://[::ffff:10.0.0.1]/", "refused_address"),
        ("https://[::1]:8443/", "refused_address"),
        ("https://10.0.0.1/", "refused_address"),
        ("https://localhost:9999/h", "refused_address"),
        ("https://a.LOCALHOST./h", "refused_address"),
        (f"https://si.exemple.fr/{'x' * 500}", "malformed"),
    ],
)
def test_what_an_address_itself_says(url, fault):
    assert url_fault(url) == fault


@pytest.mark.parametrize(
    ("url", "field"),
    [
        ("http://si.exemple.fr/", "url"),
        ("https://169.254.169.254/", "url"),
        ("https://x y/", "url"),
    ],
)
def test_the_api_names_what_is_wrong(as_alice, url, field):
    body = {"url": url, "eventTypes": ["complaint.created"]}
    answer = as_alice.post("/api/v1/webhook-endpoints", body)
    assert answer.status_code == 400
    assert [one["field"] for one in answer.json()["errors"]] == [field]


@pytest.fixture
def connected(monkeypatch):
    """Addresses that were connected to; nothing leaves this machine."""
    reached = []

    def connect(self, address):
        reached.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    return reached


def leading_to(monkeypatch, *answers):
    """Have every name lead to these addresses, one list for each look-up; returns the look-ups."""
    asked: list[str] = []

    def look_up(host, port, *args, **kwargs):
        found = answers[min(len(asked), len(answers) - 1)]
        asked.append(host)
        return [
            (
                socket.AF_INET6 if ":" in one else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (one, port),
            )
            for one in found
        ]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "169.254.169.254", "::ffff:10.0.0.1", "10.0.0.1", "64:ff9b::a00:1"]
)
def test_a_name_that_leads_inside_is_refused_before_anything_is_sent(
    monkeypatch, connected, address
):
    leading_to(monkeypatch, [address])
    answer = post("https://harmless.example/", b"{}", {})
    assert (answer.code, answer.failure) == (None, DeliveryFailure.REFUSED_ADDRESS)
    assert connected == []


def test_a_name_that_changes_between_look_up_and_connection(monkeypatch, connected):
    """It is looked up once, and what was judged is what is connected to."""
    asked = leading_to(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
    answer = post("https://rebinding.example/", b"{}", {})
    assert answer.failure == DeliveryFailure.UNREACHABLE
    assert len(asked) == 1
    assert connected == ["93.184.216.34"]


def test_of_several_addresses_the_inner_ones_are_left_out(monkeypatch, connected):
    leading_to(monkeypatch, ["10.0.0.1", "93.184.216.34", "::1"])
    post("https://both.example/", b"{}", {})
    assert connected == ["93.184.216.34"]


def test_the_address_at_the_other_end_is_judged_too(monkeypatch, receiver, settings):
    """Should anything between name and socket have led elsewhere."""
    settings.WEBHOOKS_LOOPBACK = False
    monkeypatch.setattr(deadlines, "connect", plain_connection)
    answer = post(receiver.url, b"{}", {})
    assert answer.failure == DeliveryFailure.REFUSED_ADDRESS
    assert receiver.got == []


def plain_connection(host, port, **options):
    return socket.create_connection((host, port))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(receiver, status):
    receiver.answer = lambda _receiver: (status, {"Location": "https://10.0.0.1/"}, 0)
    answer = post(receiver.url, b"{}", {})
    assert (answer.code, answer.failure) == (status, DeliveryFailure.REDIRECT)
    assert len(receiver.got) == 1


def test_refusals_are_logged_and_shown(receiver, add, as_alice, settings, caplog):
    caplog.set_level(logging.INFO)
    endpoint = add(receiver.url, "improvement-plan.created")
    settings.WEBHOOKS_LOOPBACK = False
    as_alice.post("/api/v1/improvement-plans", plan_body())
    run_jobs()
    assert receiver.got == []
    [delivery] = WebhookDelivery.objects.all()
    assert (delivery.state, delivery.failure) == ("PENDING", "REFUSED_ADDRESS")
    assert "REFUSED_ADDRESS" in [getattr(one, "status", "") for one in caplog.records]
    url = f"/api/v1/webhook-endpoints/{endpoint.pk}/deliveries"
    [row] = as_alice.get(url).json()["data"]
    assert (row["failure"], row["code"], row["tries"]) == ("REFUSED_ADDRESS", None, 1)


def test_a_certificate_of_nobody_we_know_is_refused(receiver, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    assert post(receiver.url, b"{}", {}).failure == DeliveryFailure.TLS
    assert receiver.got == []


def test_nothing_waits_for_longer_than_the_try(receiver, monkeypatch):
    monkeypatch.setattr(targets, "TRY_SECONDS", 0.3)
    receiver.answer = lambda _receiver: (204, {}, 2)
    answer = post(receiver.url, b"{}", {})
    assert answer.failure == DeliveryFailure.TIMEOUT
    assert answer.duration_ms < 1900


def test_a_long_answer_is_cut(receiver, monkeypatch):
    read = []
    whole = http.client.HTTPResponse.read

    def reading(self, amount=None):
        found = whole(self, amount)
        read.append((amount, len(found)))
        return found

    monkeypatch.setattr(http.client.HTTPResponse, "read", reading)
    receiver.body = b"x" * (ANSWER_MAX * 4)
    receiver.answer = lambda _receiver: 200
    assert post(receiver.url, b"{}", {}).is_success
    assert read == [(ANSWER_MAX, ANSWER_MAX)]


def test_an_unknown_name(monkeypatch):
    def look_up(*args, **kwargs):
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert post("https://nowhere.example/", b"{}", {}).failure == DeliveryFailure.UNKNOWN_NAME
