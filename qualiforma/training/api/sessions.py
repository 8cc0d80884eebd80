from typing import Any

from django.db.models import F
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from qualiforma.api.docs import an_id
from qualiforma.api.filters import (
    EnumFilter,
    IdFilter,
    InstantDayFilter,
    OrderFilter,
    WireFilterSet,
)
from qualiforma.api.serializers import Choice, Id, Input, InstantInput, Output, Text
from qualiforma.training import services
from qualiforma.training.api import examples
from qualiforma.training.api.views import RecordViewSet, endpoint
from qualiforma.training.models import TITLE_MAX, TrainingSession
from qualiforma.training.services.exceptions import SessionHeldError
from qualiforma.training.states import SessionMode

SESSION_ID = an_id("session_id", "Identifiant de la session", "ses_excel_1")


class SessionFilter(WireFilterSet):
    course_id = IdFilter(prefix="crs", label="Formation.")
    trainer_id = IdFilter(prefix="usr", label="Formateur.")
    enrollment_id = IdFilter(
        prefix="enr",
        field_name="attendances__enrollment",
        label="Sessions où la présence de cette inscription est notée.",
    )
    mode = EnumFilter(enum=SessionMode)
    starts_from = InstantDayFilter(field_name="starts_at", label="Commencent au plus tôt.")
    starts_to = InstantDayFilter(
        field_name="starts_at", last=True, label="Commencent au plus tard."
    )
    ordering = OrderFilter(
        by={"startsAt": F("starts_at")}, label="Ordre ; sans lui, les plus récentes d’abord."
    )

    class Meta:
        model = TrainingSession
        fields: tuple[str, ...] = ()


class TrainingSessionInput(Input):
    example = examples.SESSION_INPUT
    course_id = Id("crs", source="course")
    title = Text(max_length=TITLE_MAX)
    starts_at = InstantInput()
    ends_at = InstantInput(help_text="Le même jour que le début, à Paris.")
    mode = Choice(SessionMode)
    trainer_id = Id("usr", source="trainer")


class TrainingSessionChanges(Input):
    example = examples.SESSION_CHANGES
    course_id = Id("crs", source="course", required=False)
    title = Text(max_length=TITLE_MAX, required=False)
    starts_at = InstantInput(required=False)
    ends_at = InstantInput(required=False)
    mode = Choice(SessionMode, required=False)
    trainer_id = Id("usr", source="trainer", required=False)


class TrainingSessionOutput(Output[TrainingSession]):
    example = examples.SESSION
    course_id = serializers.CharField()
    trainer_id = serializers.CharField()

    class Meta:
        model = TrainingSession
        fields = (
            "id",
            "course_id",
            "title",
            "starts_at",
            "ends_at",
            "mode",
            "trainer_id",
            "created_at",
        )


class SessionViewSet(RecordViewSet[TrainingSession]):
    lookup_url_kwarg = "session_id"
    queryset = TrainingSession.objects.none()  # for the schema; `get_queryset` decides
    serializer_class = TrainingSessionOutput
    by_database = True
    filterset_class = SessionFilter
    refusals = {"partial_update": (SessionHeldError(fields=["courseId"]),)}

    def get_queryset(self) -> Any:
        sessions = TrainingSession.objects.visible_to(self.actor)
        return sessions.order_by("-starts_at", "-id")

    def answer(self, session: TrainingSession, status: int = 200) -> Response:
        return self.tagged(TrainingSessionOutput(session).data, session.version, status)

    @endpoint(
        "listSessions",
        "Lister les sessions",
        "Les sessions, paginées, les dernières d’abord ; à venir comprises.",
        (200, TrainingSessionOutput(many=True), "Sessions paginées"),
    )
    def list(self, request: Request) -> Response:
        return self.paged(TrainingSessionOutput)

    @endpoint(
        "getSession",
        "Détail d’une session",
        "La session : quand, comment, avec qui.",
        (200, TrainingSessionOutput, "Session trouvée"),
        parameters=[SESSION_ID],
    )
    def retrieve(self, request: Request, session_id: str) -> Response:
        return self.answer(self.get_object())

    @endpoint(
        "createSession",
        "Planifier une session",
        "Planifie une session d’une formation. Elle tient dans une journée, à l’heure de Paris ; "
        "son formateur est un utilisateur actif TRAINER, MANAGER ou ADMIN.",
        (201, TrainingSessionOutput, "Session planifiée"),
        ("Session planifiée", examples.SESSION),
        request=TrainingSessionInput,
    )
    def create(self, request: Request) -> Response:
        draft = services.SessionDraft(**self.validated(TrainingSessionInput))
        return self.answer(services.create_session(draft=draft, actor=self.actor), status=201)

    @endpoint(
        "updateSession",
        "Modifier une session",
        "Modifie une session. Sa formation et son jour ne changent plus dès qu’une présence ou un "
        "émargement y est noté.",
        (200, TrainingSessionOutput, "Session mise à jour"),
        ("Session mise à jour", {**examples.SESSION, **examples.SESSION_CHANGES}),
        parameters=[SESSION_ID],
        request=TrainingSessionChanges,
    )
    def partial_update(self, request: Request, session_id: str) -> Response:
        session = self.get_object()
        changes = self.validated(TrainingSessionChanges)
        session = services.change_session(
            session=session,
            changes=changes,
            actor=self.actor,
            expected_versions=self.expected_versions,
        )
        return self.answer(session)
