"""Which rows name stored files. Each app registers its own in its module `stored_files`."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.db.models import Model, QuerySet
from django.utils.text import capfirst

from qualiforma.files import scope_folder

ROWS_AT_ONCE = 1000


@dataclass(frozen=True)
class StoredFile:
    """A file as its row says it was stored.

    Shape: SHA-256 as hex, empty where the row is older than its column: then nothing is compared.
    Units: bytes; `size` None likewise.
    """

    key: str
    size: int | None
    sha256: str
    row_type: str
    row_id: str
    title: str


@dataclass(frozen=True)
class StoredFileRows:
    """The rows of one model that name a file each, and the columns that say how it was stored."""

    model: type[Model]
    folder: str
    key: str
    # Empty where the model has no such column.
    size: str
    sha256: str

    def named(self, keys: Collection[str]) -> Iterator[StoredFile]:
        """Yield the files of these keys that a row names. Cost: one statement."""
        rows = self.model._meta.base_manager.filter(**{f"{self.key}__in": list(keys)})
        return map(self._of, rows)

    def each(self) -> Iterator[StoredFile]:
        """Yield every file that a row names, in bounded memory."""
        rows = self._all()
        while batch := list(rows[:ROWS_AT_ONCE]):
            yield from map(self._of, batch)
            rows = self._all().filter(pk__gt=batch[-1].pk)

    def count(self) -> int:
        """Return how many files the rows name. Cost: one statement."""
        return self._all().count()

    def _all(self) -> QuerySet[Model]:
        return self.model._meta.base_manager.exclude(**{self.key: ""}).order_by("pk")

    def _of(self, row: Model) -> StoredFile:
        return StoredFile(
            key=getattr(row, self.key),
            size=getattr(row, self.size) if self.size else None,
            sha256=getattr(row, self.sha256) if self.sha256 else "",
            row_type=str(capfirst(self.model._meta.verbose_name or "")),
            row_id=str(row.pk),
            title=str(row),
        )


registered: list[StoredFileRows] = []


def register(
    model: type[Model],
    folder: str,
    *,
    key: str = "key",
    size: str = "size",
    sha256: str = "sha256",
) -> None:
    """Add a model whose rows name files in `folder`, the first part of their keys in a tenant's."""
    registered.append(StoredFileRows(model, folder, key, size, sha256))


def find_stored_file(key: str) -> StoredFile | None:
    """Return the file of a key of the open tenant; None when no row names it.

    Of two rows that name it, one that knows its SHA-256. Cost: one statement per registered model
    of the key's folder.
    """
    folder = key.removeprefix(scope_folder()).split("/")[0]
    found = [one for rows in registered if rows.folder == folder for one in rows.named([key])]
    return max(found, key=lambda one: bool(one.sha256), default=None)
