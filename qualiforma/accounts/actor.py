"""The user on whose behalf a service runs, as policies and services see them."""

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
