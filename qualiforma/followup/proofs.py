"""What shows that a piece of work was done: kept in the register of evidence.

That register is a feature's, which registers here what it does for others; the kernel knows no more.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import QuerySet

from qualiforma.accounts.actor import Actor
from qualiforma.uploads import Upload


@dataclass(frozen=True)
class Proof:
    """What somebody says of their work, and the file that shows it; one of them at least."""

    record_type: str
    record_id: str
    title: str
    indicators: list[int]
    text: str = ""
    upload: Upload | None = None


@dataclass(frozen=True)
class Kept:
    """What was added: its row, and the key of its stored file, "" without one."""

    row: Any
    key: str


class Keeper(Protocol):
    """The register that keeps proofs."""

    def may_keep(self, actor: Actor) -> bool:
        """Say whether this person may add to the register."""

    def keep(self, proof: Proof, actor: Actor) -> Kept:
        """Add to it. Errors: the register's own."""

    def rows(self, record_type: str, ids: Iterable[str], actor: Actor) -> QuerySet[Any]:
        """Return what this person sees there of these records, newest first.

        Shape: each row has `pk`, `record_id`, `title` and `created_at`. Cost: one statement.
        """

    def page(self, row: Any) -> str:
        """Return the address of the page of such a row."""

    def form(self, record_type: str, record_id: str, indicators: Iterable[int]) -> str:
        """Return the address of the form of what is added to a record."""

    def link(self, record_type: str, record_id: str) -> str:
        """Return the address where what is there already is linked to a record."""


_keepers: list[Keeper] = []


def register(keeper: Keeper) -> None:
    """Name the register."""
    _keepers[:] = [keeper]


def keeper() -> Keeper:
    """Return the register."""
    return _keepers[0]
