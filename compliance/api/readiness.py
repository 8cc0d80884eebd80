"""What an audit would find, by indicator. Source: evidence, "Readiness"."""

from datetime import date
from functools import partial
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from compliance import policies, services
from compliance.models import IndicatorReview
from compliance.models.readiness import REMARK_MAX
from compliance.services.readiness import Readiness, Row
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role
from qualiforma.api.docs import described
from qualiforma.api.filters import WholeNumberFilter, WireFilterSet
from qualiforma.api.indicators import IndicatorLabel
from qualiforma.api.serializers import (
    CalendarDate,
    Choice,
    Input,
    Items,
    Output,
    TextOrNull,
    WholeNumber,
)
from qualiforma.api.views import KernelViewSet
from qualiforma.qualiopi.grids import INDICATOR_MAX, label
from qualiforma.readiness import IDS_MAX, Gap, ReadinessState, Severity
from qualiforma.timeline import wire_instant
from qualiforma.training.api.fields import OptionalText

TAGS = ["Evidence"]
GAPS_MAX = 50
TEXT_MAX = 300
GAP = {
    "code": "COMPLAINT_UNANSWERED",
    "severity": "AT_RISK",
    "text": "Réclamation sans réponse au-delà du délai annoncé.",
    "objectType": "COMPLAINT",
    "objectIds": ["cmp_a1b2c3"],
    "count": 1,
}
READINESS = {
    "auditDate": "2026-12-14",
    "from": "2025-11-29",
    "to": "2026-11-29",
    "indicators": [
        {
            "number": 31,
            "label": "Difficultés, réclamations et aléas traités",
            "state": "AT_RISK",
            "reason": None,
            "evidenceCount": 1,
            "recordCount": 12,
            "lastDate": "2026-11-18",
            "gaps": [GAP],
            "reviewedBy": "usr_admin01",
            "reviewedAt": "2026-11-20T09:00:00Z",
            "remark": "Réponse en cours de rédaction.",
        }
    ],
}
REVIEW_INPUT = {"indicator": 31, "remark": "Réponse en cours de rédaction."}
REVIEW = {
    "id": "inr_8f3b21",
    **REVIEW_INPUT,
    "indicatorLabel": "Difficultés, réclamations et aléas traités",
    "reviewedAt": "2026-11-20T09:00:00Z",
    "reviewedBy": "usr_admin01",
}
AUDIT_DATE = OpenApiParameter(
    "auditDate",
    OpenApiTypes.DATE,
    description="Jour de l’audit ; sans lui, celui du prochain audit, sinon aujourd’hui.",
)


def audit_day(request: Request) -> date | None:
    """Return the day that a query names, if it does. Errors: `ValidationError` for one that is none."""
    sent = request.query_params.get("auditDate")
    try:
        return CalendarDate().run_validation(sent) if sent else None
    except ValidationError as error:
        raise ValidationError({"auditDate": error.detail}) from error


class ReadinessGap(Input):
    code = serializers.CharField(max_length=80)
    severity = Choice(Severity)
    text = serializers.CharField(max_length=TEXT_MAX)
    object_type = serializers.CharField(allow_null=True, max_length=40)
    object_ids = Items(
        child=serializers.CharField(max_length=80),
        max_length=IDS_MAX,
        help_text="Les premières fiches en cause.",
    )
    count = serializers.IntegerField(min_value=0)


class ReadinessIndicator(Input):
    number = serializers.IntegerField(min_value=1, max_value=INDICATOR_MAX)
    label = serializers.CharField(max_length=TEXT_MAX)
    state = Choice(ReadinessState)
    reason = serializers.CharField(
        allow_null=True, max_length=TEXT_MAX, help_text="Pourquoi l’indicateur ne s’applique pas."
    )
    evidence_count = serializers.IntegerField(min_value=0)
    record_count = serializers.IntegerField(min_value=0)
    last_date = serializers.DateField(allow_null=True)
    gaps = ReadinessGap(many=True, max_length=GAPS_MAX)
    reviewed_by = serializers.CharField(allow_null=True)
    reviewed_at = serializers.DateTimeField(allow_null=True)
    remark = serializers.CharField(allow_null=True, max_length=REMARK_MAX)


class ReadinessOutput(Input):
    example = READINESS
    audit_date = serializers.DateField()
    indicators = ReadinessIndicator(many=True, max_length=INDICATOR_MAX)

    def get_fields(self) -> dict[str, Any]:
        """`from` is no name in Python."""
        days = {name: serializers.DateField() for name in ("from", "to")}
        return {**super().get_fields(), **days}


