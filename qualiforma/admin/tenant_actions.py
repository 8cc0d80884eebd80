"""What may be asked of one organisation on its page: each a form of its own, done by the worker."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role
from qualiforma.accounts.services import invite_user
from qualiforma.admin.readable import ReadableForm
from qualiforma.provisioning import jobs
from qualiforma.tenants.context import tenant_context
from qualiforma.tenants.models import Tenant, TenantStatus

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as StrOrPromise


class ReasonForm(ReadableForm, forms.Form):
    """Why; the service says what is missing."""

    reason = forms.CharField(
        label=_("Motif"),
        required=False,
        help_text=_("Inscrit au journal de l’organisme et de la plateforme."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class NewDomainForm(forms.Form):
    """A host name to be added."""

    domain = forms.CharField(
        label=_("Domaine"),
        required=False,
        help_text=_("Indiquez un nom d’hôte, par exemple qualite.exemple.fr."),
        widget=UnfoldAdminTextInputWidget(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )


class HeldDomainForm(forms.Form):
    """A host name that the page named."""

    domain = forms.CharField(widget=forms.HiddenInput)


class FirstAdminForm(ReadableForm, forms.Form):
    """Who runs the organisation; they choose their password by the link that they are sent."""

    name = forms.CharField(label=_("Nom"), max_length=200, widget=UnfoldAdminTextInputWidget)
    email = forms.EmailField(
        label=_("Adresse e-mail"), max_length=254, widget=UnfoldAdminEmailInputWidget
    )


@dataclass(frozen=True)
class TenantAction:
    """One button of the page."""

    name: str
    label: "StrOrPromise"
    icon: str
    consequence: "StrOrPromise"
    form: type[forms.Form]
    run: Callable[[Tenant, dict[str, Any], Actor], object]
    # Offered while the organisation is in this state; None for beside a domain.
    status: TenantStatus | None = None
    is_grave: bool = False


def _status(status: TenantStatus) -> Callable[[Tenant, dict[str, Any], Actor], object]:
    def run(tenant: Tenant, given: dict[str, Any], actor: Actor) -> object:
        return jobs.request_status(
            name=tenant.pk, status=status, reason=given["reason"], actor=actor
        )

    return run


def _domain(request: Callable[..., int]) -> Callable[[Tenant, dict[str, Any], Actor], object]:
    def run(tenant: Tenant, given: dict[str, Any], actor: Actor) -> object:
        return request(name=tenant.pk, domain=given["domain"], actor=actor)

    return run


def _invite(tenant: Tenant, given: dict[str, Any], actor: Actor) -> object:
    """In the organisation's schema, whose trail names who of the platform's staff invited."""
    with tenant_context(tenant):
        return invite_user(**given, role=Role.ADMIN, actor=actor)


TENANT_ACTIONS = {
    one.name: one
    for one in (
        TenantAction(
            "invite-admin",
            _("Inviter un responsable qualité"),
            "person_add",
            _(
                "Cette personne recevra un lien par e-mail, choisira son mot de passe et pourra inviter les autres."
            ),
            FirstAdminForm,
            _invite,
            TenantStatus.ACTIVE,
        ),
        TenantAction(
            "suspend",
            _("Suspendre"),
            "block",
            _("Plus personne ne pourra se connecter ; les données sont conservées."),
            ReasonForm,
            _status(TenantStatus.SUSPENDED),
            TenantStatus.ACTIVE,
            is_grave=True,
        ),
        TenantAction(
            "resume",
            _("Rouvrir"),
            "play_arrow",
            _("Les utilisateurs pourront de nouveau se connecter."),
            ReasonForm,
            _status(TenantStatus.ACTIVE),
            TenantStatus.SUSPENDED,
        ),
        TenantAction(
            "add-domain",
            _("Ajouter un domaine"),
            "add",
            _(
                "Ce nom d’hôte mènera aux pages de l’organisme. Le DNS et les noms que le serveur accepte se règlent ailleurs."
            ),
            NewDomainForm,
            _domain(jobs.request_domain),
        ),
        TenantAction(
            "primary",
            _("Rendre principal"),
            "star",
            _("Les liens de l’organisme seront écrits avec ce domaine."),
            HeldDomainForm,
            _domain(jobs.request_primary),
        ),
        TenantAction(
            "remove-domain",
            _("Retirer le domaine"),
            "delete",
            _("Ce nom d’hôte ne mènera plus aux pages de l’organisme."),
            HeldDomainForm,
            _domain(jobs.request_removal),
            is_grave=True,
        ),
    )
}
