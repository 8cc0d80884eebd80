"""Who does something: built once at each door, handed to policies and services."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qualiforma.accounts.roles import Role

if TYPE_CHECKING:
    from qualiforma.accounts.models import User


@dataclass(frozen=True)
class Actor:
    """An identified, active user of the open tenant."""

    id: str
    name: str
    role: Role

    @classmethod
    def of(cls, user: "User") -> "Actor":
        """Return the actor that this user is."""
        return cls(id=user.pk, name=user.name, role=Role(user.role))
