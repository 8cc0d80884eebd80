"""The columns of a record: their names, how a cell is read, how a value is written."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from qualiforma.training.importing.values import LANGUAGES, Reads, fold

# An emptied cell leaves the value as it is.
KEPT = object()


@dataclass(frozen=True)
class Column:
    """A column. `name` is the field it fills; `fr` and `en` head it in files.

    `cleared` is what an emptied cell sets. `only_shown` columns are written for people and never
    read back: the names that belong to an id. One of them that `stands_for` another column is read
    as that one where a file lacks it. `only_read` columns are parts of another, never written. `holds_ids_of` names the model of a list of ids.
    `fills` names a kind and its field: what the cell says of a record that the row needs and an import is asked to create.
    `example` stands in the model file, which has the columns with one.
    """

    name: str
    fr: str
    en: str
    shows: Callable[[Any], Any]
    reads: Reads | None = None
    also: tuple[str, ...] = ()
    is_required: bool = False
    cleared: Any = KEPT
    width: int = 20
    stands_for: str = ""
    only_read: bool = False
    holds_ids_of: type[Model] | None = None
    example: str = ""
    fills: tuple[str, str] | None = None

    @property
    def only_shown(self) -> bool:
        """Written, never read."""
        return self.reads is None

    def title(self, language: str) -> str:
        """Return what heads the column in a file."""
        return self.fr if language == LANGUAGES[0] else self.en

    def names(self) -> Iterator[str]:
        """Yield every name that the column is recognised by, folded."""
        yield from (fold(one) for one in (self.name, self.fr, self.en, *self.also))
