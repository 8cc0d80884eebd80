"""The guard itself: what it refuses and what it lets pass."""

import socket

import pytest
from django.core.mail import EmailMessage
from django.db import transaction

from qualiforma import audit
from tests.live import free_port


def call_nobody():
    with socket.socket() as one, pytest.raises(ConnectionRefusedError):
        one.connect(("127.0.0.1", free_port()))


def test_a_socket_opened_under_the_lock_fails(acme, no_network_while_trail_is_locked):
    with audit.action("accounts.user.changed"), pytest.raises(AssertionError, match="locked"):
        call_nobody()

    assert no_network_while_trail_is_locked.violations.pop() == "socket.connect"


def test_the_lock_lasts_until_the_outer_transaction_ends(acme, no_network_while_trail_is_locked):
    with transaction.atomic():
        with audit.action("accounts.user.changed"):
            pass
        with pytest.raises(AssertionError, match="locked"):
            EmailMessage("Objet", "Texte", to=["ana@example.org"]).send()

    assert no_network_while_trail_is_locked.violations.pop() == "EmailMessage.send"


def test_a_socket_opened_before_or_after_passes(acme):
    call_nobody()
    with audit.action("accounts.user.changed"):
        pass
    call_nobody()
