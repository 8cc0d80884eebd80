"""Endpoints, their events and the state of deliveries."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qualiforma.fields import one_of
from qualiforma.ids import ID_MAX_LENGTH, IdField

URL_MAX = 500
DESCRIPTION_MAX = 200
TYPE_MAX = 60
ENDPOINTS_MAX = 10


class EndpointState(models.TextChoices):
    """Whether an endpoint receives events."""

    ON = "ON", _("Actif")
    OFF = "OFF", _("Arrêté")
    # By us: three days without an answer.
    FAILED = "FAILED", _("Arrêté : ne répond plus")


class DeliveryState(models.TextChoices):
    """How far a delivery has come."""

    PENDING = "PENDING", _("En attente")
    DELIVERED = "DELIVERED", _("Remis")
    FAILED = "FAILED", _("Abandonné")


class DeliveryFailure(models.TextChoices):
    """Why a try failed."""

    NONE = "", "–"
    STATUS = "STATUS", _("Réponse autre que 2xx")
    REDIRECT = "REDIRECT", _("Redirection, non suivie")
    TIMEOUT = "TIMEOUT", _("Pas de réponse en 10 secondes")
    REFUSED_ADDRESS = "REFUSED_ADDRESS", _("Adresse refusée : interne ou réservée")
    UNKNOWN_NAME = "UNKNOWN_NAME", _("Nom d’hôte introuvable")
    TLS = "TLS", _("Certificat ou chiffrement refusé")
    UNREACHABLE = "UNREACHABLE", _("Connexion impossible ou coupée")


class WebhookEndpoint(models.Model):
    """An URL of an organisation with the types of events it receives. Its secret is derived, never stored."""

    id = IdField(prefix="whe")
    url = models.CharField(_("adresse"), max_length=URL_MAX)
    description = models.CharField(
        _("description"), max_length=DESCRIPTION_MAX, blank=True, default=""
    )
    event_types = ArrayField(models.CharField(max_length=TYPE_MAX), verbose_name=_("événements"))
    state = models.CharField(
        _("état"), max_length=20, choices=EndpointState, default=EndpointState.ON
    )
    # What the secret is derived from, beside the installation's own (`qualiforma.webhooks.secrets`).
    salt = models.CharField(max_length=64, editable=False)
    # Of the secret before the last rotation, which is good until then.
    former_salt = models.CharField(max_length=64, blank=True, default="", editable=False)
    former_until = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(_("créé le"), default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("point d’accès")
        verbose_name_plural = _("points d’accès")
        indexes: ClassVar = [
            models.Index(F("created_at").desc(), F("id").desc(), name="webhook_endpoint_newest")
        ]
        constraints: ClassVar = [one_of("state", EndpointState, "webhook_endpoint_state_known")]

    def __str__(self) -> str:
        return self.description or self.url


class EndpointHealth(models.Model):
    """How an endpoint has answered of late. Not in the trail: it changes with every delivery."""

    endpoint = models.OneToOneField(
        WebhookEndpoint, on_delete=models.CASCADE, primary_key=True, related_name="health"
    )
    # In a row, without a success between them.
    failures = models.PositiveIntegerField(default=0)
    # Nothing is sent before then, but one to try it.
    rests_until = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("santé d’un point d’accès")
        verbose_name_plural = _("santé des points d’accès")

    def __str__(self) -> str:
        return str(self.pk)


class WebhookEvent(models.Model):
    """Something that happened to an object: the message that endpoints get, by its ids alone."""

    id = IdField(prefix="evt")
    # Of the trail's entry that it comes from: the order in which things happened.
    seq = models.BigIntegerField()
    type = models.CharField(_("événement"), max_length=TYPE_MAX)
    object_type = models.CharField(_("type d’objet"), max_length=TYPE_MAX)
    object_id = models.CharField(_("objet"), max_length=ID_MAX_LENGTH, db_collation="C")
    # The object's ETag then; none where it has none, or is gone.
    object_version = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(_("survenu le"), default=timezone.now)

    class Meta:
        verbose_name = _("événement")
        verbose_name_plural = _("événements")

    def __str__(self) -> str:
        return self.type


class WebhookDelivery(models.Model):
    """One event for one endpoint. Those of one object are sent in their order."""

    id = IdField(prefix="whd")
    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    event = models.ForeignKey(WebhookEvent, on_delete=models.CASCADE, related_name="deliveries")
    # The event's, for the order.
    seq = models.BigIntegerField()
    object_id = models.CharField(max_length=ID_MAX_LENGTH, db_collation="C")
    state = models.CharField(
        _("état"), max_length=20, choices=DeliveryState, default=DeliveryState.PENDING
    )
    tries = models.PositiveIntegerField(_("essais"), default=0)
    first_tried_at = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(_("prochain essai"), default=timezone.now)
    # Of the last try.
    tried_at = models.DateTimeField(_("dernier essai"), null=True)
    code = models.PositiveSmallIntegerField(_("code de réponse"), null=True)
    duration_ms = models.PositiveIntegerField(_("durée"), null=True)
    failure = models.CharField(
        _("raison"), max_length=20, choices=DeliveryFailure, blank=True, default=""
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("envoi")
        verbose_name_plural = _("envois")
        indexes: ClassVar = [
            models.Index(
                F("endpoint"),
                F("created_at").desc(),
                F("id").desc(),
                name="webhook_delivery_newest",
            ),
            models.Index(
                F("endpoint"),
                F("state"),
                F("created_at").desc(),
                F("id").desc(),
                name="webhook_delivery_state_newest",
            ),
            models.Index(
                fields=["endpoint", "seq", "id"],
                name="webhook_delivery_waiting",
                condition=Q(state=DeliveryState.PENDING),
            ),
            models.Index(
                fields=["endpoint", "object_id", "seq", "id"],
                name="webhook_delivery_object",
                condition=Q(state=DeliveryState.PENDING),
            ),
            models.Index(fields=["created_at"], name="webhook_delivery_age"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["endpoint", "event"], name="webhook_delivery_once"),
            one_of("state", DeliveryState, "webhook_delivery_state_known"),
        ]

    def __str__(self) -> str:
        return self.pk
