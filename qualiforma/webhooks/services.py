"""Endpoints and deliveries, as people and programs change them."""

import secrets
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.errors import FieldError, InvalidFieldsError
from qualiforma.event_types import NAMES
from qualiforma.versions import ExpectedVersions, apply, check_version, differing, save
from qualiforma.webhooks.exceptions import (
    DeliveryPendingError,
    EndpointOffError,
    TooManyEndpointsError,
)
from qualiforma.webhooks.models import (
    ENDPOINTS_MAX,
    DeliveryState,
    EndpointHealth,
    EndpointState,
    WebhookDelivery,
    WebhookEndpoint,
)
from qualiforma.webhooks.targets import url_fault

# How long a secret is good after the one that replaces it was made.
BOTH_VALID = timedelta(hours=24)
URL_FAULTS = {
    "malformed": _("Indiquez l’adresse complète, par exemple https://exemple.fr/webhooks."),
    "not_https": _("L’adresse commence par https://."),
    "credentials": _("L’adresse ne contient ni nom d’utilisateur ni mot de passe."),
    "refused_address": _("Une adresse publique est attendue ; celle-ci est interne ou réservée."),
}


@audit.audited("webhooks.endpoint.created")
def create_endpoint(
    *, url: str, event_types: Collection[str], actor: Actor, description: str = ""
) -> WebhookEndpoint:
    """Add an endpoint, which receives events from now on.

    Errors: `InvalidFieldsError`; `TooManyEndpointsError`.
    """
    _check(url=url, event_types=event_types)
    if WebhookEndpoint.objects.count() >= ENDPOINTS_MAX:  # the trail's lock keeps others out
        raise TooManyEndpointsError
    endpoint = WebhookEndpoint(
        url=url, event_types=sorted(set(event_types)), description=description, salt=_salt()
    )
    endpoint.save(force_insert=True)
    EndpointHealth.objects.create(endpoint=endpoint)
    return endpoint


@audit.audited("webhooks.endpoint.changed")
def change_endpoint(
    *,
    endpoint: WebhookEndpoint,
    changes: Mapping[str, Any],
    actor: Actor,
    expected_versions: ExpectedVersions = None,
) -> WebhookEndpoint:
    """Change address, description, events, or whether it is on (`state`).

    Off, it is told of nothing that happens meanwhile; what waits is kept, and sent once it is on.
    Errors: `StaleError`; `InvalidFieldsError`.
    """
    endpoint = _locked(endpoint, expected_versions)
    _check(**{name: changes[name] for name in ("url", "event_types") if name in changes})
    changes = dict(changes)
    if "event_types" in changes:
        changes["event_types"] = sorted(set(changes["event_types"]))
    changes = differing(endpoint, changes)
    if not changes:
        return endpoint
    apply(endpoint, changes)
    if "state" in changes:
        audit.rename(f"webhooks.endpoint.{'started' if endpoint.state == 'ON' else 'stopped'}")
    save(endpoint, *changes)
    if changes.get("state") == EndpointState.ON or ("url" in changes and endpoint.state == "ON"):
        _try_now(endpoint)
    return endpoint


@audit.audited("webhooks.endpoint.rotated")
def rotate_secret(
    *, endpoint: WebhookEndpoint, actor: Actor, expected_versions: ExpectedVersions = None
) -> WebhookEndpoint:
    """Give the endpoint another secret. For a day all is signed by both."""
    endpoint = _locked(endpoint, expected_versions)
    endpoint.former_salt, endpoint.salt = endpoint.salt, _salt()
    endpoint.former_until = timezone.now() + BOTH_VALID
    save(endpoint, "former_salt", "salt", "former_until")
    return endpoint


@audit.audited("webhooks.endpoint.deleted")
def delete_endpoint(
    *, endpoint: WebhookEndpoint, actor: Actor, expected_versions: ExpectedVersions = None
) -> None:
    """Delete an endpoint with its deliveries."""
    _locked(endpoint, expected_versions).delete()


@audit.audited("webhooks.endpoint.tested")
def send_test(*, endpoint: WebhookEndpoint, actor: Actor) -> WebhookEndpoint:
    """Send `webhook.test` to the endpoint: an event of the trail like all others.

    Errors: `EndpointOffError`.
    """
    endpoint = _locked(endpoint, None)
    if endpoint.state != EndpointState.ON:
        raise EndpointOffError
    audit.log_event("webhook_endpoint", endpoint.pk)
    return endpoint


@audit.audited("webhooks.delivery.resent")
def resend(*, delivery: WebhookDelivery, actor: Actor) -> WebhookDelivery:
    """Send a settled delivery again, under the same id: its receiver knows it.

    Errors: `DeliveryPendingError`; `EndpointOffError`.
    """
    rows = WebhookDelivery.objects.select_for_update(of=("self",)).select_related("endpoint")
    delivery = rows.get(pk=delivery.pk)
    if delivery.endpoint.state != EndpointState.ON:
        raise EndpointOffError
    if delivery.state == DeliveryState.PENDING:
        raise DeliveryPendingError
    audit.log_event("webhook_endpoint", delivery.endpoint_id, delivery=delivery.pk)
    delivery.state, delivery.first_tried_at = DeliveryState.PENDING, None
    delivery.next_try_at = timezone.now()
    delivery.save(update_fields=["state", "first_tried_at", "next_try_at"])
    _deliver_soon()
    return delivery


def _try_now(endpoint: WebhookEndpoint) -> None:
    """Forget that it did not answer, and send what waits."""
    EndpointHealth.objects.filter(endpoint=endpoint).update(failures=0, rests_until=None)
    endpoint.deliveries.filter(state=DeliveryState.PENDING).update(
        next_try_at=timezone.now(), first_tried_at=None
    )
    _deliver_soon()


def _deliver_soon() -> None:
    from qualiforma.webhooks.jobs import deliver  # its module imports this one

    deliver.enqueue()


def _check(*, url: str | None = None, event_types: Collection[str] | None = None) -> None:
    errors = []
    fault = url_fault(url) if url is not None else None
    if fault:
        errors.append(FieldError("url", fault, URL_FAULTS[fault]))
    if event_types is not None and not event_types:
        errors.append(FieldError("event_types", "empty", _("Choisissez au moins un événement.")))
    for rank, name in enumerate(event_types or ()):
        if name not in NAMES:
            detail = _("Aucun événement n’a ce nom.")
            errors.append(FieldError(f"event_types[{rank}]", "unknown", detail))
    if errors:
        raise InvalidFieldsError(errors)


def _locked(endpoint: WebhookEndpoint, expected_versions: ExpectedVersions) -> WebhookEndpoint:
    row = WebhookEndpoint.objects.select_for_update().get(pk=endpoint.pk)
    check_version(row.version, expected_versions)
    return row


def _salt() -> str:
    return secrets.token_hex(32)
