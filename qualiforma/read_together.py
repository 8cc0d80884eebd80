"""Rows of several querysets, read in one trip, and kept where Django keeps what it prefetches."""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Model, QuerySet

from qualiforma.lookups import KEYS, RowStatement


class RowsTogether:
    """Reads, and locks where they say so, the rows of several querysets that have the same keys.

    Each of `rows` is called once in a process, with what stands for the keys: nothing else may differ from
    one call to another. They run in their order, each in a snapshot of its own: what stands behind a
    lock is read once it is held. Cost: one trip; one for each in a sharded database.
    """

    def __init__(self, *rows: Callable[..., QuerySet[Any]], keys: int = 1) -> None:
        self._rows, self._keys = rows, KEYS[:keys]

    def __call__(self, *keys: str) -> list[list[Any]]:
        """Return the rows of each, in their order."""
        given = dict(zip(self._keys, keys, strict=True))
        if settings.SHARDED:
            return [one.run_all(given) for one in self._statements]
        values = [given[name] for one in self._statements for name in one.text.names]
        with connection.cursor() as cursor:
            cursor.execute("; ".join(one.text.text for one in self._statements), values)
            found = []
            for one in self._statements:
                found.append([one.made_of(row) for row in cursor.fetchall()])
                cursor.nextset()
        return found

    @cached_property
    def _statements(self) -> list[RowStatement[Any]]:
        parameters = {key: key for key in self._keys}
        return [RowStatement(rows(*self._keys), parameters) for rows in self._rows]


def keep_related(
    parents: Iterable[Model], model: type[Model], name: str, rows: Iterable[Any]
) -> None:
    """Give each parent those of the rows that are its own, as `prefetch_related` would have found them.

    `name` is that of the relation in the parents' model.
    """
    field: Any = model._meta.get_field(name).field  # type: ignore[union-attr]  # a relation
    own = {one.pk: one for one in parents}
    kept: dict[Any, list[Any]] = {key: [] for key in own}
    for row in rows:
        key = getattr(row, field.attname)
        setattr(row, field.name, own[key])
        kept[key].append(row)
    for key, parent in own.items():
        found = getattr(parent, name).all()
        found._result_cache, found._prefetch_done = kept[key], True  # noqa: SLF001 - as `prefetch_related` does
        vars(parent).setdefault("_prefetched_objects_cache", {})[name] = found
