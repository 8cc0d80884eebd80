"""Who sees which plans and actions, and what the clock and the assignees make of each row.

This is the one home of the aggregate: the database counts an action's assignees by what is stored
of them (see the migration of that name), `base_status` follows from the counts, and `status` from
both and today's date.
"""

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    Exists,
    Expression,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Concat, JSONObject, NullIf
from django.utils import timezone

from actionplans.states import OPEN, FocusType, State, Visibility
from qualiforma.accounts.roles import Role
from qualiforma.relations import related_objects
from qualiforma.search import Searchable

if TYPE_CHECKING:
    from actionplans.models import (
        Action,
        ActionPlan,
        Area,
        Assignment,
        Note,
    )
    from qualiforma.accounts.actor import Actor

# To whom everything is open: who may delete may look, and who audits reads.
READERS_OF_ALL = frozenset({Role.ADMIN, Role.AUDITOR})
# Stands in no text (the API takes no control character), so that no search finds what begins in
# the title and ends in the description.
SEAM = "\x1f"


def base_status() -> Case:
    """Return the status of an action by what is stored of its assignees, the clock left aside."""
    ended = Q(pending_count=0, in_progress_count=0)
    return Case(
        When(
            ended & Q(completed_count=0, cancelled_count__gt=0), then=Value(State.CANCELLED.value)
        ),
        When(ended & Q(completed_count__gt=0), then=Value(State.COMPLETED.value)),
        When(
            Q(in_progress_count__gt=0) | Q(completed_count__gt=0) | Q(cancelled_count__gt=0),
            then=Value(State.IN_PROGRESS.value),
        ),
        default=Value(State.PENDING.value),
        output_field=CharField(max_length=20),
    )


def has_expired(today: date) -> Q:
    """Actions of which nobody is left but the expired and the finished."""
    return Q(
        base_status=State.IN_PROGRESS,
        pending_count=0,
        in_progress_count__gt=0,
        due_date__lt=today,
    )


def part_status(today: date | Expression) -> Case:
    """Return the status of an assignee: EXPIRED for who is IN_PROGRESS past the due date.

    `today` is an expression where a statement is kept for longer than a day.
    """
    return Case(
        When(
            Q(base_status=State.IN_PROGRESS, action__due_date__lt=today),
            then=Value(State.EXPIRED.value),
        ),
        default=F("base_status"),
        output_field=CharField(),
    )


def searched() -> Searchable:
    """Return what `q` is looked for in; the index on it serves the search."""
    return Searchable(Concat(F("title"), Value(SEAM), F("description"), output_field=TextField()))


class AreaQuerySet(QuerySet["Area"]):
    """Areas."""

    def tree(self) -> "list[Area]":
        """Return the areas of the first level; each carries in `parts` those it contains.

        Cost: one query, however deep.
        """
        below: defaultdict[str | None, list[Area]] = defaultdict(list)
        for area in self.order_by("position", "name", "id"):
            below[area.parent_id].append(area)
        for areas in list(below.values()):
            for area in areas:
                area.parts = below.get(area.pk, [])
        return below[None]


class PlanQuerySet(QuerySet["ActionPlan"]):
    """Action plans."""

    def visible_to(self, actor: "Actor") -> "PlanQuerySet":
        """Plans this actor may see: public ones, their own, and those that nobody has created.

        Source: api-action-plans, "Plan".
        """
        if actor.role in READERS_OF_ALL:
            return self
        if actor.role != Role.MANAGER:
            return self.none()
        return self.filter(
            Q(visibility=Visibility.PUBLIC) | Q(created_by=actor.id) | Q(created_by__isnull=True)
        )

    def newest_first(self) -> "PlanQuerySet":
        """Order totally, so that pages never overlap."""
        return self.order_by("-created_at", "-id")

    def having(self, actions: "ActionQuerySet") -> "PlanQuerySet":
        """Plans with one of these actions at least."""
        return self.filter(Exists(actions.order_by().filter(plan=OuterRef("pk"))))

    def with_progress(self) -> "PlanQuerySet":
        """Add `completion_percent`, over all actions of the plan whatever else is asked.

        Units: whole percent, rounded down. Cost: a subquery for each row that is shown.
        """
        actions = related_objects(self.model, "actions")
        done = Count("pk", filter=Q(base_status=State.COMPLETED))
        share = (
            actions.filter(plan=OuterRef("pk"))
            .order_by()
            .values("plan")
            .annotate(share=done * 100 / Count("pk"))
            .values("share")
        )
        return self.annotate(
            completion_percent=Coalesce(Subquery(share, output_field=IntegerField()), 0)
        )


