"""Passwords: changed, or set through a link sent by mail. Each ends every token of the user."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from qualiforma import audit
from qualiforma.accounts import mails
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.links import (
    INVITATION_LIFETIME,
    LINK,
    RESET_LIFETIME,
    LinkKind,
    address_mark,
)
from qualiforma.accounts.models import User
from qualiforma.accounts.tokens import InvalidTokenError
from qualiforma.errors import FieldError, InvalidFieldsError, TooManyError
from qualiforma.links import DeadLinkError, read_token
from qualiforma.ratelimit.services import Limit, forgive, hit

CHANGE_PER_ACCOUNT = Limit("password.account", most=10, window=timedelta(minutes=15))
RESET_PER_ACCOUNT = Limit("reset.account", most=5, window=timedelta(hours=1))
RESET_PER_ADDRESS = Limit("reset.address", most=50, window=timedelta(hours=1))


def change_password(*, user: User, current: str, new: str, scope: str) -> None:
    """Replace a known password.

    Errors: `TooManyError`; `InvalidFieldsError` for a wrong present or a weak new password;
    `InvalidTokenError` when the user's tokens ended meanwhile.
    """
    hit(CHANGE_PER_ACCOUNT, user.pk, scope=scope)
    errors = []
    if not check_password(current, user.password):
        detail = _("Ce n’est pas le mot de passe actuel.")
        errors.append(FieldError("current_password", "wrong", detail))
    errors += password_errors(new, "new_password")
    if errors:
        raise InvalidFieldsError(errors)
    forgive(CHANGE_PER_ACCOUNT, user.pk, scope=scope)
    if not _set_password(user, new, "accounts.password.changed"):
        raise InvalidTokenError


def request_password_reset(*, email: str, scope: str, address: str) -> None:
    """Send a link to the active user of that address; an unknown one gets the same silence.

    Errors: `TooManyError` for the caller's address only: that an account is being tried is
    nobody's business.
    """
    hit(RESET_PER_ADDRESS, address)
    email = email.strip().lower()
    try:
        hit(RESET_PER_ACCOUNT, email, scope=scope)
    except TooManyError:
        return
    user = User.objects.filter(email=email, is_active=True).first()
    # Entered and queued for nobody too: the answer takes as long without such an account.
    actor = Actor.of(user) if user else None
    with audit.action("accounts.password.reset_requested", actor=actor):
        audit.log_event("user", user.pk if user else "")
        mails.password_reset.send(user=user.pk if user else "")


def set_password_by_link(*, token: str, new: str, scope: str) -> User:
    """Set the password of whom an invitation or a reset link was sent to; the link is then spent.

    Errors: `InvalidFieldsError` on `token` when it is altered, too old, spent or of another
    tenant; on `new_password` when that is weak.
    """
    user = user_of_link(token, scope)
    if user is None:
        raise _dead_link()
    errors = password_errors(new, "new_password")
    if errors:
        raise InvalidFieldsError(errors)
    if not _set_password(user, new, "accounts.password.chosen"):
        raise _dead_link()
    return user


def user_of_link(token: str, scope: str) -> User | None:
    """Return whose password a link may set, None for a dead one."""
    try:
        signed = read_token(LINK, token, max_age=INVITATION_LIFETIME)
        if signed.get("kind") == LinkKind.RESET:
            read_token(LINK, token, max_age=RESET_LIFETIME)
    except DeadLinkError:
        return None
    return _named(signed) if signed["t"] == scope else None


def password_errors(password: str, field: str) -> list[FieldError]:
    """Return what is wrong with a new password, named for `field`."""
    try:
        validate_password(password)
    except ValidationError as error:
        return [FieldError(field, "weak", " ".join(error.messages))]
    return []


def _dead_link() -> InvalidFieldsError:
    detail = _("Ce lien n’est pas valable ou a expiré ; demandez-en un nouveau.")
    return InvalidFieldsError([FieldError("token", "dead", detail)])


def _named(signed: Mapping[str, Any]) -> User | None:
    user = User.objects.filter(
        pk=str(signed["user"]), token_generation=int(signed["generation"]), is_active=True
    ).first()
    # Links of earlier releases do not say where they went.
    if user is None or signed.get("to") not in {None, address_mark(user)}:
        return None
    return user


def _set_password(user: User, new: str, code: str) -> bool:
    """Set it, and end every token; False where they ended meanwhile, as by the same link."""
    hashed = make_password(new)  # takes its time, hence before any lock
    with audit.action(code, actor=Actor.of(user)):
        row = User.objects.select_for_update().get(pk=user.pk)
        if row.token_generation != user.token_generation:
            return False
        row.password = hashed
        row.token_generation += 1
        row.save(update_fields=["password", "token_generation"])
    return True
