from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from actionplans import models
from actionplans.api import examples
from actionplans.models import Action, ActionPlan, Area, Assignment, FocusItem, Group, Note
from actionplans.states import (
    SCORE_UNNAMED,
    ActionSource,
    ActionType,
    FocusType,
    State,
    Visibility,
    is_unnamed_score,
)
from qualiforma.accounts.models import User
from qualiforma.api.derived import JsonText, list_of, tenant_in_sql
from qualiforma.api.serializers import (
    Choice,
    DayOrInstant,
    Flag,
    Id,
    Input,
    InstantField,
    Items,
    Output,
    Rows,
    Text,
    TextOrNull,
    distinct,
)
from qualiforma.ids import BARE
from qualiforma.tenants.context import current_tenant

NOTHING: dict[str, Any] = {"required": False, "allow_null": True}
DUE_HELP = "Un jour. Un instant avec son fuseau est admis aussi : c’est alors son jour à Paris."


def ids(prefix: str, most: int, least: int = 0) -> Items:
    return Items(
        child=Id(prefix), min_length=least, max_length=most, validators=[distinct], **NOTHING
    )


def instant(text: str | None) -> str | None:
    """An instant out of a JSON that the database built."""
    return InstantField().to_representation(datetime.fromisoformat(text)) if text else None


# --- What is sent. Null is as good as left out: nothing is said of that field. ------------------


class ActionPlanInput(Input):
    example = examples.PLAN_INPUT
    title = Text(max_length=models.TITLE_MAX)
    description = Text(max_length=models.DESCRIPTION_MAX, allow_blank=True, **NOTHING)
    visibility = Choice(Visibility, **NOTHING)


class ActionPlanChanges(Input):
    example = examples.PLAN_CHANGES
    title = Text(max_length=models.TITLE_MAX, **NOTHING)
    description = Text(max_length=models.DESCRIPTION_MAX, allow_blank=True, **NOTHING)
    visibility = Choice(Visibility, **NOTHING)


class FocusInput(Input):
    focus_type = Choice(FocusType)
    focus_id = Text(max_length=models.FOCUS_ID_MAX, allow_blank=True, **NOTHING)
    label = Text(max_length=models.NAME_MAX, allow_blank=True, **NOTHING)

    class Meta:
        list_serializer_class = Rows

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if is_unnamed_score(attrs["focus_type"], attrs.get("focus_id")):
            detail = ErrorDetail(str(SCORE_UNNAMED), code="required")
            raise ValidationError({"focusId": [detail]})
        return attrs


def focus_items() -> FocusInput:
    return FocusInput(many=True, max_length=models.FOCUS_ITEMS_MAX, **NOTHING)


class CompanyActionInput(Input):
    example = examples.ACTION_INPUT
    plan_id = Id(BARE)
    title = Text(max_length=models.TITLE_MAX)
    description = Text(max_length=models.DESCRIPTION_MAX, allow_blank=True, **NOTHING)
    action_type = Choice(ActionType, **NOTHING)
    source = Choice(ActionSource, **NOTHING)
    visibility = Choice(Visibility, **NOTHING)
    focus_items = focus_items()
    hierarchy_ids = ids(BARE, models.AREAS_MAX)
    group_ids = ids(BARE, models.GROUPS_MAX)
    assignees = ids("usr", models.ASSIGNEES_MAX, least=1)
    due_date = DayOrInstant(help_text=DUE_HELP, **NOTHING)


class CompanyActionChanges(Input):
    example = examples.ACTION_CHANGES
    title = Text(max_length=models.TITLE_MAX, **NOTHING)
    description = Text(max_length=models.DESCRIPTION_MAX, allow_blank=True, **NOTHING)
    action_type = Choice(ActionType, **NOTHING)
    visibility = Choice(Visibility, **NOTHING)
    focus_items = focus_items()
    hierarchy_ids = ids(BARE, models.AREAS_MAX)
    group_ids = ids(BARE, models.GROUPS_MAX)
    assignees = ids("usr", models.ASSIGNEES_MAX, least=1)
    due_date = DayOrInstant(help_text=DUE_HELP, **NOTHING)
    clear_due_date = Flag(help_text="Ôte l’échéance ; null ne change rien.", **NOTHING)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("clear_due_date") and attrs.get("due_date"):
            detail = ErrorDetail(
                _("Indiquez une nouvelle échéance ou supprimez l’ancienne, pas les deux."),
                code="unexpected",
            )
            raise ValidationError({"clearDueDate": [detail]})
        return attrs


class MoveInput(Input):
    example = examples.MOVE
    status = Choice(State)
    assignee_id = Id("usr", help_text="Par défaut l’appelant.", **NOTHING)


class NoteInput(Input):
    example = examples.NOTE_INPUT
    text = Text(max_length=models.NOTE_MAX)


# --- What is answered ---------------------------------------------------------------------------


