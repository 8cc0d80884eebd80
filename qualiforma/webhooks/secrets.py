"""Secrets of endpoints: derived from the installation's secret, so that no table holds one.

Anyone who reads the database alone can sign nothing. Another QUALIFORMA_SECRET_KEY ends every secret,
as it ends every token and link. Shape: `whsec_` and base64 of 32 bytes, as the specification says.
"""

import base64
from collections.abc import Iterator
from datetime import datetime

from django.utils.crypto import salted_hmac
from standardwebhooks import Webhook

from qualiforma.tenants.context import current_scope
from qualiforma.webhooks.models import WebhookEndpoint

PREFIX = "whsec_"


def secret_of(endpoint: WebhookEndpoint) -> str:
    """Return the endpoint's secret; the open tenant's id is part of what it is derived from."""
    return _derived(endpoint, endpoint.salt)


def secrets_at(endpoint: WebhookEndpoint, now: datetime) -> Iterator[str]:
    """Yield the secrets to sign with: after a rotation the former one too, for a while."""
    yield secret_of(endpoint)
    if endpoint.former_salt and endpoint.former_until and endpoint.former_until > now:
        yield _derived(endpoint, endpoint.former_salt)


def signatures(secrets: Iterator[str], message: str, at: datetime, body: str) -> str:
    """Return the header: a signature by each secret, as the specification separates them."""
    return " ".join(Webhook(one).sign(message, at, body) for one in secrets)


def _derived(endpoint: WebhookEndpoint, salt: str) -> str:
    value = f"{current_scope()}:{endpoint.pk}:{salt}"
    key = salted_hmac("qualiforma.webhooks.secret", value, algorithm="sha256").digest()
    return PREFIX + base64.b64encode(key).decode()
