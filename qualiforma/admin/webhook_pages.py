"""Webhooks in the back-office: endpoints, their events and secrets, what was sent and sent again."""

from collections.abc import Callable, Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from unfold.widgets import UnfoldAdminTextInputWidget

from qualiforma.accounts.actor import Actor
from qualiforma.admin.asking import DONE, submit
from qualiforma.admin.readable import ReadableForm
from qualiforma.admin.records import actor_of
from qualiforma.admin.site import MenuEntry, site
from qualiforma.errors import RuleError
from qualiforma.event_types import EVENT_TYPES, GROUPS
from qualiforma.webhooks import services
from qualiforma.webhooks.models import (
    DESCRIPTION_MAX,
    URL_MAX,
    EndpointState,
    WebhookDelivery,
    WebhookEndpoint,
)
from qualiforma.webhooks.policies import can_keep_webhooks
from qualiforma.webhooks.secrets import secret_of

TITLE = _("Webhooks")
# The newest deliveries that the page shows; the API has all of the month.
SHOWN = 100


class EndpointForm(ReadableForm, forms.Form):
    """Where, and of what."""

    url = forms.CharField(
        label=_("Adresse"),
        max_length=URL_MAX,
        help_text=_("Celle que vous donne l’autre logiciel ; elle commence par https://."),
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "url", "autocomplete": "off"}),
    )
    description = forms.CharField(
        label=_("Nom"),
        max_length=DESCRIPTION_MAX,
        required=False,
        help_text=_("Pour vous y retrouver, par exemple « Extranet »."),
        widget=UnfoldAdminTextInputWidget,
    )
    event_types = forms.MultipleChoiceField(
        label=_("Événements"),
        choices=[(one.name, one.title) for one in EVENT_TYPES],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choisissez au moins un événement.")},
    )

    def groups(self) -> Iterator[tuple[Any, list[Any]]]:
        """Yield what happens to each kind of object, as boxes."""
        boxes = {one.data["value"]: one for one in self["event_types"].subwidgets}
        for key, label in GROUPS.items():
            yield label, [boxes[one.name] for one in EVENT_TYPES if one.group == key]


@site.page("webhooks/", "webhooks", MenuEntry("webhooks", TITLE, "accounts", can_keep_webhooks))
def endpoints_view(request: HttpRequest) -> HttpResponse:
    """List the endpoints."""
    _keeper(request)
    rows = WebhookEndpoint.objects.select_related("health").order_by("-created_at", "-id")
    context = {**site.each_context(request), "title": TITLE, "endpoints": rows}
    return TemplateResponse(request, "backoffice/webhooks.html", context)


@site.page("webhooks/add/", "webhook_add")
@never_cache
def add_view(request: HttpRequest) -> HttpResponse:
    """Show the form; a POST adds an endpoint, whose secret stands on that answer only."""
    actor = _keeper(request)
    form, made = EndpointForm(request.POST or None), []
    status = submit(
        form, lambda: made.append(services.create_endpoint(**form.cleaned_data, actor=actor))
    )
    if status == DONE:
        return _endpoint_page(request, made[0], secret=secret_of(made[0]))
    context = {**site.each_context(request), "title": _("Ajouter un point d’accès"), "form": form}
    return TemplateResponse(request, "backoffice/webhook_add.html", context, status=status)


@site.page("webhooks/<id:endpoint_id>/", "webhook")
@never_cache
def endpoint_view(request: HttpRequest, endpoint_id: str) -> HttpResponse:
    """Show an endpoint and what was sent to it; a POST changes it, or does what its button says."""
    actor = _keeper(request)
    endpoint = WebhookEndpoint.objects.select_related("health").filter(pk=endpoint_id).first()
    if endpoint is None:
        raise Http404
    if request.method != "POST":
        return _endpoint_page(request, endpoint)
    act = ACTS.get(request.POST.get("act", ""))
    if act is None:
        return _changed(request, endpoint, actor)
    try:
        with transaction.atomic():
            secret = act(request, endpoint, actor)
    except RuleError as refusal:
        messages.error(request, str(refusal.detail))
        return HttpResponseRedirect(_page_of(endpoint))
    if secret:
        endpoint.refresh_from_db()
        return _endpoint_page(request, endpoint, secret=secret)
    is_there = WebhookEndpoint.objects.filter(pk=endpoint.pk).exists()
    return HttpResponseRedirect(_page_of(endpoint) if is_there else reverse("admin:webhooks"))


