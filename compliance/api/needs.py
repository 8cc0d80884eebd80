"""Needs analyses. Source: public API, /needs-analysis; api-compliance, "Needs analyses"."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.db.models import F, Value
from django.db.models.functions import NullIf
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from compliance import policies, services
from compliance.api import needs_docs as docs
from compliance.models import NeedsAnalysis
from compliance.models import needs as models
from compliance.querysets import NeedsQuerySet
from compliance.recommend import Engine, EngineFailure
from compliance.recommend.need import RECOMMENDATIONS_MAX
from compliance.recommend.reasons import tell
from compliance.states import AnalysisStatus, FundingSource
from qualiforma.api.docs import described
from qualiforma.api.filters import EnumFilter, IdFilter, SearchFilter, WireFilterSet
from qualiforma.api.found import FoundViewSet
from qualiforma.api.serializers import Choice, Id, Input, Items, Output, Text, TextOrNull
from qualiforma.training.models import TITLE_MAX
from qualiforma.training.states import Level

REASON_MAX = 2000
REASONS_MAX = 50


class OptionalText(Text):
    """A text that may be empty or null; both are kept as empty."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, allow_blank=True, allow_null=True, **kwargs)

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        return super().validate_empty_values("" if data is None else data)


class OptionalChoice(Choice):
    """A value of an enum, or null, which is kept as empty."""

    def __init__(self, enum: Any) -> None:
        super().__init__(enum, required=False, allow_null=True)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return "" if data is None else super().run_validation(data)


class NeedsFilter(WireFilterSet):
    company_id = IdFilter(prefix="cmp", field_name="company", label="Entreprise.")
    enrollment_id = IdFilter(prefix="enr", field_name="enrollment", label="Inscription.")
    status = EnumFilter(enum=AnalysisStatus)
    current_level = EnumFilter(enum=Level)
    target_level = EnumFilter(enum=Level)
    funding_source = EnumFilter(enum=FundingSource)
    q = SearchFilter(fields=models.SEARCHED_NEEDS, label="Mots des objectifs ou du contexte.")

    class Meta:
        model = NeedsAnalysis
        fields: tuple[str, ...] = ()


def objectives(**kwargs: Any) -> Items:
    return Items(
        child=Text(max_length=models.OBJECTIVE_MAX),
        min_length=1,
        max_length=models.OBJECTIVES_MAX,
        **kwargs,
    )


class NeedsInput(Input):
    example = docs.NEEDS_INPUT
    company_id = Id("cmp")
    enrollment_id = Id("enr", required=False, allow_null=True)
    objectives = objectives()
    current_level = Choice(Level)
    target_level = Choice(Level)
    context = Text(max_length=models.CONTEXT_MAX)
    funding_source = OptionalChoice(FundingSource)
    status = Choice(AnalysisStatus, required=False, help_text="Validée d’emblée, sauf DRAFT.")
    accessibility_needs = OptionalText(
        max_length=models.NOTE_MAX,
        help_text="Adaptations liées à un handicap : lues d’un ADMIN et de l’auteur seulement.",
    )
    third_party_analysis = OptionalText(
        max_length=models.NOTE_MAX, help_text="Qui d’autre a analysé le besoin."
    )


class NeedsChanges(Input):
    example = docs.NEEDS_CHANGES
    company_id = Id("cmp", required=False)
    enrollment_id = Id("enr", required=False, allow_null=True)
    objectives = objectives(required=False)
    current_level = Choice(Level, required=False)
    target_level = Choice(Level, required=False)
    context = Text(max_length=models.CONTEXT_MAX, required=False)
    funding_source = OptionalChoice(FundingSource)
    accessibility_needs = OptionalText(max_length=models.NOTE_MAX)
    third_party_analysis = OptionalText(max_length=models.NOTE_MAX)


def ranks() -> Items:
    return Items(
        child=serializers.IntegerField(min_value=0, max_value=models.OBJECTIVES_MAX - 1),
        max_length=models.OBJECTIVES_MAX,
    )


