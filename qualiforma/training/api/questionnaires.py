from decimal import Decimal
from typing import Any

from django.db.models import F
from django.utils.functional import cached_property
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from qualiforma.api.docs import an_id
from qualiforma.api.filters import (
    EnumFilter,
    IdFilter,
    InstantDayFilter,
    OrderFilter,
    SearchFilter,
    WireFilterSet,
)
from qualiforma.api.serializers import Choice, Id, Input, InstantInput, Output, Text
from qualiforma.training import policies, services
from qualiforma.training.api import examples
from qualiforma.training.api.fields import Answers, Number
from qualiforma.training.api.views import RecordViewSet, endpoint
from qualiforma.training.models import SCORE_MAX, TITLE_MAX, Questionnaire, Submission
from qualiforma.training.services.exceptions import AnsweredError
from qualiforma.training.states import QuestionnaireKind, RespondentRole

QUESTIONNAIRE_ID = an_id("questionnaire_id", "Identifiant du questionnaire", "qst_pre_excel")
LEAST = Decimal("0.01")


class QuestionnaireFilter(WireFilterSet):
    kind = EnumFilter(enum=QuestionnaireKind)
    course_id = IdFilter(prefix="crs", label="Formation.")
    q = SearchFilter(fields=("title",), label="Mots de l’intitulé.")
    ordering = OrderFilter(
        by={"createdAt": F("created_at")}, label="Ordre ; sans lui, les plus récents d’abord."
    )

    class Meta:
        model = Questionnaire
        fields: tuple[str, ...] = ()


class QuestionnaireInput(Input):
    example = examples.QUESTIONNAIRE_INPUT
    title = Text(max_length=TITLE_MAX)
    kind = Choice(QuestionnaireKind)
    course_id = Id("crs", source="course", required=False, allow_null=True)
    max_score = Number(least=LEAST, most=SCORE_MAX)


class QuestionnaireChanges(Input):
    example = examples.QUESTIONNAIRE_CHANGES
    title = Text(max_length=TITLE_MAX, required=False)
    kind = Choice(QuestionnaireKind, required=False)
    course_id = Id("crs", source="course", required=False, allow_null=True)
    max_score = Number(least=LEAST, most=SCORE_MAX, required=False)


class QuestionnaireOutput(Output[Questionnaire]):
    example = examples.QUESTIONNAIRE
    course_id = serializers.CharField(allow_null=True)
    max_score = Number(least=LEAST, most=SCORE_MAX)

    class Meta:
        model = Questionnaire
        fields = ("id", "title", "kind", "course_id", "max_score", "created_at")


class QuestionnaireViewSet(RecordViewSet[Questionnaire]):
    lookup_url_kwarg = "questionnaire_id"
    queryset = Questionnaire.objects.none()  # for the schema; `get_queryset` decides
    serializer_class = QuestionnaireOutput
    filterset_class = QuestionnaireFilter
    refusals = {"partial_update": (AnsweredError(fields=["maxScore"]),)}

    def get_queryset(self) -> Any:
        return Questionnaire.objects.visible_to(self.actor).newest_first()

    def answer(self, questionnaire: Questionnaire, status: int = 200) -> Response:
        return self.tagged(QuestionnaireOutput(questionnaire).data, questionnaire.version, status)

    @endpoint(
        "listQuestionnaires",
        "Lister les questionnaires",
        "Les questionnaires, paginés, filtrables par nature et par formation.",
        (200, QuestionnaireOutput(many=True), "Questionnaires paginés"),
    )
    def list(self, request: Request) -> Response:
        return self.paged(QuestionnaireOutput)

    @endpoint(
        "getQuestionnaire",
        "Détail d’un questionnaire",
        "Le questionnaire, sa nature et son score maximal.",
        (200, QuestionnaireOutput, "Questionnaire trouvé"),
        parameters=[QUESTIONNAIRE_ID],
    )
    def retrieve(self, request: Request, questionnaire_id: str) -> Response:
        return self.answer(self.get_object())

    @endpoint(
        "createQuestionnaire",
        "Créer un questionnaire",
        "Crée un questionnaire : avant ou après la formation, de prérequis ou de satisfaction.",
        (201, QuestionnaireOutput, "Questionnaire créé"),
        ("Questionnaire créé", examples.QUESTIONNAIRE),
        request=QuestionnaireInput,
    )
    def create(self, request: Request) -> Response:
        draft = services.QuestionnaireDraft(**self.validated(QuestionnaireInput))
        return self.answer(services.create_questionnaire(draft=draft, actor=self.actor), status=201)

    @endpoint(
        "updateQuestionnaire",
        "Modifier un questionnaire",
        "Modifie un questionnaire. Sa nature, sa formation et son score maximal ne changent plus "
        "dès qu’une réponse est enregistrée.",
        (200, QuestionnaireOutput, "Questionnaire mis à jour"),
        (
            "Questionnaire mis à jour",
            {**examples.QUESTIONNAIRE, **examples.QUESTIONNAIRE_CHANGES},
        ),
        parameters=[QUESTIONNAIRE_ID],
        request=QuestionnaireChanges,
    )
    def partial_update(self, request: Request, questionnaire_id: str) -> Response:
        questionnaire = self.get_object()
        changes = self.validated(QuestionnaireChanges)
        questionnaire = services.change_questionnaire(
            questionnaire=questionnaire,
            changes=changes,
            actor=self.actor,
            expected_versions=self.expected_versions,
        )
        return self.answer(questionnaire)


