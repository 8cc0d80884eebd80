"""Findings and their legal clocks. Source: closed-loop, "Findings, audits"."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db.models import F
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from compliance import policies, services
from compliance.api import findings_docs as docs
from compliance.api.audits import indicator_number
from compliance.api.audits_docs import TAGS
from compliance.models import Finding
from compliance.models.findings import FINDING_TEXT_MAX
from compliance.querysets import FindingQuerySet
from compliance.services.findings import TITLE_MAX, FindingCounts, day_of, minors_warning
from compliance.states import FindingStatus
from qualiforma.api.docs import described
from qualiforma.api.filters import (
    DayFilter,
    EnumFilter,
    FlagFilter,
    IdFilter,
    OrderFilter,
    WholeNumberFilter,
    WireFilterSet,
)
from qualiforma.api.indicators import LABEL_MAX
from qualiforma.api.serializers import CalendarDate, Choice, Id, Input, Output, Text
from qualiforma.api.views import KernelViewSet
from qualiforma.qualiopi.grids import INDICATOR_MAX, label
from qualiforma.qualiopi.states import FindingSeverity
from qualiforma.training.api.fields import OptionalText

# What an answer may count: days from now to any day of the calendar.
DAYS_MAX = 4_000_000


class FindingFilter(WireFilterSet):
    open = FlagFilter(method="by_open", label="Constats qui ne sont pas levés.")
    late = FlagFilter(method="by_late", label="Constats dont l’échéance en cours est passée.")
    status = EnumFilter(enum=FindingStatus)
    severity = EnumFilter(enum=FindingSeverity)
    indicator = WholeNumberFilter(least=1, most=INDICATOR_MAX, label="Indicateur concerné.")
    audit = IdFilter(prefix="aud", label="Audit d’où vient le constat.")
    due_from = DayFilter(
        field_name="due_date", lookup_expr="gte", label="À corriger à partir de ce jour."
    )
    due_to = DayFilter(
        field_name="due_date", lookup_expr="lte", label="À corriger jusqu’à ce jour."
    )
    ordering = OrderFilter(
        by={"notifiedOn": F("notified_on"), "dueDate": F("due_date")},
        label="Ordre ; sans lui, les derniers notifiés d’abord.",
    )

    class Meta:
        model = Finding
        fields: tuple[str, ...] = ()

    def by_open(self, rows: Any, _name: str, value: str) -> Any:
        return rows.pending() if value == "true" else rows.lifted()

    def by_late(self, rows: Any, _name: str, value: str) -> Any:
        return rows.late() if value == "true" else rows.not_late()


class FindingChanges(Input):
    example = docs.FINDING_CHANGES
    indicator = indicator_number(required=False)
    severity = Choice(FindingSeverity, required=False)
    text = Text(max_length=FINDING_TEXT_MAX, required=False)
    notified_on = CalendarDate(required=False)
    audit_id = Id("aud", required=False, allow_null=True)
    plan_id = Id("imp", required=False, allow_null=True)


class FindingInput(FindingChanges):
    example = docs.FINDING_INPUT
    indicator = indicator_number()
    severity = Choice(FindingSeverity)
    text = Text(max_length=FINDING_TEXT_MAX)
    notified_on = CalendarDate()


class CorrectionInput(Input):
    example = docs.CORRECTION
    corrected_on = CalendarDate()


class LiftingInput(Input):
    example = docs.LIFTING
    lifted_on = CalendarDate()


class FindingPlanInput(Input):
    example = docs.PLAN
    owner = Id("usr", required=False, help_text="Responsable du plan ; sans lui, l’appelant.")
    title = OptionalText(max_length=TITLE_MAX)


class FindingWarning(Input):
    code = serializers.CharField(max_length=80)
    detail = serializers.CharField(max_length=LABEL_MAX)


class FindingListItem(Output[Finding]):
    example = docs.FINDING
    indicator_label = serializers.SerializerMethodField("label_of")
    audit_id = serializers.CharField(allow_null=True)
    plan_id = serializers.CharField(
        source="live_plan_id", allow_null=True, help_text="Plan qui répond au constat."
    )
    days_left = serializers.SerializerMethodField(
        "days_of", help_text="Jusqu’à l’échéance en cours ; négatif quand elle est passée."
    )
    late = serializers.BooleanField(source="is_late")
    created_by = serializers.CharField(source="created_by_id", allow_null=True)

    class Meta:
        model = Finding
        fields: tuple[str, ...] = (
            "id",
            "indicator",
            "indicator_label",
            "severity",
            "text",
            "notified_on",
            "audit_id",
            "plan_id",
            "due_date",
            "verification_due_date",
            "deadline",
            "days_left",
            "late",
            "status",
            "corrected_on",
            "lifted_on",
            "created_at",
            "created_by",
        )

    @extend_schema_field({"type": "string", "maxLength": LABEL_MAX})
    def label_of(self, finding: Finding) -> str:
        return label(finding.indicator, day_of(finding))

    @extend_schema_field({"type": ["integer", "null"], "minimum": -DAYS_MAX, "maximum": DAYS_MAX})
    def days_of(self, finding: Finding) -> int | None:
        return finding.days_left(timezone.localdate())


class FindingDetail(FindingListItem):
    example = docs.FINDING_DETAIL
    warnings = serializers.SerializerMethodField("warnings_of")

    class Meta(FindingListItem.Meta):
        fields = (*FindingListItem.Meta.fields, "warnings")

    @extend_schema_field(FindingWarning(many=True, max_length=1))
    def warnings_of(self, finding: Finding) -> list[dict[str, str]]:
        return warnings_of(services.count_findings())


class FindingSummary(Input):
    example = docs.SUMMARY
    open = serializers.IntegerField(min_value=0)
    late = serializers.IntegerField(min_value=0)
    minors_pending = serializers.IntegerField(min_value=0)
    warnings = FindingWarning(many=True, max_length=1)


def warnings_of(counts: FindingCounts) -> list[dict[str, str]]:
    """Return what has to be said of these counts."""
    if not counts.minors_count_as_major:
        return []
    return [{"code": "MINORS_COUNT_AS_MAJOR", "detail": minors_warning(counts)}]


endpoint = partial(described, tags=TAGS)


class FindingViewSet(KernelViewSet[Finding]):
    lookup_url_kwarg = "finding_id"
    etags = True
    queryset = Finding.objects.none()  # for the schema; `get_queryset` decides
    serializer_class = FindingListItem
    filterset_class = FindingFilter
    permissions = {
        "list": policies.can_read_audits,
        "retrieve": policies.can_read_audits,
        "create": policies.can_manage_audits,
        "partial_update": policies.can_manage_audits,
        "correct": policies.can_manage_audits,
        "lift": policies.can_manage_audits,
        "reopen": policies.can_manage_audits,
        "open_plan": policies.can_manage_audits,
    }
    refusals = docs.REFUSALS

    def get_queryset(self) -> FindingQuerySet:
        rows: FindingQuerySet = Finding.objects.visible_to(self.actor)
        return rows.select_related("audit").with_plan().newest_first()

    def answer(self, finding: Finding, status: int = 200) -> Response:
        """The finding after this call's change."""
        return self.represented(get_object_or_404(self.get_queryset(), pk=finding.pk), status)

    def represented(self, whole: Finding, status: int = 200) -> Response:
        return self.tagged(FindingDetail(whole).data, whole.version, status)

    @endpoint(
        "listFindings",
        "Lister les constats",
        "Les non-conformités notifiées, paginées, les dernières notifiées d’abord, avec leurs "
        "échéances et les jours qui restent.",
        (200, FindingListItem(many=True), "Constats paginés"),
    )
    def list(self, request: Request) -> Response:
        return self.paged(FindingListItem)

    @endpoint(
        "getFinding",
        "Détail d’un constat",
        "Le constat, ses échéances, et ce qui demande attention.",
        (200, FindingDetail, "Constat trouvé"),
        parameters=[docs.FINDING_ID],
    )
    def retrieve(self, request: Request, finding_id: str) -> Response:
        return self.represented(self.get_object())

    @endpoint(
        "createFinding",
        "Saisir un constat",
        "Saisit une non-conformité, d’un audit ou seule. Une mineure se corrige en six mois ; une "
        "majeure en trois, et le certificateur le vérifie dans le mois qui suit. La fin du mois reste "
        "dans le mois. Cinq mineures en cours comptent pour une majeure : la réponse en avertit.",
        (201, FindingDetail, "Constat saisi"),
        request=FindingInput,
    )
    def create(self, request: Request) -> Response:
        draft = services.FindingDraft(**self.validated(FindingInput))
        return self.answer(services.enter_finding(draft=draft, actor=self.actor), status=201)

    @endpoint(
        "updateFinding",
        "Modifier un constat",
        "Modifie un constat qui n’est pas levé ; ses échéances suivent. Ce qu’un audit clôturé a "
        "dit reste.",
        (200, FindingDetail, "Constat mis à jour"),
        parameters=[docs.FINDING_ID],
        request=FindingChanges,
    )
    def partial_update(self, request: Request, finding_id: str) -> Response:
        finding = self.get_object()
        changes = self.validated(FindingChanges)
        return self.answer(
            services.change_finding(
                finding=finding,
                changes=changes,
                actor=self.actor,
                expected_versions=self.expected_versions,
            )
        )

    @endpoint(
        "correctFinding",
        "Dire qu’un constat est corrigé",
        "Note depuis quand le constat est corrigé. D’une majeure, la vérification du certificateur "
        "devient l’échéance ; une mineure se vérifie au prochain audit.",
        (200, FindingDetail, "Constat corrigé"),
        parameters=[docs.FINDING_ID],
        request=CorrectionInput,
    )
    def correct(self, request: Request, finding_id: str) -> Response:
        return self._moved(services.correct_finding, CorrectionInput)

    @endpoint(
        "liftFinding",
        "Lever un constat",
        "Note que le certificateur a levé le constat, pour de bon.",
        (200, FindingDetail, "Constat levé"),
        parameters=[docs.FINDING_ID],
        request=LiftingInput,
    )
    def lift(self, request: Request, finding_id: str) -> Response:
        return self._moved(services.lift_finding, LiftingInput)

    @endpoint(
        "reopenFinding",
        "Rouvrir un constat",
        "Reprend une correction qui n’en était pas une : l’échéance de correction vaut de nouveau.",
        (200, FindingDetail, "Constat rouvert"),
        parameters=[docs.FINDING_ID],
        request=None,
    )
    def reopen(self, request: Request, finding_id: str) -> Response:
        finding = self.get_object()
        return self.answer(
            services.reopen_finding(
                finding=finding, actor=self.actor, expected_versions=self.expected_versions
            )
        )

    @endpoint(
        "openFindingPlan",
        "Ouvrir un plan depuis un constat",
        "Ouvre un plan d’amélioration en brouillon, déclenché par l’audit, à échéance du délai légal.",
        (201, FindingDetail, "Plan ouvert"),
        parameters=[docs.FINDING_ID],
        request=FindingPlanInput,
    )
    def open_plan(self, request: Request, finding_id: str) -> Response:
        finding = self.get_object()
        body = self.validated(FindingPlanInput)
        finding = services.open_finding_plan(
            finding=finding,
            owner_id=body.get("owner"),
            title=body.get("title", ""),
            actor=self.actor,
            expected_versions=self.expected_versions,
        )
        return self.answer(finding, status=201)

    def _moved(self, service: Callable[..., Finding], shape: type[Input]) -> Response:
        finding = self.get_object()
        days = self.validated(shape)
        return self.answer(
            service(
                finding=finding, **days, actor=self.actor, expected_versions=self.expected_versions
            )
        )


class FindingSummaryViewSet(KernelViewSet[Finding]):
    queryset = Finding.objects.none()  # for the schema
    serializer_class = FindingSummary
    permissions = {"retrieve": policies.can_read_audits}
    singleton = True

    @endpoint(
        "getFindingSummary",
        "Compter les constats",
        "Combien de constats ne sont pas levés, combien sont en retard, combien de mineurs comptent "
        "ensemble, et l’avertissement quand ils comptent pour une majeure.",
        (200, FindingSummary, "Nombres de constats"),
    )
    def retrieve(self, request: Request) -> Response:
        counts = services.count_findings()
        return self.answered(
            {
                "open": counts.open,
                "late": counts.late,
                "minorsPending": counts.minors_pending,
                "warnings": warnings_of(counts),
            }
        )