class ActionQuerySet(QuerySet["Action"]):
    """Actions. `today` is Paris's, unless a report speaks of another day."""

    def visible_to(self, actor: "Actor") -> "ActionQuerySet":
        """Actions this actor may see: those they have a part in, and the public ones of public plans.

        Where nobody has created the plan, each MANAGER stands in for who would have.
        Source: api-action-plans, "Action", `visibility`.
        """
        if actor.role in READERS_OF_ALL:
            return self
        if actor.role != Role.MANAGER:
            return self.none()
        assignments = related_objects(self.model, "assignments")
        return self.filter(
            Q(visibility=Visibility.PUBLIC, plan__visibility=Visibility.PUBLIC)
            | Q(created_by=actor.id)
            | Q(plan__created_by=actor.id)
            | Q(plan__created_by__isnull=True)
            | Exists(assignments.filter(action=OuterRef("pk"), user=actor.id))
        )

    def newest_first(self) -> "ActionQuerySet":
        """Order totally."""
        return self.order_by("-created_at", "-id")

    def standing_at(self, state: State, today: date | None = None) -> "ActionQuerySet":
        """Actions of this state, the clock considered; an index on `base_status` serves it."""
        expired = has_expired(today or timezone.localdate())
        if state == State.EXPIRED:
            return self.filter(expired)
        found = self.filter(base_status=state)
        return found.exclude(expired) if state == State.IN_PROGRESS else found

    def on_focus(self, focus_type: FocusType) -> "ActionQuerySet":
        """Actions that target this focus type."""
        items = related_objects(self.model, "focus_items")
        return self.filter(Exists(items.filter(action=OuterRef("pk"), focus_type=focus_type)))

    def in_area(self, area_id: str) -> "ActionQuerySet":
        """Actions that name this very area; those of the whole company name none."""
        links = related_objects(self.model, "area_links")
        return self.filter(Exists(links.filter(action=OuterRef("pk"), area=area_id)))

    def assigned_to(self, user_id: str) -> "ActionQuerySet":
        """Actions that this user has a part in as an assignee."""
        assignments = related_objects(self.model, "assignments")
        return self.filter(Exists(assignments.filter(action=OuterRef("pk"), user=user_id)))

    def matching(self, text: str) -> "ActionQuerySet":
        """Actions whose title or description contains the text; case and accents do not matter."""
        if SEAM in text:
            return self.none()
        return self.alias(searched=searched()).filter(searched__contains=Searchable(Value(text)))

    def with_status(self, today: date | None = None) -> "ActionQuerySet":
        """Add `status`, `overdue` and `completion_percent`. Cost: no query, no subquery."""
        today = today or timezone.localdate()
        total = F("pending_count") + F("in_progress_count")
        total = total + F("completed_count") + F("cancelled_count")
        return self.annotate(
            status=Case(
                When(has_expired(today), then=Value(State.EXPIRED.value)),
                default=F("base_status"),
                output_field=CharField(),
            ),
            overdue=Case(
                When(Q(base_status__in=OPEN, due_date__lt=today), then=Value(True)),
                default=Value(False),
                output_field=BooleanField(),
            ),
            # Rounded down, as the database divides integers; 0 of nothing.
            completion_percent=Coalesce(
                F("completed_count") * 100 / NullIf(total, 0), 0, output_field=IntegerField()
            ),
        )

    def with_parts(self, today: date | None = None) -> "ActionQuerySet":
        """Add what stands in other tables: everything an answer shows in one statement.

        Shape: `assignee_states` a list of {assignee, name, status, started_at, completed_at} with
        ISO instants, in the order given; `focuses` of {focus_type, focus_id, label}; `area_ids`,
        `group_ids`; `notes_count`.
        Cost: five subqueries for each row that is shown.
        """
        of_this = {
            name: getattr(self.model, name).rel.related_model.objects.filter(action=OuterRef("pk"))
            for name in ("assignments", "focus_items", "area_links", "group_links", "notes")
        }
        states = of_this["assignments"].with_status(today).order_by("position", "id")
        focuses = of_this["focus_items"].order_by("position", "id")
        notes = of_this["notes"].order_by().values("action").annotate(n=Count("pk")).values("n")
        return self.annotate(
            assignee_states=ArraySubquery(
                states.values(
                    row=JSONObject(
                        assignee="user_id",
                        name="user__name",
                        status="status",
                        started_at="started_at",
                        completed_at="completed_at",
                    )
                )
            ),
            focuses=ArraySubquery(
                focuses.values(
                    row=JSONObject(focus_type="focus_type", focus_id="focus_id", label="label")
                )
            ),
            area_ids=ArraySubquery(of_this["area_links"].order_by("area").values("area_id")),
            group_ids=ArraySubquery(of_this["group_links"].order_by("group").values("group_id")),
            notes_count=Coalesce(Subquery(notes, output_field=IntegerField()), 0),
        )


class AssignmentQuerySet(QuerySet["Assignment"]):
    """Who takes part in an action, and where they stand."""

    def with_status(self, today: date | Expression | None = None) -> "AssignmentQuerySet":
        """Add `status`: what is stored, but EXPIRED for who is IN_PROGRESS past the due date."""
        return self.annotate(status=part_status(today or timezone.localdate()))

    def open(self) -> "AssignmentQuerySet":
        """Parts that are still to be done."""
        is_open = Q(action__base_status=State.PENDING) | Q(action__base_status=State.IN_PROGRESS)
        # The first follows from the second; said in the words of the index on open due dates.
        return self.filter(is_open, base_status__in=sorted(OPEN))


class NoteQuerySet(QuerySet["Note"]):
    """The execution log of an action."""

    def newest_first(self) -> "NoteQuerySet":
        """Order totally."""
        return self.order_by("-created_at", "-id")
