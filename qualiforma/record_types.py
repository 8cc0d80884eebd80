"""The types of records that have a page and that other records can name by type and id.

Each app registers its own in its module `record_types`, found by its name; none knows of another.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.utils import quote
from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils.text import capfirst

from qualiforma.accounts.actor import Actor


@dataclass(frozen=True)
class RecordType:
    """A type: its name on the wire, its model, and the rows of it that somebody may see."""

    name: str
    model: type[Model]
    visible_to: Callable[[Actor], QuerySet[Any]]
    # What the text of a record reads besides.
    related: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What people call it."""
        return str(capfirst(self.model._meta.verbose_name or ""))

    def named(self, ids: Iterable[str], actor: Actor) -> QuerySet[Any]:
        """Return these records, as many as the actor sees, ready to be named. Cost: one statement."""
        return (
            self.visible_to(actor)
            .filter(pk__in=list(ids))
            .select_related(*(self.related or (None,)))
        )

    def add_page(self) -> str:
        """Return the address of the form of a new record."""
        names = self.model._meta
        return reverse(f"admin:{names.app_label}_{names.model_name}_add")

    def page(self, record_id: str) -> str:
        """Return the address of a record's page."""
        names = self.model._meta
        return reverse(
            f"admin:{names.app_label}_{names.model_name}_change", args=[quote(record_id)]
        )


record_types: dict[str, RecordType] = {}


def register(
    name: str,
    model: type[Model],
    visible_to: Callable[[Actor], QuerySet[Any]],
    *,
    related: tuple[str, ...] = (),
) -> None:
    """Add a type of records. Its page is that of its model; its text reads the `related` rows."""
    if name in record_types:
        raise ValueError(f"{name} is registered already.")
    record_types[name] = RecordType(name, model, visible_to, related)


def type_of(model: type[Model]) -> RecordType | None:
    """Return the registered type of a model, if it has one."""
    return next((one for one in record_types.values() if one.model is model), None)
