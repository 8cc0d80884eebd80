"""Domain errors. They know no HTTP; `qualiforma.api.errors` translates each family to a status.

Every class with a `code` is one documented kind of refusal: the code is stable, the texts are for
people and translated.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class RuleError(Exception):
    """A business rule refuses a call. `facts` name the causes, for machines."""

    code: ClassVar[str] = "RULE"
    title: ClassVar["StrOrPromise"] = _("Opération refusée")
    # What `facts` may hold, name to meaning; they stand in the problem body under camelCase names.
    members: ClassVar[Mapping[str, str]] = {}
    # Seconds after which the same call may well succeed; None where waiting is of no use.
    retry_after: int | None = None

    def __init__(self, detail: "StrOrPromise | None" = None, **facts: object) -> None:
        self.detail: StrOrPromise = self.title if detail is None else detail
        self.facts = facts
        if undocumented := set(facts) - set(self.members):
            raise TypeError(f"{self.code} does not document {undocumented}.")
        super().__init__(detail)


class ConflictError(RuleError):
    """The present state forbids it."""

    code = "CONFLICT"
    title = _("L’état actuel ne le permet pas")


class UnprocessableError(RuleError):
    """Well formed, yet not what it claims to be."""

    code = "UNPROCESSABLE"
    title = _("Requête incohérente")


class TooManyError(RuleError):
    """Tried too often; `Retry-After` says when to come back."""

    code = "TOO_MANY_REQUESTS"
    title = _("Trop de tentatives")

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


class StaleError(RuleError):
    """The object changed since the caller read it (If-Match)."""

    code = "STALE"
    title = _("La ressource a changé entre-temps")
    members = {"version": "the present version; its ETag is this number in quotes"}


class IllegalTransitionError(ConflictError):
    """The status cannot be reached from the present one."""

    code = "ILLEGAL_TRANSITION"
    title = _("Changement de statut impossible")
    members = {"current": "the present status", "allowed": "the statuses reachable from here"}


class NotAllowedError(RuleError):
    """The actor may see the object but not do this to it."""

    code = "FORBIDDEN"
    title = _("Permission insuffisante")
    members = {"allowed_fields": "the fields this caller may change, where only some are refused"}


class MissingError(RuleError):
    """No such object, or none that the actor may see."""

    code = "NOT_FOUND"
    title = _("Introuvable")


class CredentialsError(RuleError):
    """Wrong password, unknown or inactive user: always the same answer."""

    code = "INVALID_CREDENTIALS"
    title = _("Adresse e-mail ou mot de passe incorrect")


@dataclass(frozen=True)
class FieldError:
    """One refused value. `field` is a snake_case path, `actions[1].due_date`."""

    field: str
    code: str
    detail: "StrOrPromise"


class InvalidFieldsError(RuleError):
    """Values are refused; `errors` names each field, and what would be accepted."""

    code = "VALIDATION_FAILED"
    title = _("Données invalides")

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = list(errors)
        super().__init__(None)