class SubmissionFilter(WireFilterSet):
    enrollment_id = IdFilter(prefix="enr", label="Inscription.")
    respondent_role = EnumFilter(enum=RespondentRole)
    submitted_from = InstantDayFilter(field_name="submitted_at", label="Répondues au plus tôt.")
    submitted_to = InstantDayFilter(
        field_name="submitted_at", last=True, label="Répondues au plus tard."
    )

    class Meta:
        model = Submission
        fields: tuple[str, ...] = ()


class SubmissionInput(Input):
    example = examples.SUBMISSION_INPUT
    enrollment_id = Id(
        "enr",
        source="enrollment",
        required=False,
        allow_null=True,
        help_text="Facultative pour SATISFACTION seulement.",
    )
    respondent_role = Choice(RespondentRole)
    score = Number(least=0, most=SCORE_MAX, required=False, allow_null=True)
    submitted_at = InstantInput(required=False, help_text="Par défaut maintenant.")
    answers = Answers(required=False)


class SubmissionOutput(Output[Submission]):
    example = examples.SUBMISSION
    questionnaire_id = serializers.CharField()
    enrollment_id = serializers.CharField(allow_null=True)
    score = Number(least=0, most=SCORE_MAX, allow_null=True)
    max_score = Number(least=LEAST, most=SCORE_MAX)
    answers = Answers()

    class Meta:
        model = Submission
        fields = (
            "id",
            "questionnaire_id",
            "enrollment_id",
            "respondent_role",
            "score",
            "max_score",
            "submitted_at",
            "answers",
            "created_at",
        )


class SubmissionViewSet(RecordViewSet[Submission]):
    queryset = Submission.objects.none()  # for the schema; `get_queryset` decides
    serializer_class = SubmissionOutput
    filterset_class = SubmissionFilter
    permissions = {"list": policies.can_read_records, "create": policies.can_manage_records}

    @cached_property
    def questionnaire(self) -> Questionnaire:
        """The questionnaire that the path names."""
        found: Questionnaire = self.parent(Questionnaire.objects, "questionnaire_id")
        return found

    def get_queryset(self) -> Any:
        return self.questionnaire.submissions.order_by("-submitted_at", "-id")

    @endpoint(
        "listSubmissions",
        "Lister les réponses à un questionnaire",
        "Les réponses, paginées, les dernières d’abord.",
        (200, SubmissionOutput(many=True), "Réponses paginées"),
        parameters=[QUESTIONNAIRE_ID],
    )
    def list(self, request: Request, questionnaire_id: str) -> Response:
        return self.paged(SubmissionOutput)

    @endpoint(
        "recordSubmission",
        "Enregistrer une réponse",
        "Enregistre une réponse à un questionnaire ; le score va de 0 à son maximum.",
        (201, SubmissionOutput, "Réponse enregistrée"),
        ("Réponse enregistrée", examples.SUBMISSION),
        parameters=[QUESTIONNAIRE_ID],
        request=SubmissionInput,
    )
    def create(self, request: Request, questionnaire_id: str) -> Response:
        questionnaire = self.questionnaire
        draft = services.SubmissionDraft(**self.validated(SubmissionInput))
        submission = services.record_submission(
            questionnaire=questionnaire,
            draft=draft,
            actor=self.actor,
            expected_versions=self.expected_versions,
        )
        data = SubmissionOutput(submission).data
        return self.tagged(data, submission.questionnaire.version, status=201)
