"""Who sees which plans, and what a list adds to each row."""

from datetime import date, timedelta
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from improvements.states import (
    ANSWERED,
    OPEN,
    SETTLED,
    WATCHED,
    ActionStatus,
    Effectiveness,
    Late,
    PlanStatus,
)
from qualiforma.accounts.roles import Role
from qualiforma.qualiopi.rules import rule_in_sql
from qualiforma.relations import related_objects

if TYPE_CHECKING:
    from improvements.models import (
        Complaint,
        ComplaintTheme,
        CorrectiveAction,
        ImprovementPlan,
        Risk,
    )
    from qualiforma.accounts.actor import Actor

# Roles to whom the whole register is open; others see what they own.
REGISTER_READERS = frozenset({Role.ADMIN, Role.AUDITOR})
ONE_DAY, WEEK = timedelta(days=1), timedelta(days=7)
# What a complaint has in common with another that it repeats.
ALIKE = ("enrollment__course", "theme")
COMPLAINT_READERS = REGISTER_READERS | {Role.MANAGER}


class PlanQuerySet(QuerySet["ImprovementPlan"]):
    """Deleted plans are in none of these but `deleted_visible_to`."""

    def alive(self) -> "PlanQuerySet":
        """Plans that are not deleted."""
        return self.filter(deleted_at__isnull=True)

    def visible_to(self, actor: "Actor") -> "PlanQuerySet":
        """Plans this actor may see: all for ADMIN and AUDITOR, else those they have a part in.

        Source: api-conventions, "Roles" (one plan's detail).
        """
        plans = self.alive()
        if actor.role in REGISTER_READERS:
            return plans
        actions = related_objects(self.model, "actions")
        has_a_part = Exists(actions.filter(plan=OuterRef("pk"), owner=actor.id))
        return plans.filter(Q(owner=actor.id) | Q(has_a_part))

    def deleted_visible_to(self, actor: "Actor") -> "PlanQuerySet":
        """Drafts that were deleted, for those to whom the whole register is open.

        Source: api-improvements, "States".
        """
        if actor.role not in REGISTER_READERS:
            return self.none()
        return self.filter(deleted_at__isnull=False)

    def newest_first(self) -> "PlanQuerySet":
        """Order totally, so that pages never overlap."""
        return self.order_by("-created_at", "-id")

    def overdue(self) -> "PlanQuerySet":
        """Open plans whose target date has passed, in Paris."""
        return self.filter(status__in=OPEN, target_date__lt=timezone.localdate())

    def not_overdue(self) -> "PlanQuerySet":
        """Plans that are settled, or in time."""
        return self.filter(~Q(status__in=OPEN) | Q(target_date__gte=timezone.localdate()))

    def due_by(self, day: date) -> "PlanQuerySet":
        """Open plans whose target date lies between today and that day, in Paris."""
        return self.filter(status__in=OPEN, target_date__range=(timezone.localdate(), day))

    def ready_to_close(self) -> "PlanQuerySet":
        """Plans under way whose actions, one at least, are all settled."""
        actions = related_objects(self.model, "actions")
        own = actions.filter(plan=OuterRef("pk"))
        return self.filter(
            Exists(own), ~Exists(own.exclude(status__in=SETTLED)), status=PlanStatus.IN_PROGRESS
        )

    def with_effect(self, recurrence_days: int | None = None) -> "PlanQuerySet":
        """Add `last_verdict`, that of the last check, and `recurs`, see `recurring`.

        Without a number of days it is the organisation's. Cost: subqueries in the same statement, for
        the rows of the page only.
        """
        recurs = ExpressionWrapper(self._again(recurrence_days), output_field=BooleanField())
        return self.annotate(last_verdict=self._last_verdict(), recurs=recurs)

    def in_effect(self, state: str) -> "PlanQuerySet":
        """Plans that stand there on the axis of effectiveness."""
        checks = related_objects(self.model, "effectiveness_checks")
        if state == Effectiveness.NOT_DUE:
            return self.filter(status__in=OPEN)
        if state == Effectiveness.NOT_APPLICABLE:
            return self.filter(status=PlanStatus.ARCHIVED, closed_at__isnull=True)
        if state == Effectiveness.TO_CHECK:
            return self._unchecked()
        ever = checks.filter(verdict=state).values("plan")
        return self.alias(its_last=self._last_verdict()).filter(pk__in=ever, its_last=state)

    def checks_overdue(self, today: date) -> "PlanQuerySet":
        """Return closed plans whose effect should have been looked at before that day, in Paris."""
        return self._unchecked().filter(effectiveness_due_date__lt=today)

    def recurring(self, days: int) -> "PlanQuerySet":
        """Return closed plans after which, within so many days, a complaint like theirs came in."""
        return self.filter(self._again(days))

    def _unchecked(self) -> "PlanQuerySet":
        checks = related_objects(self.model, "effectiveness_checks")
        return self.filter(~Exists(checks.filter(plan=OuterRef("pk"))), closed_at__isnull=False)

    def _last_verdict(self) -> Subquery:
        checks = related_objects(self.model, "effectiveness_checks")
        return Subquery(
            checks.filter(plan=OuterRef("pk")).order_by("-number").values("verdict")[:1]
        )

    def _again(self, days: int | None) -> Any:
        """Return the condition: from the plan's complaints to new ones alike.

        A complaint of the same enrollment is one of the same course.
        """
        links = related_objects(self.model, "complaint_links")
        complaints = links.model.complaint.field.related_model.objects
        closed_at = OuterRef(OuterRef("closed_at"))
        new = complaints.filter(
            ~Exists(links.filter(plan=OuterRef(OuterRef("plan")), complaint=OuterRef("pk"))),
            received_at__gt=closed_at,
            received_at__lte=ExpressionWrapper(
                closed_at + _period(days), output_field=DateTimeField()
            ),
        )
        alike = [Q(Exists(new.filter(**{path: OuterRef(f"complaint__{path}")}))) for path in ALIKE]
        return Exists(links.filter(reduce(or_, alike), plan=OuterRef("pk")))

    def with_progress(self) -> "PlanQuerySet":
        """Add `actions_count`, `actions_completed` (DONE only) and `linked_complaint_ids`.

        Cost: subqueries in the same statement, evaluated for the rows of the page only; a join
        with GROUP BY would aggregate every filtered plan before the limit.
        """
        actions = related_objects(self.model, "actions")
        links = related_objects(self.model, "complaint_links")
        of_plan = actions.filter(plan=OuterRef("pk")).order_by().values("plan")
        return self.annotate(
            actions_count=Coalesce(
                Subquery(of_plan.annotate(n=Count("pk")).values("n")),
                0,
                output_field=IntegerField(),
            ),
            actions_completed=Coalesce(
                Subquery(
                    of_plan.filter(status=ActionStatus.DONE).annotate(n=Count("pk")).values("n")
                ),
                0,
                output_field=IntegerField(),
            ),
            linked_complaint_ids=ArraySubquery(
                links.filter(plan=OuterRef("pk")).order_by("position").values("complaint_id")
            ),
        )


