"""Services of the themes of complaints: the organisation's own list."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Value
from django.utils.translation import gettext_lazy as _

from improvements.models import ComplaintTheme
from improvements.services.shared import ExpectedVersions
from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.errors import (
    ConflictError,
    FieldError,
    InvalidFieldsError,
)
from qualiforma.search import Searchable
from qualiforma.versions import apply, differing, locked_row, save


class ThemeInUseError(ConflictError):
    """Complaints name the theme: it can be archived, not deleted."""

    code = "THEME_IN_USE"
    title = _("Des réclamations sont classées sous ce thème : vous pouvez l’archiver")
    members = {"complaints": "how many complaints name the theme"}


@audit.audited("improvements.theme.added")
def add_theme(*, name: str, actor: Actor, position: int = 0) -> ComplaintTheme:
    """Add a theme. Errors: `InvalidFieldsError` for a name that another one bears."""
    theme = ComplaintTheme(name=name, position=position)
    _check_name(theme)
    theme.save(force_insert=True)
    return theme


@audit.audited("improvements.theme.changed")
def change_theme(
    *,
    theme: ComplaintTheme,
    changes: Mapping[str, Any],
    actor: Actor,
    expected_versions: ExpectedVersions = None,
) -> ComplaintTheme:
    """Rename, move or archive a theme; values equal to the present are no change.

    Errors: `StaleError`; `InvalidFieldsError` for a name that another one bears.
    """
    row = _locked(theme, expected_versions)
    changed = differing(row, changes)
    if not changed:
        return row
    apply(row, changed)
    if "name" in changed:
        _check_name(row)
    save(row, *changed)
    return row


@audit.audited("improvements.theme.deleted")
def delete_theme(
    *, theme: ComplaintTheme, actor: Actor, expected_versions: ExpectedVersions = None
) -> None:
    """Delete a theme that no complaint names. Errors: `ThemeInUseError`, `StaleError`."""
    row = _locked(theme, expected_versions)
    named = row.complaints.count()
    if named:
        raise ThemeInUseError(complaints=named)
    row.delete()


def _locked(theme: ComplaintTheme, expected_versions: ExpectedVersions) -> ComplaintTheme:
    row: ComplaintTheme = locked_row(
        ComplaintTheme.objects.select_for_update(), theme.pk, expected_versions
    )
    return row


def _check_name(theme: ComplaintTheme) -> None:
    """Two names that differ by case or accents alone read as one."""
    others = ComplaintTheme.objects.exclude(pk=theme.pk).alias(read=Searchable("name"))
    if others.filter(read=Searchable(Value(theme.name))).exists():
        detail = _("Un autre thème porte déjà ce nom.")
        raise InvalidFieldsError([FieldError("name", "taken", detail)])
