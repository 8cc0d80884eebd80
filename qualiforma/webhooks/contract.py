"""The `webhooks` part of the published contract: one entry for each event, from the one table."""

from typing import Any

from qualiforma.event_types import EVENT_TYPES, GROUPS, TEST_EVENT, EventType
from qualiforma.ids import ID_MAX_LENGTH
from qualiforma.webhooks.models import TYPE_MAX

Schema = dict[str, Any]
EXAMPLE_IDS = {
    "improvement_plan": "imp_8f3b21",
    "corrective_action": "act_8f3b21",
    "complaint": "cmp_a1b2c3",
    "webhook_endpoint": "whe_8f3b21",
}
HEADERS = {
    "webhook-id": ("Identifiant du message, le même à chaque essai.", "evt_8f3b21", 80),
    "webhook-timestamp": ("Instant de l’essai, en secondes depuis 1970.", "1795939200", 20),
    "webhook-signature": (
        "Signatures `v1,` en base64, séparées par des espaces ; une seule doit convenir.",
        "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
        400,
    ),
}
DATA: Schema = {
    "type": "object",
    "required": ["id", "tenant", "objectType", "version"],
    "properties": {
        "id": {"type": "string", "maxLength": ID_MAX_LENGTH, "description": "L’objet concerné."},
        "tenant": {
            "type": "string",
            "maxLength": 63,
            "description": "L’organisme, tel que `X-Tenant-ID` le nomme.",
        },
        "objectType": {"type": "string", "maxLength": TYPE_MAX},
        "version": {
            "type": ["integer", "null"],
            "minimum": 0,
            "description": "L’ETag de l’objet à ce moment ; `null` s’il n’en a pas ou n’existe plus.",
        },
    },
}
MESSAGE: Schema = {
    "type": "object",
    "required": ["type", "timestamp", "data"],
    "properties": {
        "type": {"type": "string", "maxLength": TYPE_MAX},
        "timestamp": {"type": "string", "format": "date-time"},
        "data": {"$ref": "#/components/schemas/WebhookData"},
    },
}
INTRODUCTION = (
    "Message signé selon Standard Webhooks, avec le secret du point d’accès. Une réponse 2xx en moins de "
    "10 secondes l’accepte ; toute autre le fait réessayer pendant trois jours. Un même message peut "
    "arriver deux fois : `webhook-id` le dit. Le message ne dit que ce qui a changé ; l’API le lit."
)


def add_webhooks(result: Schema, **kwargs: Any) -> Schema:
    """Add the events to the document. drf-spectacular's post-processing hook, before `finish`."""
    result["components"]["schemas"] |= {"WebhookData": DATA, "WebhookMessage": MESSAGE}
    result["webhooks"] = {one.name: {"post": _operation(one)} for one in _all()}
    return result


def _all() -> tuple[EventType, ...]:
    return (*EVENT_TYPES, TEST_EVENT)


def _operation(event: EventType) -> Schema:
    about = GROUPS.get(event.group)
    words = event.name.replace("-", ".").split(".")
    return {
        "operationId": "on" + "".join(word.capitalize() for word in words),
        # Not the tag of the calls: generators that write both would write one file over the other.
        "tags": ["Webhook events"],
        "summary": f"{about} : {event.title}" if about else str(event.title),
        "description": INTRODUCTION,
        "security": [],
        "parameters": [_header(name) for name in HEADERS],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/WebhookMessage"},
                    "example": _example(event),
                }
            },
        },
        "responses": {"204": {"description": "Message accepté ; tout 2xx convient."}},
    }


def _header(name: str) -> Schema:
    description, example, most = HEADERS[name]
    return {
        "name": name,
        "in": "header",
        "required": True,
        "description": description,
        "schema": {"type": "string", "maxLength": most},
        "example": example,
    }


def _example(event: EventType) -> Schema:
    return {
        "type": event.name,
        "timestamp": "2026-11-29T08:00:00Z",
        "data": {
            "id": EXAMPLE_IDS.get(event.object_type, "64f8a0e2d5b7c9a1e3f4a5b6"),
            "tenant": "qualiforma-demo",
            "objectType": event.object_type.upper(),
            "version": 7,
        },
    }
