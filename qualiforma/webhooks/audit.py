"""Audit registration of webhooks: changes of endpoints are recorded, messages are not."""

from django.utils.translation import gettext_lazy as _

from qualiforma.audit import describe_action, exclude, register
from qualiforma.webhooks.models import (
    EndpointHealth,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)

register(
    WebhookEndpoint, "webhook_endpoint", sensitive=["salt", "former_salt"], skipped=["version"]
)
exclude(WebhookEvent, because="ids of what the trail itself has")
exclude(WebhookDelivery, EndpointHealth, because="how far messages have come; kept for a month")

describe_action("webhooks.endpoint.created", _("%(actor)s a créé un point d’accès webhook"))
describe_action("webhooks.endpoint.changed", _("%(actor)s a modifié un point d’accès webhook"))
describe_action(
    "webhooks.endpoint.started", _("%(actor)s a remis en marche un point d’accès webhook")
)
describe_action("webhooks.endpoint.stopped", _("%(actor)s a arrêté un point d’accès webhook"))
describe_action(
    "webhooks.endpoint.failed", _("Un point d’accès webhook ne répond plus : il est arrêté")
)
describe_action(
    "webhooks.endpoint.rotated", _("%(actor)s a changé le secret d’un point d’accès webhook")
)
describe_action("webhooks.endpoint.deleted", _("%(actor)s a supprimé un point d’accès webhook"))
describe_action("webhooks.endpoint.tested", _("%(actor)s a envoyé un événement d’essai"))
describe_action("webhooks.delivery.resent", _("%(actor)s a renvoyé un événement"))
