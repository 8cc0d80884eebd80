"""Limits on logins and resets: per address, and per account there; shared by all processes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from qualiforma.accounts.services.sessions import PER_ADDRESS, network_of
from qualiforma.ratelimit.models import Counter
from qualiforma.ratelimit.services import hit, purge_counters
from tests.cast import ALICE, BOB, PASSWORD, TWIN, Client
from tests.live import Caller

LOGIN = "/api/v1/auth/login"


def attempt(client, email, password="wrong", **headers):
    return client.post(LOGIN, {"email": email, "password": password}, **headers)


HOME, ELSEWHERE = {"REMOTE_ADDR": "192.0.2.1"}, {"REMOTE_ADDR": "192.0.2.2"}


def test_failed_logins_do_not_lock_the_account_for_others(as_nobody):
    for _ in range(11):
        attempt(as_nobody, ALICE.email, **ELSEWHERE)
    assert attempt(as_nobody, ALICE.email, PASSWORD, **ELSEWHERE).status_code == 429
    assert attempt(as_nobody, ALICE.email, PASSWORD, **HOME).status_code == 200


def test_a_network_of_ipv6_is_one_address(as_nobody):
    for number in range(10):
        attempt(as_nobody, ALICE.email, REMOTE_ADDR=f"2001:db8::{number}")
    same, other = {"REMOTE_ADDR": "2001:db8::ffff:1"}, {"REMOTE_ADDR": "2001:db8:0:1::1"}
    assert attempt(as_nobody, ALICE.email, PASSWORD, **same).status_code == 429
    assert attempt(as_nobody, ALICE.email, PASSWORD, **other).status_code == 200


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("", ""),
        ("unknown", "unknown"),
    ],
)
def test_what_one_caller_has(address, network):
    assert network_of(address) == network


def test_ten_wrong_passwords_lock_the_account_for_a_while(as_nobody):
    for _ in range(10):
        assert attempt(as_nobody, ALICE.email).status_code == 401
    answer = attempt(as_nobody, ALICE.email, PASSWORD)
    assert (answer.status_code, answer.json()["code"]) == (429, "TOO_MANY_REQUESTS")
    assert 0 < int(answer["Retry-After"]) <= 15 * 60
    assert attempt(as_nobody, BOB.email, PASSWORD).status_code == 200, "others are not locked"
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert attempt(as_nobody, ALICE.email, PASSWORD).status_code == 200


def test_capitals_and_blanks_are_the_same_account(as_nobody):
    for _ in range(10):
        attempt(as_nobody, f" {ALICE.email.upper()} ")
    assert attempt(as_nobody, ALICE.email, PASSWORD).status_code == 429


def test_the_same_address_in_another_tenant_is_another_account(as_nobody):
    for _ in range(10):
        attempt(as_nobody, TWIN.email)
    assert attempt(Client("globex"), TWIN.email, PASSWORD).status_code == 200


def test_a_success_forgives(as_nobody):
    for _ in range(3):
        for _ in range(9):
            attempt(as_nobody, ALICE.email)
        assert attempt(as_nobody, ALICE.email, PASSWORD).status_code == 200


def failed_before(address):
    """All of an address's attempts but the last two, counted as the service counts them."""
    for _ in range(PER_ADDRESS.most - 2):
        hit(PER_ADDRESS, address)


def test_an_address_that_tries_many_accounts(as_nobody):
    failed_before("192.0.2.1")
    for number in range(2):
        assert (
            attempt(as_nobody, f"user{number}@acme.fr", REMOTE_ADDR="192.0.2.1").status_code == 401
        )
    assert attempt(as_nobody, ALICE.email, PASSWORD, REMOTE_ADDR="192.0.2.1").status_code == 429
    assert attempt(as_nobody, ALICE.email, PASSWORD, REMOTE_ADDR="192.0.2.2").status_code == 200


def test_a_forged_forwarded_address_changes_nothing(as_nobody, settings):
    failed_before("127.0.0.1")
    for number in range(2):
        forged = {"HTTP_X_FORWARDED_FOR": f"198.51.100.{number}"}
        assert attempt(as_nobody, f"u{number}@acme.fr", **forged).status_code == 401
    assert attempt(as_nobody, ALICE.email, PASSWORD).status_code == 429
    settings.TRUSTED_PROXIES = 1
    forged = {"HTTP_X_FORWARDED_FOR": "203.0.113.9, 198.51.100.7"}
    assert attempt(as_nobody, ALICE.email, PASSWORD, **forged).status_code == 200


def test_counters_hold_no_personal_data(as_nobody):
    attempt(as_nobody, ALICE.email)
    for counter in Counter.objects.all():
        assert len(counter.pk) == 64
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert purge_counters() > 0
    assert not Counter.objects.exists()


def test_attempts_made_at_once_over_two_processes(demo_server):
    """None slips through between reading a counter and writing it."""
    call = Caller(demo_server.base, "votre-tenant")
    body = {"email": "trainer@qualiforma.fr", "password": "wrong"}
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda _: call("POST", "auth/login", body)[0], range(16)))
    assert (codes.count(401), codes.count(429)) == (10, 6)


@pytest.mark.parametrize("email", [ALICE.email, "nobody@acme.fr"])
def test_resets_are_few_and_silent(as_nobody, mails, email):
    for _ in range(8):
        answer = as_nobody.post("/api/v1/auth/password-reset", {"email": email})
        assert answer.status_code == 204
    assert len(mails()) == (5 if email == ALICE.email else 0)
