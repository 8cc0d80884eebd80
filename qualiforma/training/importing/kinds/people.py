"""Users, by the accounts' services."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qualiforma.accounts import policies, services
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role
from qualiforma.errors import FieldError, InvalidFieldsError
from qualiforma.training.importing.columns import Column
from qualiforma.training.importing.exceptions import CellError
from qualiforma.training.importing.kinds.base import ID, Given, Kind
from qualiforma.training.importing.source import Cell
from qualiforma.training.importing.values import choice_of, read_flag, read_text, unaccented


def read_address(cell: Cell, _lookups: object) -> str:
    """Return an address as it is kept, in lower case."""
    return read_text(cell).lower()


class Users(Kind):
    """People, identified by their address. A new one is invited where the file asks for it."""

    name = "users"
    title = gettext_lazy("Utilisateurs")
    warning = gettext_lazy(
        "Seules les personnes avec « oui » dans la colonne « Inviter » reçoivent une "
        "invitation ; les autres pourront être invitées depuis leur fiche."
    )
    model = User
    example: ClassVar = {
        "email": "camille.roy@exemple.fr",
        "name": "Camille Roy",
        "role": "Apprenant",
        "is_sent": "non",
    }
    columns = (
        ID,
        Column("email", "Adresse e-mail", "E-mail address", lambda one: one.email, read_address, ("e-mail", "email", "mail", "courriel", "adresse mail", "adresse électronique", "mél"), is_required=True, width=32),
        Column("name", "Nom", "Name", lambda one: one.name, read_text, ("nom complet", "full name", "prénom et nom", "nom et prénom", "nom prénom", "prénom nom", "nom de famille", "last name", "surname"), is_required=True, width=28),
        Column("first_name", "Prénom", "First name", lambda one: "", read_text, ("given name", "prénoms"), only_read=True),
        Column("role", "Rôle", "Role", lambda one: one.get_role_display(), choice_of(Role), is_required=True, width=24),
        Column("is_active", "Actif", "Active", lambda one: one.is_active, read_flag),
        Column("is_sent", "Inviter", "Invite", lambda one: "", read_flag, ("invitation", "envoyer l’invitation"), only_read=True),
    )  # fmt: skip

    def may_import(self, actor: Actor) -> bool:
        return policies.can_manage_users(actor)

    def may_export(self, actor: Actor) -> bool:
        return policies.can_read_users(actor)

    def complete(self, given: Given, lookups: object) -> None:
        """Put first and last name together; a first name alone is none."""
        first = given.pop("first_name", "")
        if first and not given.get("name"):
            raise CellError(_("Indiquez aussi le nom de famille."), "name")
        if first and not _words(first) <= _words(given["name"]):
            given["name"] = f"{first} {given['name']}"

    def differing(self, record: Any, given: Given) -> Given:
        """Leave a whole name where a file has half of it."""
        given = {name: one for name, one in given.items() if name != "is_sent"}
        changes = super().differing(record, given)
        if "name" in changes and _words(changes["name"]) < _words(record.name):
            del changes["name"]
        return changes

    def alike(self, given: Given) -> Any:
        return User.objects.filter(email=given.get("email")).first()

    def create(self, given: Given, actor: Actor) -> User:
        """Enter somebody. An invitation is sent on demand, never to who is no longer active."""
        rest = {"is_sent": False, **given}
        is_active = rest.pop("is_active", True)
        with transaction.atomic():
            try:
                user = services.invite_user(**rest, actor=actor)
            except ValidationError as error:  # what the columns themselves do not take
                raise _in_words(error) from error
            if not is_active:
                services.change_user(user=user, changes={"is_active": False}, actor=actor)
        return user

    def change(self, record: Any, changes: Given, actor: Actor) -> object:
        for name, value in changes.items():
            try:
                field: Any = User._meta.get_field(name)  # no reverse relation
                field.clean(value, record)
            except ValidationError as error:
                raise InvalidFieldsError(
                    [FieldError(name, "invalid", " ".join(error.messages))]
                ) from error
        return services.change_user(user=record, changes=changes, actor=actor)


def _words(name: str) -> set[str]:
    return set(unaccented(name).replace("-", " ").split())


def _in_words(error: ValidationError) -> InvalidFieldsError:
    return InvalidFieldsError(
        FieldError(name, "invalid", " ".join(messages))
        for name, messages in error.message_dict.items()
    )
