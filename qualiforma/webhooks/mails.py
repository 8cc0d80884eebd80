"""The mail about an endpoint that was switched off."""

from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role
from qualiforma.mail.kinds import Draft, mail
from qualiforma.webhooks.models import EndpointState, WebhookEndpoint


@mail("webhooks.endpoint_failed")
def endpoint_failed(*, user: str, endpoint: str) -> Draft | None:
    """Tell an ADMIN; pointless once the endpoint is on again or gone."""
    person = User.objects.filter(pk=user, is_active=True, role=Role.ADMIN).first()
    row = WebhookEndpoint.objects.filter(pk=endpoint, state=EndpointState.FAILED).first()
    if person is None or row is None:
        return None
    return Draft(
        to=person.email,
        subject=_("Webhook arrêté : %s") % (row.description or urlsplit(row.url).hostname),
        paragraphs=(
            _("Bonjour %s,") % person.name,
            _("le point d’accès webhook %s n’a répondu à aucun envoi depuis trois jours. Il est arrêté et ne reçoit plus d’événements.") % urlsplit(row.url).hostname,
            _("Les envois en attente sont conservés : une fois l’autre logiciel rétabli, "
                "remettez le point d’accès en marche dans QualiForma, menu Webhooks."),
        ),
    )  # fmt: skip