def as_body(found: Readiness, actor: Actor) -> dict[str, Any]:
    """Return the answer."""
    return {
        "auditDate": found.scope.audit_day.isoformat(),
        "from": found.scope.since.isoformat(),
        "to": found.scope.today.isoformat(),
        "indicators": [_indicator(row, found.scope.audit_day, actor) for row in found.rows],
    }


def _indicator(row: Row, audit_day: date, actor: Actor) -> dict[str, Any]:
    one, review = row.indicator, row.review
    return {
        "number": one.number,
        "label": label(one.number, audit_day),
        "state": one.state.value,
        "reason": row.what.reason or None,
        "evidenceCount": one.evidence,
        "recordCount": one.records,
        "lastDate": one.last.isoformat() if one.last else None,
        "gaps": [_gap(gap, actor) for gap in one.gaps],
        "reviewedBy": review.reviewed_by_id if review else None,
        "reviewedAt": wire_instant(review.reviewed_at) if review else None,
        "remark": (review.remark or None) if review else None,
    }


def _gap(gap: Gap, actor: Actor) -> dict[str, Any]:
    is_shown = not gap.check.sensitive or actor.role == Role.ADMIN
    return {
        "code": gap.check.code,
        "severity": gap.check.severity.value,
        "text": str(gap.check.text),
        "objectType": gap.check.object_type or None,
        "objectIds": gap.found.ids if is_shown else [],
        "count": gap.found.count,
    }


class IndicatorReviewInput(Input):
    example = REVIEW_INPUT
    indicator = WholeNumber(min_value=1, max_value=INDICATOR_MAX)
    remark = OptionalText(max_length=REMARK_MAX)


class IndicatorReviewOutput(Output[IndicatorReview]):
    example = REVIEW
    indicator = serializers.IntegerField(min_value=1, max_value=INDICATOR_MAX)
    indicator_label = IndicatorLabel(source="indicator")
    remark = TextOrNull(max_length=REMARK_MAX)
    reviewed_by = serializers.CharField(source="reviewed_by_id")

    class Meta:
        model = IndicatorReview
        fields = ("id", "indicator", "indicator_label", "remark", "reviewed_at", "reviewed_by")


class IndicatorReviewFilter(WireFilterSet):
    indicator = WholeNumberFilter(
        field_name="indicator", least=1, most=INDICATOR_MAX, label="Indicateur."
    )

    class Meta:
        model = IndicatorReview
        fields: tuple[str, ...] = ()


endpoint = partial(described, tags=TAGS)


class ReadinessViewSet(KernelViewSet[IndicatorReview]):
    queryset = IndicatorReview.objects.none()  # for the schema
    serializer_class = ReadinessOutput
    permissions = {"retrieve": policies.can_read_readiness}
    query_params = {"retrieve": ("auditDate",)}

    @endpoint(
        "getReadiness",
        "État de préparation à l’audit",
        "Par indicateur : ce qui peut être montré, ce qui manque ou fragilise, et les fiches en cause. "
        "Seul le certificateur se prononce.",
        (200, ReadinessOutput, "État de préparation"),
        parameters=[AUDIT_DATE],
    )
    def retrieve(self, request: Request) -> Response:
        day = audit_day(request)
        return self.answered(as_body(services.read_readiness(audit_day=day), self.actor))


class IndicatorReviewViewSet(KernelViewSet[IndicatorReview]):
    queryset = IndicatorReview.objects.none()  # for the schema; `get_queryset` decides
    serializer_class = IndicatorReviewOutput
    filterset_class = IndicatorReviewFilter
    permissions = {
        "list": policies.can_read_readiness,
        "create": policies.can_manage_evidence,
    }

    def get_queryset(self) -> Any:
        return IndicatorReview.objects.order_by("-reviewed_at", "-id")

    @endpoint(
        "listIndicatorReviews",
        "Lister les revues d’indicateur",
        "Qui a vu quel indicateur, quand, avec quelle remarque ; les plus récentes d’abord.",
        (200, IndicatorReviewOutput(many=True), "Revues paginées"),
    )
    def list(self, request: Request) -> Response:
        return self.paged(IndicatorReviewOutput)

    @endpoint(
        "reviewIndicator",
        "Noter qu’un indicateur a été vu",
        "Garde qui a vu l’indicateur, quand, et sa remarque. L’état de l’indicateur ne change pas.",
        (201, IndicatorReviewOutput, "Revue enregistrée"),
        request=IndicatorReviewInput,
    )
    def create(self, request: Request) -> Response:
        body = self.validated(IndicatorReviewInput)
        review = services.review_indicator(**body, actor=self.actor)
        return self.answered(IndicatorReviewOutput(review).data, 201)
