"""Mails about accounts, in the language of the request that caused them."""

from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from qualiforma.accounts.links import LinkKind, password_link
from qualiforma.accounts.models import User


def send_invitation(user: User) -> None:
    """Ask a new user to choose a password."""
    _send(user, LinkKind.INVITATION, _("Votre accès à QualiForma"))


def send_password_reset(user: User) -> None:
    """Let a user who forgot it choose another password."""
    _send(user, LinkKind.RESET, _("Choisir un nouveau mot de passe"))


def _send(user: User, kind: LinkKind, subject: str) -> None:
    context = {"user": user, "link": password_link(user, kind)}
    send_mail(subject, render_to_string(f"accounts/{kind}.txt", context), None, [user.email])
