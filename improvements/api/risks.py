"""The register of risks and its reviews. Source: closed-loop, "Risks"."""

from typing import Any

from django.db.models import F, QuerySet
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from improvements import models, policies, services
from improvements.api import examples
from improvements.api.docs import endpoint
from improvements.api.serializers import indicators
from improvements.models import Risk, RiskReview
from improvements.querysets import RiskQuerySet
from improvements.states import RiskStatus, RiskTreatment
from qualiforma.api.docs import an_id
from qualiforma.api.filters import (
    EnumFilter,
    FlagFilter,
    IdFilter,
    OrderFilter,
    SearchFilter,
    WholeNumberFilter,
    WireFilterSet,
)
from qualiforma.api.indicators import IndicatorLabels
from qualiforma.api.serializers import (
    CalendarDate,
    Choice,
    Id,
    Input,
    Items,
    Output,
    Text,
    TextOrNull,
    WholeNumber,
    distinct,
)
from qualiforma.api.views import KernelViewSet
from qualiforma.errors import IllegalTransitionError
from qualiforma.qualiopi.grids import INDICATOR_MAX
from qualiforma.training.api.fields import OptionalText

RISK_ID = an_id("risk_id", "Identifiant du risque", "rsk_8f3b21")
REVIEW_ID = an_id("review_id", "Identifiant de la revue", "rrv_8f3b21")
REVIEWED_MAX = 500
LEAST, MOST = 1, 4
TAGS = ["Improvements"]
ORDERS = {
    "createdAt": F("created_at"),
    "level": F("level"),
    "nextReviewOn": F("next_review_on"),
}


class RiskFilter(WireFilterSet):
    status = EnumFilter(enum=RiskStatus)
    treatment = EnumFilter(enum=RiskTreatment)
    owner = IdFilter(prefix="usr", label="Responsable du risque.")
    plan_id = IdFilter(prefix="imp", label="Risques que ce plan traite.")
    review_overdue = FlagFilter(
        method="by_review", label="Suivis, la revue dépassée ; ou les autres."
    )
    level_from = WholeNumberFilter(
        field_name="level",
        lookup_expr="gte",
        least=LEAST,
        most=MOST * MOST,
        label="Niveau minimal.",
    )
    indicator = WholeNumberFilter(
        field_name="indicators",
        lookup_expr="contains",
        least=1,
        most=INDICATOR_MAX,
        label="Indicateur Qualiopi que le risque touche.",
    )
    q = SearchFilter(fields=models.SEARCHED_RISKS, label="Mots du titre, du récit ou des mesures.")
    ordering = OrderFilter(by=ORDERS, label="Ordre ; sans lui, les plus récents d’abord.")

    class Meta:
        model = Risk
        fields: tuple[str, ...] = ()

    def by_review(self, risks: Any, _name: str, value: str) -> Any:
        return risks.overdue() if value == "true" else risks.not_overdue()


def grade(**kwargs: Any) -> WholeNumber:
    return WholeNumber(min_value=LEAST, max_value=MOST, **kwargs)


class RiskInput(Input):
    example = examples.RISK_INPUT
    title = Text(max_length=models.RISK_TITLE_MAX)
    description = OptionalText(max_length=models.RISK_TEXT_MAX)
    indicators = indicators()
    likelihood = grade()
    severity = grade()
    treatment = Choice(RiskTreatment)
    measures = OptionalText(max_length=models.RISK_TEXT_MAX)
    owner = Id("usr", source="owner_id")
    plan_id = Id("imp", required=False, allow_null=True)
    reviewed_on = CalendarDate(required=False, help_text="Par défaut aujourd’hui.")
    next_review_on = CalendarDate(
        required=False, help_text="Dans les douze mois ; par défaut douze mois plus tard."
    )


