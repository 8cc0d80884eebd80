"""What an event says of its object's version: its ETag, read in the transaction of the change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model, QuerySet

from qualiforma.audit.registry import Recorded, recorded_models


@dataclass(frozen=True)
class Versions:
    """The rows of some objects of one type; those that are gone have none."""

    rows: Mapping[str, Mapping[str, Any]]
    column: str

    def version_of(self, object_id: str) -> int | None:
        """Return the object's version; None where it has none or is gone."""
        found: int | None = self.rows.get(object_id, {}).get(self.column) if self.column else None
        return found

    def fits(self, object_id: str, only: Mapping[str, str]) -> bool:
        """Say whether the object's columns hold this."""
        row = self.rows.get(object_id, {})
        return all(row.get(name) == value for name, value in only.items())


def versions_of(object_type: str, ids: Iterable[str]) -> Versions:
    """Read them. Cost: one statement."""
    recorded = next(one for one in recorded_models.values() if one.object_type == object_type)
    model, column = recorded.model, version_column(recorded)
    names = [field.name for field in model._meta.concrete_fields if field.name == "kind"]
    rows: QuerySet[Any] = QuerySet(model).filter(pk__in=list(ids))
    wanted = [*names, *([column] if column else [])]
    return Versions({str(row["pk"]): row for row in rows.values("pk", *wanted)}, column)


def version_column(recorded: Recorded) -> str:
    """Return the status of a type's version: in its own row, or in that of its root; else nowhere."""
    if _has_version(recorded.model):
        return "version"
    root = recorded.root and recorded.model._meta.get_field(recorded.root).related_model
    is_there = isinstance(root, type) and issubclass(root, Model) and _has_version(root)
    return f"{recorded.root}__version" if is_there else ""


def _has_version(model: type[Model]) -> bool:
    try:
        return model._meta.get_field("version").concrete
    except FieldDoesNotExist:
        return False
