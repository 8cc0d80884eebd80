"""Bodies of the published contract."""

ENDPOINT = {
    "id": "whe_8f3b21",
    "url": "https://si.exemple.fr/webhooks/qualiforma",
    "description": "Extranet qualité",
    "eventTypes": ["corrective-action.updated", "improvement-plan.closed"],
    "state": "ON",
    "formerSecretUntil": None,
    "lastSuccessAt": "2026-11-29T08:00:00Z",
    "createdAt": "2026-11-01T08:00:00Z",
}
SIGNING = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
CREATED = {**ENDPOINT, "lastSuccessAt": None, "secret": SIGNING}
INPUT = {name: ENDPOINT[name] for name in ("url", "description", "eventTypes")}
DELIVERY = {
    "id": "whd_8f3b21",
    "eventId": "evt_8f3b21",
    "eventType": "improvement-plan.closed",
    "objectType": "IMPROVEMENT_PLAN",
    "objectId": "imp_8f3b21",
    "objectVersion": 7,
    "state": "PENDING",
    "tries": 2,
    "code": 503,
    "durationMs": 182,
    "failure": "STATUS",
    "createdAt": "2026-11-29T08:00:00Z",
    "triedAt": "2026-11-29T08:00:35Z",
    "nextTryAt": "2026-11-29T08:01:05Z",
}
