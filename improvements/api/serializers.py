from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from improvements import models
from improvements.api import detail, examples
from improvements.api.detail import ClosingReportOutput, ComplaintReference
from improvements.api.effects import CheckOutput
from improvements.api.results import (
    MoveOutput,
    ResultChanges,
    ResultInput,
    ResultOutput,
)
from improvements.models import CorrectiveAction, ImprovementPlan
from improvements.querysets import effectiveness_in_sql
from improvements.states import (
    ActionKind,
    ActionStatus,
    CauseMethod,
    Effectiveness,
    PlanStatus,
    Trigger,
)
from qualiforma.api.indicators import IndicatorLabels
from qualiforma.api.serializers import (
    CalendarDate,
    Choice,
    Id,
    Input,
    Items,
    Output,
    Rows,
    Text,
    TextOrNull,
    distinct,
)
from qualiforma.qualiopi.grids import INDICATOR_MAX
from qualiforma.training.api.fields import OptionalText

ACTIONS_MAX = 200
COMPLAINTS_MAX = 50


def complaint_ids() -> Items:
    return Items(child=Id("cmp"), max_length=COMPLAINTS_MAX, validators=[distinct], required=False)


class Indicator(serializers.IntegerField):
    """A JSON number; DRF alone would take "31" and 31.0 too."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=INDICATOR_MAX, **kwargs)

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


def indicators() -> Items:
    return Items(child=Indicator(), max_length=INDICATOR_MAX, validators=[distinct], required=False)


class ActionInput(Input):
    example = examples.ACTION_INPUT
    description = Text(max_length=models.ACTION_DESCRIPTION_MAX)
    owner = Id("usr", required=False)
    due_date = CalendarDate(required=False, allow_null=True)
    kind = Choice(ActionKind, required=False)

    class Meta:
        list_serializer_class = Rows


class ActionChanges(Input):
    example = examples.ACTION_CHANGES
    status = Choice(ActionStatus, required=False)
    description = Text(max_length=models.ACTION_DESCRIPTION_MAX, required=False)
    owner = Id("usr", required=False)
    due_date = CalendarDate(required=False, allow_null=True)
    kind = Choice(ActionKind, required=False)
    reason = OptionalText(
        max_length=models.ACTION_DESCRIPTION_MAX,
        help_text="Motif d’une annulation ou d’une échéance déplacée.",
    )


class PlanInput(Input):
    example = examples.PLAN_INPUT
    title = Text(max_length=models.TITLE_MAX)
    description = OptionalText(max_length=models.DESCRIPTION_MAX)
    trigger = Choice(Trigger)
    linked_complaint_ids = complaint_ids()
    target_date = CalendarDate()
    owner = Id("usr")
    indicators = indicators()
    actions = ActionInput(many=True, required=False, max_length=ACTIONS_MAX)
    root_cause = OptionalText(max_length=models.ROOT_CAUSE_MAX)
    cause_method = Choice(CauseMethod, required=False, allow_null=True)
    expected_results = ResultInput(many=True, required=False, max_length=models.RESULTS_MAX)


class PlanChanges(Input):
    example = examples.PLAN_CHANGES
    title = Text(max_length=models.TITLE_MAX, required=False)
    description = OptionalText(max_length=models.DESCRIPTION_MAX)
    trigger = Choice(Trigger, required=False)
    owner = Id("usr", required=False)
    target_date = CalendarDate(required=False)
    linked_complaint_ids = complaint_ids()
    indicators = indicators()
    status = Choice(PlanStatus, required=False)
    reason = OptionalText(max_length=models.ACTION_DESCRIPTION_MAX)
    root_cause = OptionalText(max_length=models.ROOT_CAUSE_MAX)
    cause_method = Choice(CauseMethod, required=False, allow_null=True)
    expected_results = ResultChanges(many=True, required=False, max_length=models.RESULTS_MAX)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The shape of a move to ARCHIVED: it admits a reason, which admits nothing else."""
        archiving = attrs.get("status") == PlanStatus.ARCHIVED
        if "reason" in attrs and not archiving:
            detail = _("Un motif accompagne seulement le statut ARCHIVED.")
            raise ValidationError({"reason": [ErrorDetail(str(detail), code="unexpected")]})
        others = [name for name in self.initial_data if name not in {"status", "reason"}]
        if archiving and others:
            detail = _("Le statut ARCHIVED n’admet aucun autre champ que reason.")
            raise ValidationError(
                {name: [ErrorDetail(str(detail), code="unexpected")] for name in others}
            )
        return attrs


class ClosureInput(Input):
    example = examples.CLOSURE
    summary = Text(max_length=models.SUMMARY_MAX)
    outcomes = Items(
        child=Text(max_length=models.OUTCOME_MAX), max_length=models.OUTCOMES_MAX, required=False
    )
    attachment_s3_key = OptionalText(max_length=models.ATTACHMENT_KEY_MAX)
    effectiveness_due_date = CalendarDate(
        required=False, help_text="Sans elle, le délai de la fiche de l’organisme."
    )