def _period(days: int | None) -> Any:
    """Return so many days as a duration, else those that the organisation has set."""
    number = rule_in_sql("recurrence_days") if days is None else Value(days)
    return ExpressionWrapper(number * Value(ONE_DAY), output_field=DurationField())


def effectiveness_in_sql() -> Coalesce:
    """Return the status of a plan on the axis of effectiveness, after `with_effect`: `effectiveness_of`."""
    unchecked = Case(
        When(closed_at__isnull=False, then=Value(Effectiveness.TO_CHECK.value)),
        When(status=PlanStatus.ARCHIVED, then=Value(Effectiveness.NOT_APPLICABLE.value)),
        default=Value(Effectiveness.NOT_DUE.value),
    )
    return Coalesce(F("last_verdict"), unchecked, output_field=CharField())


class CorrectiveActionQuerySet(QuerySet["CorrectiveAction"]):
    """Corrective actions of all plans."""

    def visible_to(self, actor: "Actor") -> "CorrectiveActionQuerySet":
        """Actions of plans that are not deleted: all for ADMIN and AUDITOR, else one's own."""
        actions = self.filter(plan__deleted_at__isnull=True)
        return actions if actor.role in REGISTER_READERS else actions.filter(owner=actor.id)

    def open(self) -> "CorrectiveActionQuerySet":
        """Actions that are still to be done, of plans that are not settled either."""
        return self.exclude(status__in=SETTLED).filter(
            plan__status__in=OPEN, plan__deleted_at__isnull=True
        )

    def due(self, when: str) -> "CorrectiveActionQuerySet":
        """Open actions that are `late`, due this `week`, `later`, or have no date (`none`), in Paris."""
        today = timezone.localdate()
        ranges = {
            "late": Q(due_date__lt=today),
            "week": Q(due_date__range=(today, today + WEEK)),
            "later": Q(due_date__gt=today + WEEK),
            "none": Q(due_date__isnull=True),
        }
        return self.open().filter(ranges[when])


