"""Mails about accounts, in the language of the request that caused them."""

from django.utils.translation import gettext as _

from qualiforma.accounts.links import LinkKind, password_link
from qualiforma.accounts.models import User
from qualiforma.jobs.turns import URGENT
from qualiforma.mail.kinds import Draft, mail


@mail("accounts.invitation", priority=URGENT)
def invitation(*, user: str) -> Draft | None:
    """Ask a new user to choose a password; pointless once that is done."""
    person = User.objects.filter(pk=user, is_active=True).first()
    if person is None or person.has_usable_password():
        return None
    return Draft(
        to=person.email,
        subject=_("Votre accès à QualiForma"),
        paragraphs=(
            _("Bonjour %s,") % person.name,
            _("un accès à QualiForma a été créé pour vous. Choisissez votre mot de passe en suivant ce lien, valable sept jours :"),
        ),
        link=password_link(person, LinkKind.INVITATION),
        link_label=_("Choisir mon mot de passe"),
    )  # fmt: skip


@mail("accounts.password_reset", priority=URGENT)
def password_reset(*, user: str) -> Draft | None:
    """Send the link to reset a password; nothing when the request named no account."""
    person = User.objects.filter(pk=user, is_active=True).first()
    if person is None:
        return None
    return Draft(
        to=person.email,
        subject=_("Choisir un nouveau mot de passe"),
        paragraphs=(
            _("Bonjour %s,") % person.name,
            _("pour choisir un nouveau mot de passe, suivez ce lien, valable une heure :"),
        ),
        link=password_link(person, LinkKind.RESET),
        link_label=_("Choisir un nouveau mot de passe"),
        afterwards=(
            _("Si vous n’avez rien demandé, ne faites rien : votre mot de passe reste le même."),
        ),
    )
