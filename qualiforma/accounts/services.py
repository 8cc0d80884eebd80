"""Every write to accounts, and the check of a password."""

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role
from qualiforma.errors import CredentialsError, FieldError, InvalidFieldsError


def authenticate(*, email: str, password: str) -> User:
    """Return the active user with these credentials.

    Errors: `CredentialsError`, the same for a wrong password, an unknown and an inactive user,
    after the same work.
    """
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        make_password(password)  # one hash, as the comparison below costs
        raise CredentialsError
    if not check_password(password, user.password) or not user.is_active:
        raise CredentialsError
    return user


@transaction.atomic
def create_user(*, email: str, name: str, role: str, password: str, id: str = "") -> User:  # noqa: A002 - the field's name
    """Create an active user.

    Errors: `InvalidFieldsError` naming each refused field: address taken or malformed, unknown
    role, blank name, weak password.
    """
    email = email.strip().lower()
    errors = [*_email_errors(email), *_password_errors(password)]
    if role not in Role.values:
        errors.append(
            FieldError("role", "invalid", _("Rôles admis : %s.") % ", ".join(Role.values))
        )
    if not name.strip():
        errors.append(FieldError("name", "blank", _("Un nom est attendu.")))
    if errors:
        raise InvalidFieldsError(errors)

    user = User(email=email, name=name.strip(), role=role, **({"id": id} if id else {}))
    user.set_password(password)
    user.full_clean()
    user.save(force_insert=True)
    return user


def _email_errors(email: str) -> list[FieldError]:
    try:
        validate_email(email)
    except ValidationError as error:
        return [FieldError("email", "invalid", " ".join(error.messages))]
    if User.objects.filter(email=email).exists():
        return [FieldError("email", "taken", _("Un utilisateur a déjà cette adresse."))]
    return []


def _password_errors(password: str) -> list[FieldError]:
    try:
        validate_password(password)
    except ValidationError as error:
        return [FieldError("password", "weak", " ".join(error.messages))]
    return []