class RiskChanges(Input):
    example = examples.RISK_CHANGES
    title = Text(max_length=models.RISK_TITLE_MAX, required=False)
    description = OptionalText(max_length=models.RISK_TEXT_MAX)
    indicators = indicators()
    likelihood = grade(required=False)
    severity = grade(required=False)
    treatment = Choice(RiskTreatment, required=False)
    measures = OptionalText(max_length=models.RISK_TEXT_MAX)
    owner = Id("usr", source="owner_id", required=False)
    plan_id = Id("imp", required=False, allow_null=True)
    next_review_on = CalendarDate(required=False)
    status = Choice(RiskStatus, required=False)


class RiskOutput(Output[Risk]):
    example = examples.RISK
    description = TextOrNull(max_length=models.RISK_TEXT_MAX)
    measures = TextOrNull(max_length=models.RISK_TEXT_MAX)
    indicators = indicators()
    indicator_labels = IndicatorLabels(source="indicators")
    likelihood = serializers.IntegerField(min_value=LEAST, max_value=MOST)
    severity = serializers.IntegerField(min_value=LEAST, max_value=MOST)
    level = serializers.IntegerField(
        min_value=LEAST, max_value=MOST * MOST, help_text="Probabilité × gravité."
    )
    owner = serializers.CharField(source="owner_id")
    plan_id = serializers.CharField(allow_null=True)
    review_overdue = serializers.BooleanField(source="is_overdue")

    class Meta:
        model = Risk
        fields = (
            *("id", "title", "description", "indicators", "indicator_labels"),
            *("likelihood", "severity", "level", "treatment", "measures", "owner", "plan_id"),
            *("reviewed_on", "next_review_on", "review_overdue", "status", "created_at"),
        )


class RiskViewSet(KernelViewSet[Risk]):
    lookup_url_kwarg = "risk_id"
    etags = True
    queryset = Risk.objects.none()  # for the schema; `get_queryset` decides
    serializer_class = RiskOutput
    filterset_class = RiskFilter
    permissions = {
        "list": policies.can_read_risks,
        "retrieve": policies.can_read_risks,
        "create": policies.can_manage_risks,
        "partial_update": policies.can_manage_risks,
    }
    refusals = {
        "partial_update": (
            IllegalTransitionError(
                "Un risque CLOSED ne peut pas passer à CONTROLLED. Possible : OPEN.",
                current="CLOSED",
                allowed=["OPEN"],
            ),
        )
    }

    def get_queryset(self) -> RiskQuerySet:
        risks: RiskQuerySet = Risk.objects.visible_to(self.actor)
        return risks.newest_first()

    def answer(self, risk: Risk, status: int = 200) -> Response:
        """The risk as it is in the database, which computes its level."""
        whole = get_object_or_404(Risk, pk=risk.pk)
        return self.tagged(RiskOutput(whole).data, whole.version, status)

    @endpoint(
        "listRisks",
        "Lister les risques",
        "Le registre des risques, paginé ; un utilisateur voit ceux dont il est responsable, un ADMIN "
        "et un AUDITOR tous.",
        (200, RiskOutput(many=True), "Risques paginés"),
        tags=TAGS,
    )
    def list(self, request: Request) -> Response:
        return self.paged(RiskOutput)

    @endpoint(
        "getRisk",
        "Détail d’un risque",
        "Le risque, son niveau, son traitement et ses revues.",
        (200, RiskOutput, "Risque trouvé"),
        parameters=[RISK_ID],
        tags=TAGS,
    )
    def retrieve(self, request: Request, risk_id: str) -> Response:
        return self.answer(self.get_object())

    @endpoint(
        "addRisk",
        "Ajouter un risque",
        "Ajoute un risque au statut OPEN. Son niveau est le produit de sa probabilité et de sa gravité.",
        (201, RiskOutput, "Risque ajouté"),
        request=RiskInput,
        tags=TAGS,
    )
    def create(self, request: Request) -> Response:
        draft = services.RiskDraft(**self.validated(RiskInput))
        return self.answer(services.add_risk(draft=draft, actor=self.actor), status=201)

    @endpoint(
        "updateRisk",
        "Modifier un risque",
        "Modifie un risque ou son statut. Sa date de revue vient des revues.",
        (200, RiskOutput, "Risque mis à jour"),
        parameters=[RISK_ID],
        request=RiskChanges,
        tags=TAGS,
    )
    def partial_update(self, request: Request, risk_id: str) -> Response:
        risk = services.change_risk(
            risk=self.get_object(),
            changes=self.validated(RiskChanges),
            actor=self.actor,
            expected_versions=self.expected_versions,
        )
        return self.answer(risk)


