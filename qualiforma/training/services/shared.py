"""What the services of all training records have in common."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qualiforma.accounts.models import User
from qualiforma.errors import FieldError, InvalidFieldsError
from qualiforma.training.models import Company, Course, Enrollment
from qualiforma.versions import locked_row

ExpectedVersions = Collection[int] | None
Check = Callable[[], None]
Errors = list[FieldError]
Row = TypeVar("Row", bound=models.Model)

UNKNOWN = {
    Company: _("Aucune entreprise n’a cet identifiant."),
    Course: _("Aucune formation n’a cet identifiant."),
    Enrollment: _("Aucune inscription n’a cet identifiant."),
}
FUTURE = _("Cette date est dans le futur.")
# What `remembering` has found so far; None outside of it.
_there: ContextVar[set[tuple[type[models.Model], str]] | None] = ContextVar("there", default=None)


def given_id(wanted: str) -> dict[str, str]:
    """Return the argument that gives a new row its id, if it comes with one."""
    return {"id": wanted} if wanted else {}


def locked(row: Row, expected_versions: ExpectedVersions = None) -> Row:
    """Return the current row, locked until the transaction ends.

    Errors: `MissingError` when it is gone; `StaleError` when it is not as the caller saw it.
    """
    rows = type(row)._default_manager.select_for_update()
    return locked_row(rows, row.pk, expected_versions)


def shape_errors(row: models.Model) -> Errors:
    """Name each value that its column does not take; keys are checked apart, by `unknown`."""
    keys = {field.name for field in row._meta.concrete_fields if field.is_relation}
    try:
        row.clean_fields(exclude=keys)
    except ValidationError as error:
        return [
            FieldError(name, one.code or "invalid", " ".join(one.messages))
            for name, found in error.error_dict.items()
            for one in found
        ]
    return []


@contextmanager
def remembering() -> Iterator[None]:
    """Ask only once in this block whether something exists, or somebody is active.

    For a transaction that holds the trail's lock, and itself changes no such thing: nobody else
    can meanwhile.
    """
    token = _there.set(set())
    try:
        yield
    finally:
        _there.reset(token)


def unknown(field: str, model: type[models.Model], wanted: str | None) -> Errors:
    """Name a key to what does not exist. Cost: one query, none without a value."""
    rows = model._default_manager
    if wanted is None or _is_there(model, wanted, rows.filter(pk=wanted).exists):
        return []
    return [FieldError(field, "unknown", UNKNOWN[model])]


def not_active(field: str, user_id: str) -> Errors:
    """Name somebody who is no active user. Cost: one query."""
    if _is_there(User, user_id, lambda: bool(User.objects.active_ids([user_id]))):
        return []
    return [FieldError(field, "unknown", _("Aucun utilisateur actif n’a cet identifiant."))]


def _is_there(model: type[models.Model], key: str, look: Callable[[], bool]) -> bool:
    known = _there.get()
    if known is not None and (model, key) in known:
        return True
    found = look()
    if found and known is not None:
        known.add((model, key))
    return found


def to_come(**instants: datetime | None) -> Errors:
    """Name the instants that have not come yet."""
    now = timezone.now()
    return [
        FieldError(name, "future", FUTURE)
        for name, instant in instants.items()
        if instant is not None and instant > now
    ]


def refuse_any(errors: Errors) -> None:
    """Errors: `InvalidFieldsError` if there are some."""
    if errors:
        raise InvalidFieldsError(errors)


@contextmanager
def refusing(check: Check) -> Iterator[None]:
    """Turn what the database refuses into what it means, by making the check of before once more.

    For who writes without a service meanwhile. Constraints' names are not read: a sharded database
    leaves them out, or adds a number.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        check()
        raise


def insert(row: models.Model, check: Check = lambda: None) -> None:
    """Insert a checked row; `check` is made again should the database refuse it."""

    def look() -> None:
        if type(row)._meta.base_manager.filter(pk=row.pk).exists():
            raise InvalidFieldsError(
                [FieldError("id", "taken", _("Cet identifiant est déjà pris."))]
            )
        check()

    with refusing(look):
        row.save(force_insert=True)
