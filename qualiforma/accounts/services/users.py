"""Users: created, invited, changed. Never deleted: records keep naming them."""

from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from qualiforma import audit
from qualiforma.accounts import mails
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role
from qualiforma.accounts.services.passwords import password_errors
from qualiforma.errors import ConflictError, FieldError, InvalidFieldsError
from qualiforma.versions import apply, check_version, differing, save


class LastAdminError(ConflictError):
    """Somebody must be able to administer the organisation."""

    code = "LAST_ADMIN"
    title = _("Il doit rester un responsable qualité actif")


class AlreadyActiveError(ConflictError):
    """An invitation is for somebody who has no password yet."""

    code = "ALREADY_ACTIVE"
    title = _("Cette personne a déjà choisi son mot de passe")


@audit.audited("accounts.user.created")
def create_user(*, email: str, name: str, role: str, password: str, id: str = "") -> User:  # noqa: A002 - the field's name
    """Create an active user with a password, for commands and demo data.

    Errors: `InvalidFieldsError` naming each refused field: address taken or malformed, unknown
    role, blank name, weak password.
    """
    user = _new_user(email, name, role, id, password_errors(password, "password"))
    user.set_password(password)
    user.save(force_insert=True)
    return user


@audit.audited("accounts.user.invited")
def invite_user(
    *,
    email: str,
    name: str,
    role: str,
    actor: Actor,
    id: str = "",  # noqa: A002 - the field's name
    is_sent: bool = True,
) -> User:
    """Create an active user without a password and send the link that sets one, now or later.

    Errors: `InvalidFieldsError` as for `create_user`.
    """
    user = _new_user(email, name, role, id)
    user.set_unusable_password()
    user.save(force_insert=True)
    if is_sent:
        mails.invitation.send(user=user.pk)
    return user


@audit.audited("accounts.invitation.resent")
def resend_invitation(*, user: User, actor: Actor) -> None:
    """Send a new link. Errors: `AlreadyActiveError` when there is a password already."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.has_usable_password() or not user.is_active:
        raise AlreadyActiveError
    audit.log_event("user", user.pk)
    mails.invitation.send(user=user.pk)


@audit.audited("accounts.user.changed")
def change_user(
    *,
    user: User,
    changes: Mapping[str, Any],
    actor: Actor,
    expected_versions: Collection[int] | None = None,
) -> User:
    """Change address, name, role or `is_active`. A deactivation ends every token and calendar at once.

    Errors: `StaleError`; `InvalidFieldsError`; `LastAdminError` when no active ADMIN would remain.
    """
    admins = list(
        User.objects.select_for_update()
        .filter(role=Role.ADMIN, is_active=True)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    user = User.objects.select_for_update().get(pk=user.pk)
    check_version(user.version, expected_versions)
    changes = differing(user, changes)
    if not changes:
        return user
    if "email" in changes and (errors := _email_errors(changes["email"])):
        raise InvalidFieldsError(errors)

    apply(user, changes)
    if admins == [user.pk] and not (user.is_active and user.role == Role.ADMIN):
        raise LastAdminError
    if "is_active" in changes:  # either way: what was issued before does not come back to life
        user.token_generation += 1
        audit.rename(f"accounts.user.{'activated' if user.is_active else 'deactivated'}")
        user.calendar_feeds.all().delete()
    save(user, *changes, "token_generation")
    return user


def _new_user(
    email: str, name: str, role: str, user_id: str = "", errors: Collection[FieldError] = ()
) -> User:
    """Return a user to be saved. Errors: `InvalidFieldsError` naming each refused field."""
    email = email.strip().lower()
    errors = [*_email_errors(email), *errors]
    if role not in Role.values:
        errors.append(
            FieldError("role", "invalid", _("Rôles admis : %s.") % ", ".join(Role.values))
        )
    if not name.strip():
        errors.append(FieldError("name", "blank", _("Indiquez un nom.")))
    if errors:
        raise InvalidFieldsError(errors)
    user = User(email=email, name=name.strip(), role=role, **({"id": user_id} if user_id else {}))
    user.full_clean(exclude=["password"])
    return user


def _email_errors(email: str) -> list[FieldError]:
    try:
        validate_email(email)
    except ValidationError as error:
        return [FieldError("email", "invalid", " ".join(error.messages))]
    if User.objects.filter(email=email).exists():
        return [FieldError("email", "taken", _("Un utilisateur a déjà cette adresse."))]
    return []