class RecommendationOutput(Input):
    course_id = serializers.CharField()
    title = serializers.CharField(max_length=TITLE_MAX)
    level = Choice(Level)
    score = serializers.FloatField(min_value=0, max_value=1)
    matched_objectives = ranks()
    reasons = Items(child=serializers.CharField(max_length=REASON_MAX), max_length=REASONS_MAX)
    order = serializers.IntegerField(
        min_value=1,
        allow_null=True,
        help_text="Rang parmi les formations à enchaîner ; null pour une formation seule.",
    )


class NeedsGap(Input):
    current_level = Choice(Level)
    target_level = Choice(Level)
    levels_to_gain = serializers.IntegerField(min_value=0, max_value=3)
    steps = Items(child=Choice(Level), max_length=2, help_text="Niveaux entre les deux.")
    covered_objectives = ranks()
    uncovered_objectives = ranks()
    coverage = serializers.FloatField(min_value=0, max_value=1)
    engine = Choice(Engine)
    engine_failure = Choice(
        EngineFailure,
        allow_null=True,
        help_text="Pourquoi le moteur demandé a laissé la place à la base de données.",
    )


def worded(recommendations: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return recommendations as stored, their reasons in the language of the call."""
    return [
        {**_ordered(one, docs.RECOMMENDATION), "reasons": [tell(why) for why in one["reasons"]]}
        for one in recommendations
    ]


def gap(stored: dict[str, Any]) -> dict[str, Any]:
    return _ordered(stored, docs.GAP)


def _ordered(stored: dict[str, Any], example: dict[str, Any]) -> dict[str, Any]:
    """Return what is stored in the contract's order: PostgreSQL's is by the length of names."""
    return {name: stored[name] for name in example}


class NeedsListItem(Output[NeedsAnalysis]):
    example = docs.NEEDS_LIST_ITEM
    company_id = serializers.CharField()
    enrollment_id = serializers.CharField(allow_null=True)
    objectives = objectives()
    funding_source = serializers.SerializerMethodField("funding_of")
    third_party_analysis = TextOrNull(max_length=models.NOTE_MAX)
    recommendations = serializers.SerializerMethodField("recommendations_of")
    gap_analysis = serializers.SerializerMethodField("gap_of")
    created_by = serializers.CharField(source="created_by_id", allow_null=True)
    in_sql = {
        "fundingSource": lambda: NullIf(F("funding_source"), Value("")),
        "recommendations": lambda: F("recommendations"),
        "gapAnalysis": lambda: F("gap_analysis"),
    }
    # Reasons are worded in the reader's language.
    in_python = {"recommendations": worded, "gapAnalysis": gap}

    class Meta:
        model = NeedsAnalysis
        fields: tuple[str, ...] = (
            "id",
            "company_id",
            "enrollment_id",
            "objectives",
            "current_level",
            "target_level",
            "context",
            "funding_source",
            "third_party_analysis",
            "status",
            "recommendations",
            "gap_analysis",
            "created_at",
            "completed_at",
            "created_by",
        )

    @extend_schema_field(Choice(FundingSource, allow_null=True))
    def funding_of(self, analysis: NeedsAnalysis) -> str | None:
        return analysis.funding_source or None

    @extend_schema_field(RecommendationOutput(many=True, max_length=RECOMMENDATIONS_MAX))
    def recommendations_of(self, analysis: NeedsAnalysis) -> list[dict[str, Any]]:
        return worded(analysis.recommendations)

    @extend_schema_field(NeedsGap)
    def gap_of(self, analysis: NeedsAnalysis) -> dict[str, Any]:
        return gap(analysis.gap_analysis)


class NeedsDetail(NeedsListItem):
    """With the disability note, for whom it is; for others there is no such key."""

    example = docs.NEEDS
    omitted_when_empty = ("accessibilityNeeds",)
    accessibility_needs = TextOrNull(
        max_length=models.NOTE_MAX,
        help_text="S’il y en a ; présent pour un ADMIN et pour l’auteur seulement.",
    )

    class Meta(NeedsListItem.Meta):
        fields = (*NeedsListItem.Meta.fields, "accessibility_needs")

    def to_representation(self, instance: NeedsAnalysis) -> dict[str, Any]:
        row = super().to_representation(instance)
        if not policies.can_see_accessibility(self.context["actor"], instance):
            row.pop("accessibilityNeeds", None)
        return row


endpoint = partial(described, tags=docs.TAGS)


class NeedsViewSet(FoundViewSet[NeedsAnalysis]):
    lookup_url_kwarg = "analysis_id"
    etags = True
    excluded_fields = ("accessibilityNeeds",)
    queryset = NeedsAnalysis.objects.none()  # for the schema; `get_queryset` decides
    serializer_class = NeedsListItem
    by_database = True
    filterset_class = NeedsFilter
    permissions = {
        "list": policies.can_read_records,
        "retrieve": policies.can_read_records,
        "create": policies.can_write_records,
        "partial_update": policies.can_write_records,
        "complete": policies.can_write_records,
    }
    refusals = docs.REFUSALS

    def get_queryset(self) -> NeedsQuerySet:
        analyses: NeedsQuerySet = NeedsAnalysis.objects.visible_to(self.actor)
        return analyses.newest_first()

    def answer(self, analysis: NeedsAnalysis, status: int = 200) -> Response:
        """The analysis after this call's change."""
        rows = self.get_queryset()
        return self.represented(self.found(lambda key: rows.filter(pk=key), analysis.pk), status)

    def represented(self, whole: NeedsAnalysis, status: int = 200) -> Response:
        told = NeedsDetail(whole, context={"actor": self.actor})
        return self.tagged(told.data, whole.version, status)

    def rehydrate(self, kept: dict[str, Any]) -> dict[str, Any]:
        analysis = self.get_queryset().filter(pk=kept["id"]).first()
        told = NeedsDetail(analysis, context={"actor": self.actor}).data if analysis else {}
        return {name: told[name] for name in self.excluded_fields if name in told}

    @endpoint(
        "listNeedsAnalyses",
        "Lister les analyses",
        "Les analyses des besoins de l’organisme, paginées, les plus récentes d’abord.",
        (200, NeedsListItem(many=True), "Analyses paginées"),
    )
    def list(self, request: Request) -> Response:
        return self.paged(NeedsListItem)

    @endpoint(
        "getNeedsAnalysis",
        "Détail d’une analyse des besoins",
        "L’analyse avec ses recommandations, leurs raisons et l’écart à combler.",
        (200, NeedsDetail, "Analyse trouvée"),
        parameters=[docs.ANALYSIS_ID],
    )
    def retrieve(self, request: Request, analysis_id: str) -> Response:
        return self.represented(self.get_object())

    @endpoint(
        "createNeedsAnalysis",
        "Créer une analyse des besoins de formation",
        "Crée une analyse des besoins pour une entreprise ou un apprenant, avec les formations du "
        "catalogue qui y répondent. Elle est validée d’emblée, sauf au statut DRAFT.",
        (201, NeedsDetail, "Analyse créée"),
        ("Analyse créée", docs.NEEDS),
        request=NeedsInput,
    )
    def create(self, request: Request) -> Response:
        draft = services.NeedsDraft(**self.validated(NeedsInput))
        return self.answer(services.create_analysis(draft=draft, actor=self.actor), status=201)

    @endpoint(
        "updateNeedsAnalysis",
        "Modifier une analyse en brouillon",
        "Modifie un brouillon ; les recommandations suivent. Une analyse validée ne change plus.",
        (200, NeedsDetail, "Analyse mise à jour"),
        ("Analyse modifiée", docs.NEEDS_CHANGED),
        parameters=[docs.ANALYSIS_ID],
        request=NeedsChanges,
    )
    def partial_update(self, request: Request, analysis_id: str) -> Response:
        analysis = self.get_object()
        changes = self.validated(NeedsChanges)
        analysis = services.change_analysis(
            analysis=analysis,
            changes=changes,
            actor=self.actor,
            expected_versions=self.expected_versions,
        )
        return self.answer(analysis)

    @endpoint(
        "completeNeedsAnalysis",
        "Valider une analyse des besoins",
        "Fige le brouillon avec les recommandations du catalogue tel qu’il est à cet instant.",
        (200, NeedsDetail, "Analyse validée"),
        ("Analyse validée", docs.NEEDS),
        parameters=[docs.ANALYSIS_ID],
        request=None,
    )
    def complete(self, request: Request, analysis_id: str) -> Response:
        analysis = services.complete_analysis(
            analysis=self.get_object(), actor=self.actor, expected_versions=self.expected_versions
        )
        return self.answer(analysis)