def _changed(request: HttpRequest, endpoint: WebhookEndpoint, actor: Actor) -> HttpResponse:
    form = EndpointForm(request.POST)
    status = submit(
        form,
        lambda: services.change_endpoint(endpoint=endpoint, changes=form.cleaned_data, actor=actor),
    )
    if status == DONE:
        messages.success(request, str(_("Le point d’accès est enregistré.")))
        return HttpResponseRedirect(_page_of(endpoint))
    return _endpoint_page(request, endpoint, form=form, status=status)


def _endpoint_page(
    request: HttpRequest,
    endpoint: WebhookEndpoint,
    *,
    form: EndpointForm | None = None,
    secret: str = "",
    status: int = 200,
) -> HttpResponse:
    names = ("url", "description", "event_types")
    rows = endpoint.deliveries.select_related("event").order_by("-created_at", "-id")
    context = {
        **site.each_context(request),
        "title": str(endpoint),
        "endpoint": endpoint,
        "is_on": endpoint.state == EndpointState.ON,
        "form": form or EndpointForm(initial={name: getattr(endpoint, name) for name in names}),
        "secret": secret,
        "deliveries": [_line(one) for one in rows[:SHOWN]],
        "page": _page_of(endpoint),
    }
    return TemplateResponse(request, "backoffice/webhook.html", context, status=status)


def _line(delivery: WebhookDelivery) -> dict[str, Any]:
    """Return a delivery as people read it."""
    known = {one.name: one for one in EVENT_TYPES}.get(delivery.event.type)
    return {
        "delivery": delivery,
        "what": _("%(kind)s : %(event)s") % {"kind": GROUPS[known.group], "event": known.title}
        if known
        else _("Essai"),
        "failure": delivery.get_failure_display() if delivery.failure else "",
    }


def _page_of(endpoint: WebhookEndpoint) -> str:
    return reverse("admin:webhook", args=[endpoint.pk])


def _keeper(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if not can_keep_webhooks(actor):
        raise PermissionDenied
    return actor


Act = Callable[[HttpRequest, WebhookEndpoint, Actor], str]


def _test(request: HttpRequest, endpoint: WebhookEndpoint, actor: Actor) -> str:
    services.send_test(endpoint=endpoint, actor=actor)
    messages.success(request, str(_("L’essai va être envoyé ; la réponse apparaîtra ici.")))
    return ""


def _switch(request: HttpRequest, endpoint: WebhookEndpoint, actor: Actor) -> str:
    state = EndpointState.OFF if endpoint.state == EndpointState.ON else EndpointState.ON
    services.change_endpoint(endpoint=endpoint, changes={"state": state.value}, actor=actor)
    return ""


def _delete(request: HttpRequest, endpoint: WebhookEndpoint, actor: Actor) -> str:
    services.delete_endpoint(endpoint=endpoint, actor=actor)
    messages.success(request, str(_("Le point d’accès est supprimé.")))
    return ""


def _resend(request: HttpRequest, endpoint: WebhookEndpoint, actor: Actor) -> str:
    delivery = endpoint.deliveries.filter(pk=request.POST.get("delivery", "")).first()
    if delivery is None:
        raise Http404
    services.resend(delivery=delivery, actor=actor)
    messages.success(request, str(_("L’événement va être renvoyé.")))
    return ""


ACTS: dict[str, Act] = {
    "test": _test,
    "rotate": lambda _request, endpoint, actor: secret_of(
        services.rotate_secret(endpoint=endpoint, actor=actor)
    ),
    "switch": _switch,
    "delete": _delete,
    "resend": _resend,
}
