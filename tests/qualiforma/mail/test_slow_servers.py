"""The conversation with a mail server ends in time as a whole, however slow each of its answers is."""

import datetime
import smtplib
import socket
import ssl
import time
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.mail import EmailMessage

from qualiforma import deadlines
from qualiforma.mail import smtp
from tests.slow_servers import LONGEST, dripping, full, mute

HELLO = (b"250-here\r\n250 SMTPUTF8\r\n", b"250 sender\r\n", b"250 recipient\r\n")
STEPS = {
    "greeting": {"drips": b"220-wait\r\n"},
    "hello": {"greeting": b"220 here\r\n", "drips": b"250-wait\r\n"},
    "one long line": {"greeting": b"220 here\r\n", "drips": b"2"},
}


@pytest.fixture
def server_key(tmp_path):
    """A certificate of 127.0.0.1's own, as a context of a server."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    plan = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    plan = plan.public_key(key.public_key()).serial_number(1).not_valid_before(now)
    made = plan.not_valid_after(now + datetime.timedelta(days=1)).sign(key, hashes.SHA256())
    encoding = serialization.Encoding.PEM
    shape = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path = tmp_path / "server.pem"
    path.write_bytes(key.private_bytes(encoding, *shape) + made.public_bytes(encoding))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def send(port, **options):
    """Send a mail; return how long that took and what came of it."""
    backend = smtp.SmtpBackend(host="127.0.0.1", port=port, **options)
    if "use_ssl" in options or "use_tls" in options:
        backend.ssl_context.check_hostname = False
        backend.ssl_context.verify_mode = ssl.CERT_NONE
    began = time.monotonic()
    found: Any
    try:
        found = backend.send_messages([EmailMessage("Sujet", "Texte", "a@b.fr", ["c@d.fr"])])
    except (OSError, smtplib.SMTPException) as error:
        found = error
    return time.monotonic() - began, found


@pytest.fixture(autouse=True)
def limits(settings):
    settings.EMAIL_TIMEOUT, settings.EMAIL_CONVERSATION_SECONDS = 20, 1


@pytest.mark.parametrize("how", STEPS.values(), ids=STEPS)
def test_a_server_that_drips(how):
    with dripping(**how) as server:
        seconds, found = send(server.port)
    assert isinstance(found, OSError)
    assert seconds < LONGEST / 2


def test_a_server_that_drips_after_the_text(settings):
    script = (*HELLO, b"354 go on\r\n")
    with dripping(*script, greeting=b"220 here\r\n", drips=b"250-wait\r\n") as server:
        seconds, found = send(server.port)
    assert isinstance(found, OSError)
    assert seconds < LONGEST / 2


def test_a_mail_that_was_taken_is_not_sent_again():
    script = (*HELLO, b"354 go on\r\n", b"250 taken\r\n")
    with dripping(*script, greeting=b"220 here\r\n", drips=b"221-wait\r\n") as server:
        seconds, found = send(server.port)
    assert found == 1
    assert seconds < LONGEST / 2


def test_an_encrypted_server_that_drips(server_key):
    with dripping(drips=b"220-wait\r\n", tls=server_key) as server:
        seconds, found = send(server.port, use_ssl=True)
    assert isinstance(found, OSError)
    assert seconds < LONGEST / 2


@pytest.mark.parametrize("options", [{"use_ssl": True}, {}])
def test_a_mute_server(options):
    with mute() as server:
        seconds, found = send(server.port, **options)
    assert isinstance(found, OSError)
    assert seconds < LONGEST / 2


def test_a_handshake_that_does_not_end():
    script = (b"250-here\r\n250 STARTTLS\r\n", b"220 go on\r\n")
    with dripping(*script, greeting=b"220 here\r\n", drips=b"\x16\x03\x03\x40\x00") as server:
        seconds, found = send(server.port, use_tls=True)
    assert isinstance(found, OSError)
    assert seconds < LONGEST / 2


def test_connections_that_are_not_accepted(settings):
    settings.EMAIL_CONVERSATION_SECONDS = 60
    with full() as port:
        seconds, found = send(port)
    assert isinstance(found, TimeoutError)
    assert seconds < settings.EMAIL_TIMEOUT


def test_name_without_resolver(monkeypatch):
    def never(*args, **options):
        time.sleep(LONGEST)

    monkeypatch.setattr(socket, "getaddrinfo", never)
    began = time.monotonic()
    with pytest.raises(TimeoutError), deadlines.whole_call(0.5):
        deadlines.connect("mail.example", 25)
    assert time.monotonic() - began < LONGEST / 2