class RiskReviewInput(Input):
    example = examples.RISK_REVIEW_INPUT
    reviewed_on = CalendarDate()
    participants = Text(max_length=models.PARTICIPANTS_MAX)
    decisions = Text(max_length=models.DECISIONS_MAX)
    risk_ids = Items(
        child=Id("rsk"),
        max_length=REVIEWED_MAX,
        validators=[distinct],
        required=False,
        help_text="Par défaut tous ceux qui ne sont pas clos.",
    )
    next_review_on = CalendarDate(required=False, help_text="Par défaut douze mois plus tard.")


class AssessmentOutput(Input):
    risk_id = Id("rsk")
    title = serializers.CharField(max_length=models.RISK_TITLE_MAX)
    likelihood = serializers.IntegerField(min_value=LEAST, max_value=MOST)
    severity = serializers.IntegerField(min_value=LEAST, max_value=MOST)
    level = serializers.IntegerField(min_value=LEAST, max_value=MOST * MOST)
    treatment = Choice(RiskTreatment)
    status = Choice(RiskStatus)

    def to_representation(self, instance: Any) -> Any:
        """Kept under the wire's names."""
        return dict(instance)


class RiskReviewOutput(Output[RiskReview]):
    example = examples.RISK_REVIEW
    participants = serializers.CharField(max_length=models.PARTICIPANTS_MAX)
    decisions = serializers.CharField(max_length=models.DECISIONS_MAX)
    assessments = AssessmentOutput(many=True)
    created_by = serializers.CharField(source="created_by_id")

    class Meta:
        model = RiskReview
        fields = (
            *("id", "reviewed_on", "participants", "decisions", "assessments"),
            *("created_by", "created_at"),
        )


class RiskReviewViewSet(KernelViewSet[RiskReview]):
    lookup_url_kwarg = "review_id"
    queryset = RiskReview.objects.none()  # for the schema; `get_queryset` decides
    serializer_class = RiskReviewOutput
    permissions = {
        "list": policies.can_read_register,
        "retrieve": policies.can_read_register,
        "create": policies.can_manage_risks,
    }

    def get_queryset(self) -> QuerySet[RiskReview]:
        return RiskReview.objects.order_by("-reviewed_on", "-id")

    @endpoint(
        "listRiskReviews",
        "Lister les revues des risques",
        "Les revues de l’analyse des risques, les plus récentes d’abord.",
        (200, RiskReviewOutput(many=True), "Revues paginées"),
        tags=TAGS,
    )
    def list(self, request: Request) -> Response:
        return self.paged(RiskReviewOutput)

    @endpoint(
        "getRiskReview",
        "Détail d’une revue des risques",
        "La revue et les risques tels qu’ils étaient alors.",
        (200, RiskReviewOutput, "Revue trouvée"),
        parameters=[REVIEW_ID],
        tags=TAGS,
    )
    def retrieve(self, request: Request, review_id: str) -> Response:
        return self.answered(RiskReviewOutput(self.get_object()).data)

    @endpoint(
        "addRiskReview",
        "Enregistrer une revue des risques",
        "Garde la date, les participants et les décisions, et date les risques revus. Une revue ne "
        "change plus.",
        (201, RiskReviewOutput, "Revue enregistrée"),
        request=RiskReviewInput,
        tags=TAGS,
    )
    def create(self, request: Request) -> Response:
        review = services.review_risks(**self.validated(RiskReviewInput), actor=self.actor)
        return self.answered(RiskReviewOutput(review).data, 201)
