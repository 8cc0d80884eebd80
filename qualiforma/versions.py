"""A row is locked, compared with the version that the caller saw, changed and saved."""

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from qualiforma.errors import MissingError, StaleError
from qualiforma.kept_writes import Changed, write_together

M = TypeVar("M", bound=Model)
ExpectedVersions = Collection[int] | None


def locked_row(rows: "QuerySet[M]", key: Any, expected_versions: ExpectedVersions = None) -> M:
    """Return the current row of a key, locked as `rows` say, until the transaction ends.

    Errors: `MissingError` when it is gone, or none of `rows` any more; `StaleError`.
    """
    row = rows.filter(pk=key).first()
    if row is None:
        raise MissingError
    check_version(getattr(row, "version", None), expected_versions)
    return row


def check_version(version: int | None, expected_versions: ExpectedVersions) -> None:
    """Refuse what is not as the caller saw it; None takes any version. Errors: `StaleError`."""
    if expected_versions is not None and version not in expected_versions:
        raise StaleError(version=version)


def differing(row: Model, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the changes that change something; a key may be named with or without `_id`."""
    return {name: new for name, new in changes.items() if getattr(row, column(row, name)) != new}


def apply(row: Model, changes: Mapping[str, Any]) -> None:
    """Set fields to plain values, those of keys to ids."""
    for name, value in changes.items():
        setattr(row, column(row, name), value)


def save(row: Any, *fields: str) -> None:
    """Save these fields of a locked row and count its version up, also for a change of children."""
    write_together(counted_up(row, *fields))


def counted_up(row: Any, *fields: str) -> Changed:
    """Count a locked row's version up; return the change that saves it with these fields."""
    row.version += 1
    return Changed(row, [*fields, "version"])


def column(row: Model, name: str) -> str:
    """Return the attribute that holds a field's plain value, an id for a key."""
    field: Any = row._meta.get_field(name)  # no reverse relation
    return str(field.attname)
