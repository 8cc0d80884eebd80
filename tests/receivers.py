"""A receiver of webhooks by https on this machine, with a certificate of its own authority."""

import datetime as dt
import http.server
import ipaddress
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def make_certificate(folder):
    """Write `receiver.pem` (key and certificate) and `authority.pem`; good for this machine's names."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver")])
    now = dt.datetime.now(dt.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=400))
        .not_valid_after(now + dt.timedelta(days=400))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate = made.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "receiver.pem").write_bytes(secret + certificate)
    (folder / "authority.pem").write_bytes(certificate)
    return folder / "authority.pem"


class Receiver:
    """What it was sent, in order: (headers, body). `answer` decides what it says.

    Shape of an answer: a status, or (status, headers, seconds before it).
    """

    def __init__(self):
        self.url = ""
        self.got: list[tuple[dict[str, str], str]] = []
        self.body = b""
        self.answer: Callable[[Receiver], Any] = lambda receiver: 204

    @property
    def bodies(self):
        return [body for _headers, body in self.got]


@contextmanager
def receiving(folder):
    """Serve until the block ends; the receiver's `url` is where."""
    receiver = Receiver()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            receiver.got.append((dict(self.headers), body))
            said = receiver.answer(receiver)
            status, headers, seconds = said if isinstance(said, tuple) else (said, {}, 0)
            time.sleep(seconds)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(receiver.body)))
            self.end_headers()
            with suppress(OSError):  # who has read enough hangs up
                self.wfile.write(receiver.body)

        def log_message(self, *args):
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "receiver.pem")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    receiver.url = f"https://localhost:{server.server_address[1]}/in"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
