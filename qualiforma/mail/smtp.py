"""Mail by SMTP, as Django sends it, in conversations that end."""

import smtplib
import socket
import ssl
from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.utils.functional import cached_property

from qualiforma import deadlines


class _SMTP(smtplib.SMTP):
    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """As the library's own, which LMTP's and TLS's replace too."""
        connection = deadlines.connect(host, port)
        connection.settimeout(timeout)
        return connection


class _EncryptedSMTP(smtplib.SMTP_SSL, _SMTP):
    """Its own way to a socket encrypts what the next class returns."""


class SmtpBackend(EmailBackend):
    """Django's, but for a limit of the whole: a server may not hold a worker by slow answers.

    A mail that the server has taken counts as sent, even where the farewell takes too long.
    """

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _EncryptedSMTP if self.use_ssl else _SMTP

    @cached_property
    def ssl_context(self) -> ssl.SSLContext:
        context: ssl.SSLContext = super().ssl_context
        context.sslsocket_class = deadlines.TLSSocket
        return context

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        with deadlines.whole_call(settings.EMAIL_CONVERSATION_SECONDS):
            return super().send_messages(email_messages)
