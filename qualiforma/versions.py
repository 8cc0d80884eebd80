"""A row is locked before it changes, and compared with the version that the caller saw."""

from collections.abc import Collection
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from qualiforma.errors import MissingError, StaleError

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
