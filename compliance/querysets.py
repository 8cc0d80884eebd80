"""Who sees which compliance records."""

from typing import TYPE_CHECKING, Self

from django.db.models import Exists, OuterRef, Q, QuerySet

from compliance.states import EvidenceKind, EvidenceStatus
from qualiforma.accounts.roles import Role
from qualiforma.qualiopi.indicators import NUMBERS
from qualiforma.qualiopi.states import Subject

if TYPE_CHECKING:
    from compliance.models import (  # noqa: F401 - names in the types
        AdaptivePath,
        Evidence,
        NeedsAnalysis,
        PathAssignment,
    )
    from qualiforma.accounts.actor import Actor

# Source: api-conventions, "Roles".
READERS = frozenset({Role.ADMIN, Role.MANAGER, Role.TRAINER, Role.AUDITOR})
REGISTER_READERS = frozenset({Role.ADMIN, Role.AUDITOR})


class NeedsQuerySet(QuerySet["NeedsAnalysis"]):
    """Needs analyses are the staff's, whole; a disability note is the serializer's business."""

    def visible_to(self, actor: "Actor") -> Self:
        """All for the staff, none for learners."""
        return self if actor.role in READERS else self.none()

    def newest_first(self) -> Self:
        """Order totally, so that pages never overlap."""
        return self.order_by("-created_at", "-id")


class PathQuerySet(QuerySet["AdaptivePath"]):
    """Deleted paths are in none of these."""

    def alive(self) -> Self:
        """Paths that are not deleted."""
        return self.filter(deleted_at__isnull=True)

    def visible_to(self, actor: "Actor") -> Self:
        """All for the staff, none for learners."""
        return self.alive() if actor.role in READERS else self.none()

    def newest_first(self) -> Self:
        """Order totally, so that pages never overlap."""
        return self.order_by("-created_at", "-id")

    def with_course(self, course_id: str) -> Self:
        """Paths whose present version has a module of this course."""
        modules = self.model.modules.rel.related_model.objects  # type: ignore[attr-defined]
        of_path = modules.filter(path=OuterRef("pk"), course=course_id)
        return self.filter(Exists(of_path.filter(version__number=OuterRef("version"))))

    def assigned(self) -> Self:
        """Paths that a learner has: these are evidence and stay."""
        assignments = self.model.assignments.rel.related_model.objects  # type: ignore[attr-defined]
        return self.filter(Exists(assignments.filter(path=OuterRef("pk"))))


class PathAssignmentQuerySet(QuerySet["PathAssignment"]):
    """Which learner got which version of which path."""

    def whole(self) -> Self:
        """With what an answer says of them: one statement."""
        return self.select_related("version", "user", "assigned_by")

    def newest_first(self) -> Self:
        """Order totally, so that pages never overlap."""
        return self.order_by("-assigned_at", "-id")


class EvidenceQuerySet(QuerySet["Evidence"]):
    """The evidence register."""

    def visible_to(self, actor: "Actor") -> Self:
        """All for ADMIN and AUDITOR; their own for TRAINER and MANAGER; none for learners."""
        if actor.role in REGISTER_READERS:
            return self
        if actor.role not in READERS:
            return self.none()
        return self.filter(Q(owner=actor.id) | Q(created_by=actor.id))

    def readable_by(self, actor: "Actor") -> Self:
        """Evidence whose record this actor is shown: an auditor not where it is confidential."""
        visible = self.visible_to(actor)
        return visible.filter(confidential=False) if actor.role == Role.AUDITOR else visible

    def newest_first(self) -> Self:
        """Order totally, so that pages never overlap."""
        return self.order_by("-created_at", "-id")

    def informing(self, enrollment: "str | OuterRef") -> Self:
        """Narrow to what was sent to the learner of an enrollment (indicator 9)."""
        return self.demonstrating().filter(
            record_type="ENROLLMENT",
            record_id=enrollment,
            indicators__contains=[NUMBERS[Subject.INFORMATION]],
        )

    def demonstrating(self) -> Self:
        """Evidence that shows something: not withdrawn, and with its file where it is one."""
        return self.filter(
            ~Q(kind=EvidenceKind.FILE) | Q(file_count__gt=0), status=EvidenceStatus.ACTIVE
        )