class StatsQuery(Input):
    from_ = CalendarDate(required=False, help_text="Borne basse, comprise.")
    to = CalendarDate(required=False, help_text="Borne haute, comprise.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        since, until = attrs.get("from_"), attrs.get("to")
        if since and until and since > until:
            detail = ErrorDetail(str(_("« from » est après « to ».")), code="invalid")
            raise ValidationError({"from": [detail]})
        return attrs


def stats_bounds(request: Request) -> dict[str, Any]:
    """Return the days that statistics are asked for, as they take them."""
    query = StatsQuery(data={name: value for name, value in request.query_params.items() if value})
    query.is_valid(raise_exception=True)
    return {"since": query.validated_data.get("from_"), "until": query.validated_data.get("to")}


class PlanListItem(Output[ImprovementPlan]):
    example = examples.PLAN_LIST_ITEM
    owner = serializers.CharField(source="owner_id")
    linked_complaint_ids = complaint_ids()
    actions_count = serializers.IntegerField(min_value=0)
    actions_completed = serializers.IntegerField(min_value=0)
    effectiveness = Choice(Effectiveness)
    in_sql = {"effectiveness": effectiveness_in_sql}
    recurrence = serializers.BooleanField(
        source="recurs", help_text="Si une réclamation semblable est venue après la clôture."
    )

    class Meta:
        model = ImprovementPlan
        fields: tuple[str, ...] = (
            "id",
            "title",
            "trigger",
            "status",
            "owner",
            "target_date",
            "linked_complaint_ids",
            "actions_count",
            "actions_completed",
            "created_at",
            "reference",
            "effectiveness",
            "effectiveness_due_date",
            "recurrence",
        )


class ActionOutput(Output[CorrectiveAction]):
    example = examples.DONE
    omitted_when_empty = ("completedAt", "reason")
    owner = serializers.CharField(source="owner_id")
    reason = serializers.CharField(
        max_length=models.ACTION_DESCRIPTION_MAX,
        required=False,
        help_text="Pourquoi l’action est annulée.",
    )
    due_date_moves = MoveOutput(many=True)

    class Meta:
        model = CorrectiveAction
        fields = (
            "id",
            "description",
            "status",
            "owner",
            "due_date",
            "completed_at",
            "kind",
            "reason",
            "first_due_date",
            "due_date_moves",
        )


class PlanDetail(PlanListItem):
    """The whole plan; what only a closed or archived plan has is left out of the others."""

    example = examples.PLAN_DETAIL

    omitted_when_empty = ("closedAt", "closedBy", "closureReport", "archiveReason")
    in_sql = PlanListItem.in_sql | detail.IN_SQL
    needs_python = staticmethod(detail.needs_python)

    description = TextOrNull(max_length=models.DESCRIPTION_MAX)
    indicators = indicators()
    indicator_labels = IndicatorLabels(source="indicators")
    actions = ActionOutput(many=True)
    linked_complaints = ComplaintReference(many=True)
    closed_by = serializers.CharField(source="closed_by_id", required=False)
    closure_report = ClosingReportOutput(source="closing_report", allow_null=True, required=False)
    archive_reason = TextOrNull(max_length=models.ACTION_DESCRIPTION_MAX)
    root_cause = TextOrNull(max_length=models.ROOT_CAUSE_MAX)
    cause_method = serializers.SerializerMethodField("method_of")
    expected_results = ResultOutput(many=True)
    follows_plan_id = serializers.CharField(allow_null=True)
    effectiveness_checks = CheckOutput(many=True)

    class Meta:
        model = ImprovementPlan
        fields = (
            "id",
            "title",
            "description",
            "trigger",
            "status",
            "owner",
            "target_date",
            "linked_complaint_ids",
            "actions",
            "actions_count",
            "actions_completed",
            "created_at",
            "reference",
            "effectiveness",
            "effectiveness_due_date",
            "recurrence",
            "linked_complaints",
            "indicators",
            "indicator_labels",
            "started_at",
            "closed_at",
            "closed_by",
            "closure_report",
            "archive_reason",
            "root_cause",
            "cause_method",
            "expected_results",
            "follows_plan_id",
            "effectiveness_checks",
        )

    @extend_schema_field(Choice(CauseMethod, allow_null=True))
    def method_of(self, plan: ImprovementPlan) -> str | None:
        return plan.cause_method or None


def count(**kwargs: Any) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=0, **kwargs)


class TriggerCounts(serializers.Serializer[Any]):
    COMPLAINT = count()
    AUDIT = count()
    FEEDBACK = count()
    PROACTIVE = count()


class StatsOutput(Input):
    example = examples.STATS
    total_plans = count()
    completed = count()
    in_progress = count()
    draft = count()
    completion_rate = serializers.FloatField(min_value=0, max_value=1)
    average_duration_days = count(allow_null=True)
    by_trigger = TriggerCounts()
    abandoned = count(help_text="Plans abandonnés ; comptés nulle part ailleurs.")
    overdue = count(help_text="Plans ouverts dont l’échéance est passée.")
    average_actions_per_plan = serializers.FloatField(min_value=0)
    on_time_rate = serializers.FloatField(min_value=0, max_value=1, allow_null=True)
    by_indicator = serializers.DictField(
        child=count(), help_text="Nombre de plans par numéro d’indicateur."
    )
    effectiveness_rate = serializers.FloatField(
        min_value=0,
        max_value=1,
        allow_null=True,
        help_text="Plans efficaces parmi ceux dont l’effet a été vérifié.",
    )
    checks_overdue = count(help_text="Plans clôturés dont la vérification a dépassé son échéance.")
    recurrence_rate = serializers.FloatField(
        min_value=0,
        max_value=1,
        allow_null=True,
        help_text="Plans clôturés suivis d’une réclamation semblable.",
    )
    average_days_late = serializers.FloatField(
        min_value=0, allow_null=True, help_text="Jours de retard à la clôture, en moyenne."
    )
    postponements = count(help_text="Échéances d’actions repoussées.")
    indicator_labels = IndicatorLabels(source="by_indicator")
