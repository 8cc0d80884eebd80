"""What webhooks hold about people: nothing but ids of records."""

from qualiforma.personal_data_registry import TECHNICAL, exclude, register
from qualiforma.webhooks.models import (
    EndpointHealth,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)

register(
    WebhookEndpoint,
    purpose="Prévenir un autre logiciel de l’organisme",
    retention=TECHNICAL,
)
exclude(WebhookEvent, EndpointHealth, WebhookDelivery, because="types and ids of records alone")
