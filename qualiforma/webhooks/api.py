"""Webhooks by API: endpoints, their secrets, and what was sent. Source: follow-up, "Webhooks"."""

from typing import Any

import django_filters
from django.db.models import QuerySet, TextChoices
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from qualiforma.api.docs import an_id, described
from qualiforma.api.filters import EnumFilter
from qualiforma.api.serializers import Choice, Input, InstantField, Items, Output, Text
from qualiforma.api.views import KernelViewSet
from qualiforma.event_types import NAMES, EventName
from qualiforma.webhooks import examples, services
from qualiforma.webhooks.exceptions import (
    DeliveryPendingError,
    EndpointOffError,
    TooManyEndpointsError,
)
from qualiforma.webhooks.models import (
    DESCRIPTION_MAX,
    TYPE_MAX,
    URL_MAX,
    DeliveryFailure,
    DeliveryState,
    EndpointState,
    WebhookDelivery,
    WebhookEndpoint,
)
from qualiforma.webhooks.policies import can_keep_webhooks
from qualiforma.webhooks.secrets import secret_of

TAGS = ["Webhooks"]
ENDPOINT_ID = an_id("endpoint_id", "Identifiant du point d’accès", "whe_8f3b21")
DELIVERY_ID = an_id("delivery_id", "Identifiant de l’envoi", "whd_8f3b21")
ONCE_SAID = (
    "Rend le secret `whsec_…` qui vérifie les signatures (Standard Webhooks) ; il n’est plus redit."
)


class Switch(TextChoices):
    """What a caller may make of an endpoint's state."""

    ON = "ON", EndpointState.ON.label
    OFF = "OFF", EndpointState.OFF.label


