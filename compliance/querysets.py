"""Who sees which compliance records."""

from typing import TYPE_CHECKING, Any, Self

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from compliance.states import (
    PENDING,
    AuditKind,
    AuditStatus,
    EvidenceKind,
    EvidenceStatus,
    FindingStatus,
    Judgement,
)
from qualiforma.accounts.roles import Role
from qualiforma.qualiopi.indicators import NUMBERS
from qualiforma.qualiopi.states import FindingSeverity, Subject
from qualiforma.relations import related_objects

if TYPE_CHECKING:
    from compliance.models import (
        AdaptivePath,
        Audit,
        Evidence,
        Finding,
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
        modules = related_objects(self.model, "modules")
        of_path = modules.filter(path=OuterRef("pk"), course=course_id)
        return self.filter(Exists(of_path.filter(version__number=OuterRef("version"))))

    def assigned(self) -> Self:
        """Paths that a learner has: these are evidence and stay."""
        assignments = related_objects(self.model, "assignments")
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


class AuditQuerySet(QuerySet["Audit"]):
    """Audits, the organisation's own and its certifier's."""

    def visible_to(self, actor: "Actor") -> Self:
        """All for ADMIN and AUDITOR, none for others."""
        return self if actor.role in REGISTER_READERS else self.none()

    def newest_first(self) -> Self:
        """Order totally by the day of the audit, so that pages never overlap."""
        return self.order_by("-audit_date", "-id")

    def closed_before(self, audit: "Audit") -> Self:
        """Narrow to closed audits that came before that one, the nearest first."""
        earlier = Q(audit_date__lt=audit.audit_date) | Q(
            audit_date=audit.audit_date, id__lt=audit.pk
        )
        return self.filter(earlier, status=AuditStatus.CLOSED).newest_first()

    def with_counts(self) -> Self:
        """Add `scope`, `judged_count`, `minor_count` and `major_count`.

        Cost: subqueries in the same statement, evaluated for the rows of the page only.
        """
        rows = related_objects(self.model, "judgements")
        of_audit = rows.filter(audit=OuterRef("pk")).order_by()

        def counted(found: QuerySet[Any]) -> Coalesce:
            number = found.values("audit").annotate(n=Count("pk")).values("n")
            return Coalesce(Subquery(number), 0, output_field=IntegerField())

        return self.annotate(
            scope=ArraySubquery(of_audit.order_by("indicator").values("indicator")),
            judged_count=counted(of_audit.exclude(judgement=Judgement.NOT_JUDGED)),
            minor_count=counted(of_audit.filter(judgement=Judgement.MINOR)),
            major_count=counted(of_audit.filter(judgement=Judgement.MAJOR)),
        )


class FindingQuerySet(QuerySet["Finding"]):
    """Non-conformities, from an audit or alone."""

    def visible_to(self, actor: "Actor") -> Self:
        """All for ADMIN and AUDITOR, none for others."""
        return self if actor.role in REGISTER_READERS else self.none()

    def newest_first(self) -> Self:
        """Order totally by the day of the notification, so that pages never overlap."""
        return self.order_by("-notified_on", "-id")

    def pending(self) -> Self:
        """Narrow to findings that the certifier has not lifted."""
        return self.filter(status__in=sorted(PENDING))

    def lifted(self) -> Self:
        """Narrow to findings that are over."""
        return self.filter(status=FindingStatus.LIFTED)

    def late(self) -> Self:
        """Narrow to those whose deadline has passed, in Paris: correction first, then verification."""
        return self.filter(deadline__lt=timezone.localdate())

    def not_late(self) -> Self:
        """Narrow to those in time, and those that nothing is due of."""
        return self.filter(Q(deadline__isnull=True) | Q(deadline__gte=timezone.localdate()))

    def pending_minors(self) -> Self:
        """Narrow to minor ones of the certifier's that count together; internal audits bind nobody."""
        return (
            self.pending()
            .filter(severity=FindingSeverity.MINOR)
            .filter(Q(audit__isnull=True) | ~Q(audit__kind=AuditKind.INTERNAL))
        )

    def with_plan(self) -> Self:
        """Add `live_plan_id`: the plan that answers it, unless that draft was deleted."""
        return self.annotate(
            live_plan_id=Case(When(plan__deleted_at__isnull=True, then=F("plan_id")))
        )