# The order of that list: what is to be done before what is settled, by due date, undated last.
IS_SETTLED = Case(When(status__in=SETTLED, then=1), default=0)
MOST_URGENT_FIRST = (
    IS_SETTLED.asc(),
    F("due_date").asc(nulls_last=True),
    "id",
)


class ComplaintQuerySet(QuerySet["Complaint"]):
    """The register of complaints."""

    def visible_to(self, actor: "Actor") -> "ComplaintQuerySet":
        """Complaints this actor may see: the whole register, or what they brought forward.

        Source: api-conventions, "Roles".
        """
        if actor.role in COMPLAINT_READERS:
            return self
        if actor.role == Role.LEARNER:
            return self.filter(created_by=actor.id)
        return self.none()

    def newest_first(self) -> "ComplaintQuerySet":
        """Order totally, as a register is read."""
        return self.order_by("-received_at", "-id")

    def unanswered(self) -> "ComplaintQuerySet":
        """Complaints that wait for their answer."""
        return self.exclude(status__in=ANSWERED)

    def answered(self) -> "ComplaintQuerySet":
        """Complaints that have theirs."""
        return self.filter(status__in=ANSWERED)

    def late(self, what: Late) -> "ComplaintQuerySet":
        """Complaints whose acknowledgement, or whose answer, was due before today in Paris."""
        today = timezone.localdate()
        if what == Late.TO_ANSWER:
            return self.waiting().filter(answer_by__lt=today)
        return self.unacknowledged().filter(acknowledge_by__lt=today)

    def waiting(self) -> "ComplaintQuerySet":
        """Complaints without an answer, in the words of the index on the day it is due."""
        return self.filter(resolved_at__isnull=True)

    def unacknowledged(self) -> "ComplaintQuerySet":
        """Complaints that wait for their acknowledgement too."""
        return self.waiting().filter(acknowledged_at__isnull=True)

    def with_plans(self) -> "ComplaintQuerySet":
        """Add `improvement_plan_ids`, oldest link first; deleted plans are not among them."""
        links = related_objects(self.model, "plan_links")
        alive = links.filter(complaint=OuterRef("pk"), plan__deleted_at__isnull=True)
        return self.annotate(
            improvement_plan_ids=ArraySubquery(alive.order_by("id").values("plan_id"))
        )


def late_in_sql() -> Case:
    """Return what should have happened to a complaint by now: as its `late`."""
    today = timezone.localdate()
    return Case(
        When(resolved_at__isnull=True, answer_by__lt=today, then=Value(Late.TO_ANSWER.value)),
        When(
            acknowledged_at__isnull=True,
            resolved_at__isnull=True,
            acknowledge_by__lt=today,
            then=Value(Late.TO_ACKNOWLEDGE.value),
        ),
        output_field=CharField(),
    )


def answered_on_in_sql() -> TruncDate:
    """Return the Paris day of a complaint's answer: as its `answered_on`."""
    return TruncDate("resolved_at", tzinfo=timezone.get_default_timezone())


class ComplaintThemeQuerySet(QuerySet["ComplaintTheme"]):
    """The organisation's themes of complaints."""

    def offered(self) -> "ComplaintThemeQuerySet":
        """Themes that complaints can still be given."""
        return self.filter(archived=False)


class RiskQuerySet(QuerySet["Risk"]):
    """The register of risks."""

    def visible_to(self, actor: "Actor") -> "RiskQuerySet":
        """Risks this actor may see: the whole register, or those that are theirs to watch."""
        return self if actor.role in REGISTER_READERS else self.filter(owner=actor.id)

    def newest_first(self) -> "RiskQuerySet":
        """Order totally, so that pages never overlap."""
        return self.order_by("-created_at", "-id")

    def watched(self) -> "RiskQuerySet":
        """Risks that are not closed."""
        return self.filter(status__in=sorted(WATCHED))

    def overdue(self) -> "RiskQuerySet":
        """Watched risks whose review was due before today in Paris."""
        return self.watched().filter(next_review_on__lt=timezone.localdate())

    def not_overdue(self) -> "RiskQuerySet":
        """Risks that are closed, or reviewed in time."""
        return self.filter(
            ~Q(status__in=sorted(WATCHED)) | Q(next_review_on__gte=timezone.localdate())
        )