@extend_schema_field({"type": "string", "maxLength": URL_MAX, "pattern": "^https://"})
class Address(Text):
    """Where messages go; the service judges it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=URL_MAX, trim_whitespace=False, **kwargs)


def event_names(**kwargs: Any) -> Items:
    """Return the field of the chosen events."""
    child = Choice(EventName)
    return Items(child=child, min_length=1, max_length=len(NAMES), **kwargs)


class EndpointInput(Input):
    example = examples.INPUT
    url = Address(help_text="En https, vers une adresse publique.")
    description = Text(max_length=DESCRIPTION_MAX, required=False, allow_blank=True)
    event_types = event_names()


class EndpointChanges(Input):
    example = {"state": "OFF"}
    url = Address(required=False)
    description = Text(max_length=DESCRIPTION_MAX, required=False, allow_blank=True)
    event_types = event_names(required=False)
    state = Choice(Switch, required=False)


class EndpointOutput(Output[WebhookEndpoint]):
    example = examples.ENDPOINT
    event_types = event_names()
    former_secret_until = InstantField(
        source="former_until", allow_null=True, help_text="Fin de validité du secret précédent."
    )
    last_success_at = InstantField(source="health.succeeded_at", allow_null=True)

    class Meta:
        model = WebhookEndpoint
        fields: tuple[str, ...] = (
            *("id", "url", "description", "event_types", "state"),
            *("former_secret_until", "last_success_at", "created_at"),
        )


class EndpointSecretOutput(EndpointOutput):
    example = examples.CREATED
    secret = serializers.SerializerMethodField(help_text="Rendu ici seulement.")

    class Meta(EndpointOutput.Meta):
        fields = (*EndpointOutput.Meta.fields, "secret")

    @extend_schema_field({"type": "string", "maxLength": 80, "pattern": "^whsec_"})
    def get_secret(self, endpoint: WebhookEndpoint) -> str:
        return secret_of(endpoint)


class DeliveryOutput(Output[WebhookDelivery]):
    example = examples.DELIVERY
    event_id = serializers.CharField(max_length=80, help_text="L’en-tête webhook-id.")
    event_type = serializers.CharField(source="event.type", max_length=TYPE_MAX)
    object_type = serializers.SerializerMethodField("get_object_type")
    object_version = serializers.IntegerField(
        source="event.object_version", allow_null=True, min_value=0
    )
    failure = serializers.SerializerMethodField()
    next_try_at = serializers.SerializerMethodField("get_next_try_at")

    class Meta:
        model = WebhookDelivery
        fields = (
            *("id", "event_id", "event_type", "object_type", "object_id", "object_version"),
            *("state", "tries", "code", "duration_ms", "failure"),
            *("created_at", "tried_at", "next_try_at"),
        )

    @extend_schema_field({"type": "string", "maxLength": TYPE_MAX})
    def get_object_type(self, delivery: WebhookDelivery) -> str:
        return delivery.event.object_type.upper()

    @extend_schema_field(
        {"type": ["string", "null"], "enum": [*filter(None, DeliveryFailure.values), None]}
    )
    def get_failure(self, delivery: WebhookDelivery) -> str | None:
        return delivery.failure or None

    @extend_schema_field(InstantField(allow_null=True))
    def get_next_try_at(self, delivery: WebhookDelivery) -> str | None:
        is_waiting = delivery.state == DeliveryState.PENDING
        return InstantField().to_representation(delivery.next_try_at) if is_waiting else None


class EndpointViewSet(KernelViewSet[WebhookEndpoint]):
    queryset = WebhookEndpoint.objects.select_related("health").order_by("-created_at", "-id")
    lookup_url_kwarg = "endpoint_id"
    serializer_class = EndpointOutput
    etags = True
    excluded_fields = ("secret",)
    permissions = dict.fromkeys(
        ("list", "retrieve", "create", "partial_update", "destroy", "rotate", "test"),
        can_keep_webhooks,
    )
    refusals = {"create": (TooManyEndpointsError,), "test": (EndpointOffError,)}

    def rehydrate(self, kept: dict[str, Any]) -> dict[str, Any]:
        """Derive the secret again for who asked for it: the same call, answered again."""
        endpoint = WebhookEndpoint.objects.filter(pk=kept.get("id")).first()
        return {"secret": secret_of(endpoint)} if endpoint else {}

    @described(
        "listWebhookEndpoints",
        "Lister les points d’accès",
        "Dix au plus, les plus récents d’abord ; jamais leur secret.",
        (200, EndpointOutput(many=True), "Points d’accès paginés"),
        tags=TAGS,
    )
    def list(self, request: Request) -> Response:
        return self.paged(EndpointOutput)

    @described(
        "getWebhookEndpoint",
        "Détail d’un point d’accès",
        "L’adresse, les événements choisis, l’état ; jamais le secret.",
        (200, EndpointOutput, "Point d’accès trouvé"),
        parameters=[ENDPOINT_ID],
        tags=TAGS,
    )
    def retrieve(self, request: Request, endpoint_id: str) -> Response:
        endpoint = self.get_object()
        return self.tagged(EndpointOutput(endpoint).data, endpoint.version)

    @described(
        "createWebhookEndpoint",
        "Ajouter un point d’accès",
        f"{ONCE_SAID} Les événements à venir y sont envoyés dans les secondes qui suivent le "
        "changement, dans l’ordre pour un même objet, et réessayés pendant trois jours.",
        (201, EndpointSecretOutput, "Point d’accès créé"),
        request=EndpointInput,
        tags=TAGS,
    )
    def create(self, request: Request) -> Response:
        endpoint = services.create_endpoint(**self.validated(EndpointInput), actor=self.actor)
        return self.tagged(EndpointSecretOutput(endpoint).data, endpoint.version, status=201)

    @described(
        "updateWebhookEndpoint",
        "Modifier un point d’accès",
        "`OFF` l’arrête : rien de ce qui arrive entre-temps n’y sera envoyé. `ON` le remet en marche, "
        "aussi après un arrêt faute de réponse ; ce qui attendait part alors.",
        (200, EndpointOutput, "Point d’accès modifié"),
        parameters=[ENDPOINT_ID],
        request=EndpointChanges,
        tags=TAGS,
    )
    def partial_update(self, request: Request, endpoint_id: str) -> Response:
        endpoint = services.change_endpoint(
            endpoint=self.get_object(),
            changes=self.validated(EndpointChanges),
            actor=self.actor,
            expected_versions=self.expected_versions,
        )
        return self.tagged(EndpointOutput(endpoint).data, endpoint.version)

    @described(
        "deleteWebhookEndpoint",
        "Supprimer un point d’accès",
        "Avec ses envois ; ce qui attendait n’est plus envoyé.",
        (204, None, "Supprimé"),
        parameters=[ENDPOINT_ID],
        tags=TAGS,
    )
    def destroy(self, request: Request, endpoint_id: str) -> Response:
        services.delete_endpoint(
            endpoint=self.get_object(), actor=self.actor, expected_versions=self.expected_versions
        )
        return Response(status=204)

    @described(
        "rotateWebhookSecret",
        "Changer le secret",
        f"{ONCE_SAID} Pendant 24 heures chaque envoi est signé par les deux secrets.",
        (200, EndpointSecretOutput, "Secret changé"),
        parameters=[ENDPOINT_ID],
        request=None,
        tags=TAGS,
    )
    def rotate(self, request: Request, endpoint_id: str) -> Response:
        endpoint = services.rotate_secret(
            endpoint=self.get_object(), actor=self.actor, expected_versions=self.expected_versions
        )
        return self.tagged(EndpointSecretOutput(endpoint).data, endpoint.version)

    @described(
        "testWebhookEndpoint",
        "Envoyer un événement d’essai",
        "Envoie `webhook.test` à ce point d’accès, quels que soient les événements choisis.",
        (200, EndpointOutput, "Essai en file"),
        parameters=[ENDPOINT_ID],
        request=None,
        tags=TAGS,
    )
    def test(self, request: Request, endpoint_id: str) -> Response:
        endpoint = services.send_test(endpoint=self.get_object(), actor=self.actor)
        return self.tagged(EndpointOutput(endpoint).data, endpoint.version)


class DeliveryFilter(django_filters.FilterSet):
    state = EnumFilter(enum=DeliveryState)

    class Meta:
        model = WebhookDelivery
        fields = ("state",)


class DeliveryViewSet(KernelViewSet[WebhookDelivery]):
    queryset = WebhookDelivery.objects.none()  # for the schema; `get_queryset` decides
    lookup_url_kwarg = "delivery_id"
    serializer_class = DeliveryOutput
    filterset_class = DeliveryFilter
    permissions = {"list": can_keep_webhooks, "resend": can_keep_webhooks}
    refusals = {"resend": (DeliveryPendingError, EndpointOffError)}

    def get_queryset(self) -> QuerySet[WebhookDelivery]:
        endpoint = get_object_or_404(WebhookEndpoint, pk=self.kwargs["endpoint_id"])
        rows = endpoint.deliveries.select_related("event")
        return rows.order_by("-created_at", "-id")

    @described(
        "listWebhookDeliveries",
        "Lister les envois d’un point d’accès",
        "Les plus récents d’abord, gardés 30 jours : code de réponse, durée, essais, raison d’un échec.",
        (200, DeliveryOutput(many=True), "Envois paginés"),
        parameters=[ENDPOINT_ID],
        tags=TAGS,
    )
    def list(self, request: Request, endpoint_id: str) -> Response:
        rows = self.get_queryset()
        self.check_parameters()
        page = self.paginate_queryset(self.filter_queryset(rows))
        return self.get_paginated_response(DeliveryOutput(page, many=True).data)

    @described(
        "resendWebhookDelivery",
        "Renvoyer un envoi",
        "Sous le même `webhook-id` : un récepteur qui l’a déjà traité peut l’ignorer.",
        (200, DeliveryOutput, "Remis en file"),
        parameters=[ENDPOINT_ID, DELIVERY_ID],
        request=None,
        tags=TAGS,
    )
    def resend(self, request: Request, endpoint_id: str, delivery_id: str) -> Response:
        delivery = self.get_object()
        services.resend(delivery=delivery, actor=self.actor)
        return Response(DeliveryOutput(self.get_queryset().get(pk=delivery.pk)).data)
