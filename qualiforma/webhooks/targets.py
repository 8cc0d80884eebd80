"""Where webhooks may go: the public internet, by TLS. Judged on the address really connected to.

A name says nothing: who owns it may point it anywhere, and elsewhere a second later. Hence the name
is looked up once, each address is judged, and the connection goes to that very address.
"""

import http.client
import ipaddress
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from qualiforma import deadlines
from qualiforma.webhooks.models import URL_MAX, DeliveryFailure

# For the whole of a try: look-up, connection, handshake, question and answer.
TRY_SECONDS = 10.0
# Of an answer as much is read, and nothing of it kept.
ANSWER_MAX = 64 * 1024
AGENT = "QualiForma-Webhooks/1"
# Of IPv6 what is handed out to the internet, less what leads to IPv4 addresses by other names:
# IETF's own (Teredo among them) and 6to4. NAT64 and mapped addresses are not in it at all.
_GLOBAL = ipaddress.IPv6Network("2000::/3")
_NOT_GLOBAL = (ipaddress.IPv6Network("2001::/23"), ipaddress.IPv6Network("2002::/16"))


class RefusedAddressError(OSError):
    """The name leads to no address that webhooks may go to."""


@dataclass(frozen=True)
class Answer:
    """The result of a delivery attempt. `code` is None where no answer came."""

    code: int | None
    failure: DeliveryFailure
    duration_ms: int

    @property
    def is_success(self) -> bool:
        """Whether the receiver has it."""
        return self.failure == DeliveryFailure.NONE


def is_allowed(address: str) -> bool:
    """Say whether an IP address is one of the public internet; loopback by a setting, for tests."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if found.is_loopback:
        return bool(settings.WEBHOOKS_LOOPBACK)
    if isinstance(found, ipaddress.IPv4Address):
        return found.is_global and not found.is_multicast and not found.is_reserved
    is_other = any(found in network for network in _NOT_GLOBAL)
    return found in _GLOBAL and found.is_global and not is_other


def url_fault(url: str) -> str | None:
    """Return what is wrong with an endpoint's address, by a word; None when nothing is.

    Only what the address itself says; its host is judged at each connection.
    """
    is_plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "malformed"
    faults = {
        "malformed": not is_plain or len(url) > URL_MAX or not host or port == 0 or "#" in url,
        "not_https": parts.scheme != "https",
        "credentials": parts.username is not None or parts.password is not None,
        "refused_address": _is_inside(host),
    }
    return next((name for name, is_so in faults.items() if is_so), None)


def _is_inside(host: str) -> bool:
    """Say whether a host is an address that is not allowed, or a name that always means this machine (RFC 6761)."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        name = f".{host.lower().rstrip('.')}"
        return name.endswith(".localhost") and not settings.WEBHOOKS_LOOPBACK
    return not is_allowed(host)


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send a message and return what came of it; never raises for what the other side does."""
    began, code = time.monotonic(), None
    try:
        with deadlines.whole_call(TRY_SECONDS):
            code = _exchange(url, body, headers)
        failure = _judged(code)
    except TimeoutError:
        failure = DeliveryFailure.TIMEOUT
    except RefusedAddressError:
        failure = DeliveryFailure.REFUSED_ADDRESS
    except deadlines.LookUpError:
        failure = DeliveryFailure.UNKNOWN_NAME
    except ssl.SSLError:
        failure = DeliveryFailure.TLS
    except (OSError, http.client.HTTPException, ValueError):
        failure = DeliveryFailure.UNREACHABLE
    return Answer(code, failure, round((time.monotonic() - began) * 1000))


def _judged(code: int) -> DeliveryFailure:
    if 200 <= code < 300:
        return DeliveryFailure.NONE
    return DeliveryFailure.REDIRECT if 300 <= code < 400 else DeliveryFailure.STATUS


def _exchange(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    parts = urlsplit(url)
    connection = _Connection(parts.hostname or "", parts.port or 443, timeout=TRY_SECONDS)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, {"User-Agent": AGENT, **headers})
        answer = connection.getresponse()
        if 200 <= answer.status < 300:  # of another one nothing is of interest
            answer.read(ANSWER_MAX)
        return answer.status
    finally:
        connection.close()


class _Connection(http.client.HTTPSConnection):
    """Connects to a judged address, by the deadline; TLS is held to the name."""

    def connect(self) -> None:
        plain = deadlines.connect(self.host, self.port, judge=_judge)
        context = tls_context()
        try:
            _judge(plain.getpeername()[0])
            self.sock = context.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise


def _judge(address: str) -> None:
    if not is_allowed(address):
        raise RefusedAddressError(address)


def tls_context() -> ssl.SSLContext:
    """Return what verifies receivers: by the machine's authorities, at deadlines like all else."""
    context = ssl.create_default_context()
    context.sslsocket_class = deadlines.TLSSocket
    return context
