"""How webhooks stand in the trail: who let what be told to whom; not each message."""

from django.utils.translation import gettext_lazy as _

from qualiforma.audit import leave_out, register, say
from qualiforma.webhooks.models import (
    EndpointHealth,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)

register(
    WebhookEndpoint, "webhook_endpoint", sensitive=["salt", "former_salt"], skipped=["version"]
)
leave_out(WebhookEvent, because="ids of what the trail itself has")
leave_out(WebhookDelivery, EndpointHealth, because="how far messages have come; kept for a month")

say("webhooks.endpoint.created", _("%(actor)s a créé un point d’accès webhook"))
say("webhooks.endpoint.changed", _("%(actor)s a modifié un point d’accès webhook"))
say("webhooks.endpoint.started", _("%(actor)s a remis en marche un point d’accès webhook"))
say("webhooks.endpoint.stopped", _("%(actor)s a arrêté un point d’accès webhook"))
say("webhooks.endpoint.failed", _("Un point d’accès webhook ne répond plus : il est arrêté"))
say("webhooks.endpoint.rotated", _("%(actor)s a changé le secret d’un point d’accès webhook"))
say("webhooks.endpoint.deleted", _("%(actor)s a supprimé un point d’accès webhook"))
say("webhooks.endpoint.tested", _("%(actor)s a envoyé un événement d’essai"))
say("webhooks.delivery.resent", _("%(actor)s a renvoyé un événement"))
