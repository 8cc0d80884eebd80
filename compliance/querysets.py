"""Who sees which compliance records."""

from typing import TYPE_CHECKING, Self

from django.db.models import QuerySet

from qualiforma.accounts.roles import Role

if TYPE_CHECKING:
    from compliance.models import NeedsAnalysis  # noqa: F401 - names in the types
    from qualiforma.accounts.actor import Actor

# Source: api-conventions, "Roles".
READERS = frozenset({Role.ADMIN, Role.MANAGER, Role.TRAINER, Role.AUDITOR})


class NeedsQuerySet(QuerySet["NeedsAnalysis"]):
    """Needs analyses are the staff's, whole; a disability note is the serializer's business."""

    def visible_to(self, actor: "Actor") -> Self:
        """All for the staff, none for learners."""
        return self if actor.role in READERS else self.none()

    def newest_first(self) -> Self:
        """Order totally, so that pages never overlap."""
        return self.order_by("-created_at", "-id")
