"""The public form for complaints to an organisation; it needs no account and no JavaScript.

Source: closed-loop, "Complaints, finished". The form carries a signed id, made when it is shown: sent
twice it is one complaint, and sent to another organisation it is none.
"""

import re
from datetime import timedelta
from typing import Any, cast

from django import forms
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from improvements.models import DESCRIPTION_MAX, EMAIL_MAX, TITLE_MAX
from improvements.services import PublicComplaint, receive_public_complaint
from improvements.states import ComplainantRole
from qualiforma.accounts.services.sessions import network_of
from qualiforma.admin.readable import ReadableForm
from qualiforma.api.address import client_address
from qualiforma.api.tenant_middleware import TenantRequest
from qualiforma.errors import TooManyError
from qualiforma.ids import new_id
from qualiforma.qualiopi.rules import rules_in_force
from qualiforma.ratelimit.services import Limit, hit

PER_ADDRESS = Limit("complaints.address", most=5, window=timedelta(hours=1))
# Mails to one addressee, the person who types the address in; beyond, staff acknowledges by hand.
PER_MAILBOX = Limit("complaints.mailbox", most=3, window=timedelta(days=1))
FORM_SALT = "improvements.public_form"  # what tells its signatures from others
TOKEN_AGE = timedelta(hours=12)
MARKUP = re.compile(r"<\s*[/!?]?\s*[A-Za-z]")


class PlainTextField(forms.CharField):
    """Text without markup; lines end in one character."""

    def clean(self, value: Any) -> str:
        text = str(super().clean(value)).replace("\r\n", "\n")
        if MARKUP.search(text):
            raise forms.ValidationError(_("Écrivez du texte simple, sans balises."), code="markup")
        return text


class PublicComplaintForm(ReadableForm, forms.Form):
    """What somebody complains of, and how to reach them."""

    subject = PlainTextField(label=_("Objet"), max_length=TITLE_MAX)
    description = PlainTextField(
        label=_("Que s’est-il passé ?"),
        max_length=DESCRIPTION_MAX,
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    name = PlainTextField(
        label=_("Votre nom"),
        max_length=TITLE_MAX,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=_("Votre e-mail"),
        help_text=_("Pour l’accusé de réception et la réponse."),
        max_length=EMAIL_MAX,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    role = forms.ChoiceField(label=_("Vous êtes"), choices=ComplainantRole.choices)
    consent = forms.BooleanField()
    # For programs that fill in whatever they find: people do not see it.
    website = forms.CharField(
        label=_("Laissez ce champ vide"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )
    token = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, organisation: str, scope: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scope = scope
        self.fields["consent"].label = _(
            "J’accepte que %(organisation)s conserve ces informations pour traiter ma réclamation et "
            "me répondre."
        ) % {"organisation": organisation}
        self.initial["token"] = signing.dumps([new_id("cmp"), scope], salt=FORM_SALT)

    def clean_token(self) -> str:
        """Return the id that the form was given."""
        try:
            found = signing.loads(self.cleaned_data["token"], salt=FORM_SALT, max_age=TOKEN_AGE)
        except signing.BadSignature:
            found = ["", ""]
        complaint_id, scope = found
        if scope != self.scope:
            # Beside no field: people do not see this one.
            self.add_error(
                None, _("Cette page est restée ouverte trop longtemps. Envoyez-la de nouveau.")
            )
            sent = cast("QueryDict", self.data).dict()
            self.data = {**sent, "token": self.initial["token"]}
        return str(complaint_id)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def form_page(request: TenantRequest) -> HttpResponse:
    """Show the form; take a complaint. Closed, as most organisations have it, it is no page: 404."""
    tenant: Any = request.tenant
    if not rules_in_force().public_complaints:
        return render(request, "improvements/public_form_closed.html", status=404)
    asked = {"organisation": tenant.name, "scope": str(tenant.pk)}
    context = {"organisation": tenant.name, "form": PublicComplaintForm(**asked)}
    if request.method != "POST":
        return render(request, "improvements/public_form.html", context)
    try:
        hit(PER_ADDRESS, network_of(client_address(request)), scope=asked["scope"])
    except TooManyError as refusal:
        form = PublicComplaintForm(request.POST, **asked)
        form.add_error(
            None,
            _(
                "Trop de réclamations ont été envoyées depuis votre connexion. Réessayez dans "
                "une heure."
            ),
        )
        headers = {"Retry-After": str(refusal.retry_after)}
        context |= {"form": form}
        return render_refused(request, context, 429, headers)
    context |= {"form": (form := PublicComplaintForm(request.POST, **asked))}
    if not form.is_valid():
        return render_refused(request, context, 400)
    if not form.cleaned_data["website"]:
        receive(form.cleaned_data, asked["scope"])
    return HttpResponseRedirect(reverse("public-complaint-sent"))


def render_refused(
    request: HttpRequest, context: dict[str, Any], status: int, headers: Any = None
) -> HttpResponse:
    """Show the form again with what is wrong."""
    page = render(request, "improvements/public_form.html", context, status=status)
    for name, value in (headers or {}).items():
        page[name] = value
    return page


def receive(given: dict[str, Any], scope: str) -> None:
    """Enter a complaint, acknowledged by mail unless that address has had too many of them."""
    email = given["email"].strip()
    try:
        hit(PER_MAILBOX, email.lower(), scope=scope)
        is_acknowledged = True
    except TooManyError:
        is_acknowledged = False
    form = PublicComplaint(
        id=given["token"],
        subject=given["subject"],
        description=given["description"],
        name=given["name"],
        email=email,
        role=ComplainantRole(given["role"]),
    )
    receive_public_complaint(form=form, is_acknowledged=is_acknowledged)


@never_cache
@require_http_methods(["GET", "HEAD"])
def sent_page(request: TenantRequest) -> HttpResponse:
    """Say that the complaint has arrived."""
    tenant: Any = request.tenant
    if not rules_in_force().public_complaints:
        return render(request, "improvements/public_form_closed.html", status=404)
    return render(request, "improvements/public_form_sent.html", {"organisation": tenant.name})
