"""What webhooks refuse."""

from django.utils.translation import gettext_lazy as _

from qualiforma.errors import ConflictError


class TooManyEndpointsError(ConflictError):
    """An organisation has ten endpoints at most."""

    code = "TOO_MANY_ENDPOINTS"
    title = _("Dix points d’accès au plus")


class EndpointOffError(ConflictError):
    """Nothing is sent to an endpoint that is off."""

    code = "ENDPOINT_OFF"
    title = _("Ce point d’accès est arrêté")


class DeliveryPendingError(ConflictError):
    """It will be sent by itself."""

    code = "DELIVERY_PENDING"
    title = _("Cet envoi est déjà en attente")
