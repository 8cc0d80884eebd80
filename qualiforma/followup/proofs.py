"""What shows that a piece of work was done: kept in the register of evidence.

That register is a feature's, which registers here what it does for others; the kernel knows no more.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

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
    """What was given before: its title, and when."""

    title: str
    at: datetime


class Keeper(Protocol):
    """The register that keeps proofs."""

    def may_keep(self, actor: Actor) -> bool:
        """Say whether this person may add to the register."""

    def keep(self, proof: Proof, actor: Actor) -> str:
        """Add to it; return the key of the stored file, "" without one. Errors: the register's own."""

    def kept(self, record_type: str, record_id: str, actor: Actor) -> list[Kept]:
        """Return what this person sees there of a record, newest first. Cost: one statement."""


_keepers: list[Keeper] = []


def register(keeper: Keeper) -> None:
    """Name the register."""
    _keepers[:] = [keeper]


def keeper() -> Keeper:
    """Return the register."""
    return _keepers[0]
