"""Who sees which training records, and the order of their lists."""

from typing import TYPE_CHECKING, Self, TypeVar

from django.db.models import Model, QuerySet

from qualiforma.accounts.roles import Role

if TYPE_CHECKING:
    from qualiforma.accounts.actor import Actor
    from qualiforma.training.models import (
        Company,
        Course,
        Enrollment,
        Questionnaire,
        TrainingSession,
    )

# Source: api-conventions, "Roles".
RECORD_READERS = frozenset({Role.ADMIN, Role.MANAGER, Role.TRAINER, Role.AUDITOR})


M_co = TypeVar("M_co", bound=Model, covariant=True)


class RecordQuerySet(QuerySet[M_co]):
    """Records of training are the staff's, whole."""

    def visible_to(self, actor: "Actor") -> Self:
        """All for the staff, none for learners."""
        return self if actor.role in RECORD_READERS else self.none()

    def newest_first(self) -> Self:
        """Order totally, so that pages never overlap."""
        return self.order_by("-created_at", "-id")


class EnrollmentQuerySet(RecordQuerySet["Enrollment"]):
    """Enrollments; learners have a part in theirs."""

    def followed_by(self, actor: "Actor") -> Self:
        """Enrollments whose timeline this actor may see: all for the staff, a learner's own."""
        if actor.role in RECORD_READERS:
            return self
        return self.filter(user=actor.id)


class CompanyQuerySet(RecordQuerySet["Company"]):
    """Companies."""


class CourseQuerySet(RecordQuerySet["Course"]):
    """The catalogue."""


class QuestionnaireQuerySet(RecordQuerySet["Questionnaire"]):
    """Questionnaires."""


class SessionQuerySet(RecordQuerySet["TrainingSession"]):
    """Sessions."""
