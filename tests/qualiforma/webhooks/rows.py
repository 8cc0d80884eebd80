"""The webhooks' rows of the route table. Everything is the ADMIN's."""

from qualiforma.webhooks.models import (
    DeliveryState,
    EndpointHealth,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from tests.rows import Row

ENDPOINTS = "/api/v1/webhook-endpoints"
THEIRS = f"{ENDPOINTS}/whe_theirs"
URL = "https://si.exemple.fr/hooks"
BODY = {"url": URL, "eventTypes": ["improvement-plan.closed"]}


def admins(status, elsewhere=404):
    return (401, status, 403, 403, 403, 403, elsewhere)


WEBHOOK_ROWS = [
    Row("GET", "webhook-endpoint-list", ENDPOINTS, admins(200, 200)),
    Row("POST", "webhook-endpoint-list", ENDPOINTS, admins(201, 201), body=BODY),
    Row("GET", "webhook-endpoint-detail", THEIRS, admins(200)),
    Row("PATCH", "webhook-endpoint-detail", THEIRS, admins(200), body={"description": "SI"}),
    Row("DELETE", "webhook-endpoint-detail", THEIRS, admins(204)),
    Row("POST", "webhook-endpoint-rotate", f"{THEIRS}/rotate", admins(200)),
    Row("POST", "webhook-endpoint-test", f"{THEIRS}/test", admins(200)),
    Row("GET", "webhook-delivery-list", f"{THEIRS}/deliveries", admins(200)),
    Row(
        "POST",
        "webhook-delivery-resend",
        f"{THEIRS}/deliveries/whd_theirs/resend",
        admins(200),
    ),
]


def make_their_webhooks():
    """An endpoint of the open organisation with one settled delivery."""
    endpoint = WebhookEndpoint.objects.create(
        id="whe_theirs", url=URL, event_types=["improvement-plan.closed"], salt="0" * 64
    )
    EndpointHealth.objects.create(endpoint=endpoint)
    event = WebhookEvent.objects.create(
        id="evt_theirs",
        seq=1,
        type="improvement-plan.closed",
        object_type="improvement_plan",
        object_id="imp_theirs",
        object_version=3,
    )
    return WebhookDelivery.objects.create(
        id="whd_theirs",
        endpoint=endpoint,
        event=event,
        seq=1,
        object_id="imp_theirs",
        state=DeliveryState.FAILED,
        tries=3,
        code=503,
        duration_ms=12,
        failure="STATUS",
    )
