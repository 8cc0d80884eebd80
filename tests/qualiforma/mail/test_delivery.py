"""Delivery to a real SMTP server, which is slow, away, or refuses."""

import re
import socket

import pytest
from aiosmtpd.controller import Controller

from qualiforma.accounts import mails as account_mails
from qualiforma.accounts import services as accounts
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.jobs.runner import GiveUpError
from qualiforma.mail.jobs import deliver
from tests.cast import ALICE, BOB
from tests.jobs import run_jobs
from tests.live import free_port
from tests.mailbox import Mailbox


@pytest.fixture
def smtp(settings):
    server = Mailbox()
    controller = Controller(server, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "qualiforma.mail.smtp.SmtpBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    settings.DEFAULT_FROM_EMAIL = "QualiForma <bonjour@of.example>"
    yield server
    controller.stop()


@pytest.fixture
def invited(acme):
    alice = Actor.of(User.objects.get(pk=ALICE.id))
    return accounts.invite_user(
        email="zoé@exemple.fr".replace("é", "e"), name="Zoé <b>", role="TRAINER", actor=alice
    )


def test_an_invitation_arrives_whole(invited, smtp):
    assert run_jobs() == 1
    [message] = smtp.messages
    assert message["To"] == "zoe@exemple.fr"
    assert message["From"] == "QualiForma <bonjour@of.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "fr"
    assert re.fullmatch(r"<msg_[0-9a-f]{24}@of\.example>", message["Message-ID"])
    text = message.get_body(("plain",)).get_content()
    page = message.get_body(("html",)).get_content()
    [link] = re.findall(r"http://\S+/links/password/\S+", text)
    assert page.count(f'href="{link}"') == 2
    assert "Zoé <b>" in text
    assert "Zoé &lt;b&gt;" in page
    assert "pour Acme" in text
    assert '<html lang="fr">' in page


def test_a_repeated_delivery_has_the_same_message_id(invited, smtp):
    queued = {"kind": "accounts.invitation", "language": "en", "message": "msg_0123"}
    for _ in range(2):
        deliver.function(**queued, user=invited.pk)
    assert [message["Message-ID"] for message in smtp.messages] == ["<msg_0123@of.example>"] * 2
    assert "Choose my password" in smtp.messages[0].get_body(("html",)).get_content()


def test_what_has_become_pointless_is_not_sent(invited, smtp):
    invited.set_password("une phrase de passe")
    invited.save()
    run_jobs()
    assert smtp.messages == []


def test_reset_of_unknown_address_costs_the_same_and_sends_nothing(acme, smtp):
    for address in (BOB.email, "nobody@acme.fr"):
        accounts.request_password_reset(email=address, scope=acme.pk, address="127.0.0.1")
    assert run_jobs() == 2
    assert [message["To"] for message in smtp.messages] == [BOB.email]


@pytest.mark.parametrize("refusal", ["451 greylisted", "421 busy"])
def test_a_passing_refusal_is_tried_again(invited, smtp, refusal):
    smtp.refuse = refusal
    with pytest.raises(OSError, match=refusal[:3]):
        run_jobs()


def test_an_address_that_will_never_be_right_is_given_up(invited, smtp):
    smtp.refuse = "550 no such mailbox"
    with pytest.raises(GiveUpError):
        run_jobs()


def test_a_server_that_is_away_is_tried_again(invited, smtp, settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = taken.getsockname()[1]
        with pytest.raises(ConnectionRefusedError):
            run_jobs()


def test_a_name_cannot_add_headers(invited, smtp):
    User.objects.filter(pk=invited.pk).update(name="Zoé\r\nBcc: all@exemple.fr")
    account_mails.invitation.send(user=invited.pk)
    run_jobs()
    assert all(message["Bcc"] is None for message in smtp.messages)
