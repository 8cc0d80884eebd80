"""Rows of a parent, from a stream that has the parents' order: one statement for all of them."""

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Generic, TypeVar

T = TypeVar("T")


class Merged(Generic[T]):
    """A stream of rows sorted by their parent's key. Memory: the rows of one parent."""

    def __init__(self, rows: Iterator[T], key: Callable[[T], str]) -> None:
        self._groups = groupby(rows, key)
        self._key, self._rows = "", list[T]()

    def of(self, parent: str) -> list[T]:
        """Return the rows of a parent; ask for parents in their order, byte by byte."""
        while self._key < parent:
            found = next(self._groups, None)
            if found is None:
                self._key, self._rows = "\U0010ffff", []
                break
            self._key, self._rows = found[0], list(found[1])
        return self._rows if self._key == parent else []