class OfTheCompany(serializers.CharField):
    """The tenant's id, which every row bears."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(source="*", read_only=True, **kwargs)

    def to_representation(self, value: Any) -> str:
        return str(current_tenant().pk)


class FocusOutput(Input):
    focus_type = serializers.ChoiceField(FocusType.choices)
    focus_id = TextOrNull(max_length=models.FOCUS_ID_MAX)
    label = TextOrNull(max_length=models.NAME_MAX)


class AssigneeStatus(Input):
    assignee_id = serializers.CharField(source="assignee")
    status = serializers.ChoiceField(State.choices)
    started_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)


class FocusRow(Output[FocusItem]):
    """As `FocusOutput`, of a row."""

    focus_id = TextOrNull(max_length=models.FOCUS_ID_MAX)
    label = TextOrNull(max_length=models.NAME_MAX)  # type: ignore[assignment]

    class Meta:
        model = FocusItem
        fields = ("focus_type", "focus_id", "label")


class AssigneeRow(Output[Assignment]):
    """As `AssigneeStatus`, of a row that carries `with_status`."""

    assignee_id = serializers.CharField(source="user_id")
    status = serializers.ChoiceField(State.choices)

    class Meta:
        model = Assignment
        fields = ("assignee_id", "status", "started_at", "completed_at")


def rows_of(model: Any) -> Any:
    """Return an action's rows of this model, in the order given."""
    return model.objects.filter(action=OuterRef("pk")).order_by("position", "id")


ACTION_IN_SQL: dict[str, Any] = {
    "companyId": tenant_in_sql,
    "focusItems": lambda: list_of(rows_of(FocusItem), FocusRow),
    "assignees": lambda: ArraySubquery(rows_of(Assignment).values("user_id")),
    "assigneeStatuses": lambda: list_of(rows_of(Assignment).with_status(), AssigneeRow),
}


class CompanyActionOutput(Output[Action]):
    """Of an action that carries `with_status` and `with_parts`."""

    example = examples.ACTION
    company_id = OfTheCompany()
    plan_id = serializers.CharField()
    description = TextOrNull(max_length=models.DESCRIPTION_MAX)
    focus_items = serializers.SerializerMethodField("focus_items_of")
    hierarchy_ids = serializers.ListField(source="area_ids", child=serializers.CharField())
    group_ids = serializers.ListField(child=serializers.CharField())
    assignees = serializers.SerializerMethodField("assignees_of")
    assignee_statuses = serializers.SerializerMethodField("assignee_statuses_of")
    status = serializers.ChoiceField(State.choices)
    completion_percent = serializers.IntegerField(min_value=0, max_value=100)
    overdue = serializers.BooleanField()
    notes_count = serializers.IntegerField(min_value=0)
    created_by = serializers.CharField(source="created_by_id", allow_null=True)
    in_sql = ACTION_IN_SQL

    class Meta:
        model = Action
        fields = (
            "id",
            "company_id",
            "plan_id",
            "title",
            "description",
            "action_type",
            "source",
            "visibility",
            "focus_items",
            "hierarchy_ids",
            "group_ids",
            "assignees",
            "assignee_statuses",
            "status",
            "completion_percent",
            "due_date",
            "overdue",
            "started_at",
            "completed_at",
            "notes_count",
            "created_by",
            "created_at",
            "updated_at",
        )

    @extend_schema_field(FocusOutput(many=True))
    def focus_items_of(self, action: Any) -> list[dict[str, Any]]:
        return [
            {
                "focusType": one["focus_type"],
                "focusId": one["focus_id"] or None,
                "label": one["label"] or None,
            }
            for one in action.focuses
        ]

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def assignees_of(self, action: Any) -> list[str]:
        return [one["assignee"] for one in action.assignee_states]

    @extend_schema_field(AssigneeStatus(many=True))
    def assignee_statuses_of(self, action: Any) -> list[dict[str, Any]]:
        return [
            {
                "assigneeId": one["assignee"],
                "status": one["status"],
                "startedAt": instant(one["started_at"]),
                "completedAt": instant(one["completed_at"]),
            }
            for one in action.assignee_states
        ]


class ActionPlanOutput(Output[ActionPlan]):
    """Of a plan that carries `with_progress`, and in `shown_actions` the actions to be shown.

    For the database these are `actions_in_sql` among its annotations.
    """

    example = examples.PLAN
    company_id = OfTheCompany()
    description = TextOrNull(max_length=models.DESCRIPTION_MAX)
    completion_percent = serializers.IntegerField(
        min_value=0, max_value=100, help_text="Part des actions COMPLETED, toutes comptées."
    )
    actions = CompanyActionOutput(many=True, source="shown_actions")
    created_by = serializers.CharField(source="created_by_id", allow_null=True)
    in_sql = {"companyId": tenant_in_sql, "actions": lambda: JsonText(F("actions_in_sql"))}

    class Meta:
        model = ActionPlan
        fields = (
            "id",
            "company_id",
            "title",
            "description",
            "visibility",
            "completion_percent",
            "actions",
            "created_by",
            "created_at",
            "updated_at",
        )


class NoteOutput(Output[Note]):
    example = examples.NOTE
    action_id = serializers.CharField()
    author_id = serializers.CharField()
    edited = serializers.SerializerMethodField()

    class Meta:
        model = Note
        fields = ("id", "action_id", "text", "author_id", "edited", "created_at", "edited_at")

    def get_edited(self, note: Note) -> bool:
        return note.edited_at is not None


class GroupOutput(Output[Group]):
    example = examples.GROUP

    class Meta:
        model = Group
        fields = ("id", "name")


class ManagerOutput(Output[User]):
    example = examples.MANAGER

    class Meta:
        model = User
        fields = ("id", "name", "role")


class AreaOutput(Output[Area]):
    """An area with those below it, in `parts`."""

    example = examples.AREA
    children = serializers.SerializerMethodField("children_of")

    class Meta:
        model = Area
        fields = ("id", "name", "children")

    @extend_schema_field({"type": "array", "items": {"$ref": "#/components/schemas/AreaOutput"}})
    def children_of(self, area: Any) -> list[Mapping[str, Any]]:
        return [AreaOutput(one).data for one in area.parts]
