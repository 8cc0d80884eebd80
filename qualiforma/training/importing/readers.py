"""Readers of cells that columns of several apps have in common."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from qualiforma.ids import id_hint, is_id
from qualiforma.qualiopi.grids import INDICATOR_MAX
from qualiforma.training.importing.columns import Column
from qualiforma.training.importing.exceptions import CellError, UnknownRecordError
from qualiforma.training.importing.lookups import Lookups
from qualiforma.training.importing.source import Cell
from qualiforma.training.importing.values import Reads, read_text


def id_column(prefix: str) -> Column:
    """Return the column of ids of this prefix."""

    def read(cell: Cell, _lookups: object) -> str:
        text = read_text(cell)
        if not is_id(text, prefix):
            raise CellError(str(id_hint(prefix)))
        return text

    return Column("id", "Identifiant", "Id", lambda one: one.pk, read, width=30)


def text_up_to(limit: int) -> Reads:
    """Return a reader of a text of at most this many characters."""

    def read(cell: Cell, _lookups: object) -> str:
        text = read_text(cell)
        if len(text) > limit:
            raise CellError(_("%d caractères au plus.") % limit)
        return text

    return read


def read_email(cell: Cell, _lookups: object) -> str:
    """Return an e-mail address. Errors: `CellError`."""
    text = read_text(cell)
    try:
        validate_email(text)
    except ValidationError as error:
        raise CellError(_("Indiquez une adresse e-mail.")) from error
    return text


def read_indicators(cell: Cell, _lookups: object) -> tuple[int, ...]:
    """Return numbers that commas, semicolons, spaces or line ends part. Errors: `CellError`."""
    words = read_text(cell).replace(",", " ").replace(";", " ").split()
    if not words or not all(one.isascii() and one.isdigit() for one in words):
        raise CellError(_("Indiquez des numéros d’indicateurs, par exemple 9, 12."))
    numbers = tuple(map(int, words))
    if not all(1 <= one <= INDICATOR_MAX for one in numbers):
        raise CellError(_("Les indicateurs vont de 1 à %d.") % INDICATOR_MAX)
    if len(set(numbers)) < len(numbers):
        raise CellError(_("Un indicateur est donné deux fois."))
    return numbers


def by_name(model: Any, field: str) -> Reads:
    """Return a reader of the id of the one record that has this id or this name."""

    def read(cell: Cell, lookups: Lookups) -> str:
        return lookups.titled(model, read_text(cell), field)

    return read


def all_by_name(model: Any, field: str) -> Reads:
    """Return a reader of the ids of records that stand one on each line, by id or by name."""

    def read(cell: Cell, lookups: Lookups) -> list[str]:
        lines = [one.strip() for one in read_text(cell).split("\n")]
        return _distinct([lookups.titled(model, one, field) for one in lines if one])

    return read


def read_people(cell: Cell, lookups: Lookups) -> list[str]:
    """Return the ids of those whose addresses lines, spaces, commas or semicolons part."""
    words = read_text(cell).replace(",", " ").replace(";", " ").split()
    found = []
    for rank, one in enumerate(words):
        try:
            found.append(lookups.person(one))
        except UnknownRecordError as error:
            error.rank = rank
            raise
    return _distinct(found)


def name_columns(fr: str, en: str) -> tuple[Column, Column]:
    """Return the columns that name people whom an import creates: surname or whole name, first name."""
    return (
        Column("person_name", f"Nom du {fr}", f"{en}’s name", lambda _one: "", only_read=True, fills=("users", "name")),
        Column("person_first_name", f"Prénom du {fr}", f"{en}’s first name", lambda _one: "", only_read=True, fills=("users", "first_name")),
    )  # fmt: skip


def course_columns() -> tuple[Column, Column]:
    """Return the columns that describe courses which an import creates."""
    return (
        Column("course_level", "Niveau de la formation", "Course level", lambda _one: "", also=("niveau", "niveau visé"), only_read=True, fills=("courses", "level")),
        Column("course_hours", "Durée de la formation", "Course duration", lambda _one: "", also=("durée", "durée (h)", "durée (heures)", "nombre d’heures"), only_read=True, fills=("courses", "duration_hours")),
    )  # fmt: skip


def _distinct(ids: list[str]) -> list[str]:
    if len(set(ids)) < len(ids):
        raise CellError(_("Une valeur est donnée deux fois."))
    return ids
