"""Attendances and signatures of a session: each call counts the session's version up."""

from typing import Any

from django.utils.functional import cached_property
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from qualiforma.api.filters import EnumFilter, FlagFilter, IdFilter, WireFilterSet
from qualiforma.api.serializers import (
    Choice,
    Flag,
    Id,
    Input,
    InstantInput,
    Output,
    TextOrNull,
    WholeNumber,
)
from qualiforma.training import policies, services
from qualiforma.training.api import examples
from qualiforma.training.api.enrollments import ENROLLMENT_ID
from qualiforma.training.api.fields import OptionalText
from qualiforma.training.api.sessions import SESSION_ID
from qualiforma.training.api.views import RecordViewSet, endpoint
from qualiforma.training.models import (
    MINUTES_MAX,
    Attendance,
    Enrollment,
    Signature,
    TrainingSession,
)
from qualiforma.training.services.exceptions import AlreadyReplacedError, AlreadySignedError
from qualiforma.training.states import HalfDay, SignatureMethod

SHA256_LENGTH = 64


class AttendanceFilter(WireFilterSet):
    enrollment_id = IdFilter(prefix="enr", label="Inscription.")
    attended = FlagFilter(label="Présents, ou absents.")

    class Meta:
        model = Attendance
        fields: tuple[str, ...] = ()


class AttendanceInput(Input):
    example = examples.ATTENDANCE_INPUT
    attended = Flag()
    attended_at = InstantInput(
        required=False, allow_null=True, help_text="Par défaut le début de la session."
    )
    minutes = WholeNumber(min_value=0, max_value=MINUTES_MAX, required=False, allow_null=True)


class AttendanceOutput(Output[Attendance]):
    example = examples.ATTENDANCE
    session_id = serializers.CharField()
    enrollment_id = serializers.CharField()
    minutes = serializers.IntegerField(min_value=0, max_value=MINUTES_MAX, allow_null=True)

    class Meta:
        model = Attendance
        fields = ("session_id", "enrollment_id", "attended", "attended_at", "minutes")


class OfASession(RecordViewSet[Any]):
    """What stands below a session, in the order in which it was entered."""

    @cached_property
    def session(self) -> TrainingSession:
        """The session that the path names."""
        session: TrainingSession = self.parent(TrainingSession.objects, "session_id")
        return session


class AttendanceViewSet(OfASession):
    queryset = Attendance.objects.none()  # for the schema; `get_queryset` decides
    serializer_class = AttendanceOutput
    filterset_class = AttendanceFilter
    permissions = {"list": policies.can_read_records, "update": policies.can_manage_records}

    def get_queryset(self) -> Any:
        return self.session.attendances.order_by("-id")

    @endpoint(
        "listAttendances",
        "Lister les présences d’une session",
        "Qui était là et combien de temps, paginé.",
        (200, AttendanceOutput(many=True), "Présences paginées"),
        parameters=[SESSION_ID],
    )
    def list(self, request: Request, session_id: str) -> Response:
        return self.paged(AttendanceOutput)

    @endpoint(
        "recordAttendance",
        "Noter une présence",
        "Note la présence ou l’absence d’un apprenant à une session de sa formation ; noté à "
        "nouveau, le dernier mot compte.",
        (200, AttendanceOutput, "Présence notée"),
        ("Présence notée", examples.ATTENDANCE),
        parameters=[SESSION_ID, ENROLLMENT_ID],
        request=AttendanceInput,
    )
    def update(self, request: Request, session_id: str, enrollment_id: str) -> Response:
        session = self.session
        enrollment = self.parent(Enrollment.objects, "enrollment_id")
        draft = services.AttendanceDraft(**self.validated(AttendanceInput))
        attendance = services.record_attendance(
            session=session,
            enrollment=enrollment,
            draft=draft,
            actor=self.actor,
            expected_versions=self.expected_versions,
        )
        return self.tagged(AttendanceOutput(attendance).data, attendance.session.version)


class SignatureFilter(WireFilterSet):
    enrollment_id = IdFilter(prefix="enr", label="Inscription.")
    half_day = EnumFilter(enum=HalfDay)
    replaced = FlagFilter(method="by_correction", label="Ceux qu’un autre remplace, ou les autres.")

    class Meta:
        model = Signature
        fields: tuple[str, ...] = ()

    def by_correction(self, signatures: Any, _name: str, value: str) -> Any:
        return signatures.filter(replaced_by__isnull=value == "false")


class SignatureInput(Input):
    example = examples.SIGNATURE_INPUT
    enrollment_id = Id("enr", source="enrollment")
    half_day = Choice(HalfDay)
    method = Choice(SignatureMethod)
    signed_at = InstantInput(required=False, help_text="Par défaut maintenant.")
    evidence_sha256 = OptionalText(max_length=SHA256_LENGTH, help_text="64 chiffres hexadécimaux.")
    replaces = Id("sig", required=False, allow_null=True, help_text="Ce que celui-ci corrige.")


class SignatureOutput(Output[Signature]):
    example = examples.SIGNATURE
    session_id = serializers.CharField()
    enrollment_id = serializers.CharField()
    evidence_sha256 = TextOrNull(max_length=SHA256_LENGTH)
    replaces = serializers.CharField(source="replaces_id", allow_null=True)
    replaced_by = serializers.CharField(source="replaced_by.pk", allow_null=True, default=None)

    class Meta:
        model = Signature
        fields = (
            "id",
            "session_id",
            "enrollment_id",
            "half_day",
            "signed_at",
            "method",
            "evidence_sha256",
            "replaces",
            "replaced_by",
            "created_at",
        )


class SignatureViewSet(OfASession):
    queryset = Signature.objects.none()  # for the schema; `get_queryset` decides
    serializer_class = SignatureOutput
    filterset_class = SignatureFilter
    permissions = {"list": policies.can_read_records, "create": policies.can_manage_records}
    refusals = {
        "create": (
            AlreadySignedError(signature_id="sig_8f3b21"),
            AlreadyReplacedError(signature_id="sig_8f3b21"),
        )
    }

    def get_queryset(self) -> Any:
        signatures = self.session.signatures.select_related("replaced_by")
        return signatures.order_by("-created_at", "-id")

    @endpoint(
        "listSignatures",
        "Lister les émargements d’une session",
        "Les émargements, corrections comprises : replacedBy nomme ce qui les remplace.",
        (200, SignatureOutput(many=True), "Émargements paginés"),
        parameters=[SESSION_ID],
    )
    def list(self, request: Request, session_id: str) -> Response:
        return self.paged(SignatureOutput)

    @endpoint(
        "recordSignature",
        "Enregistrer un émargement",
        "Enregistre la signature d’un apprenant pour une demi-journée. Elle ne change plus : une "
        "correction est un autre émargement, qui nomme le premier (replaces).",
        (201, SignatureOutput, "Émargement enregistré"),
        ("Émargement enregistré", examples.SIGNATURE),
        parameters=[SESSION_ID],
        request=SignatureInput,
    )
    def create(self, request: Request, session_id: str) -> Response:
        session = self.session
        draft = services.SignatureDraft(**self.validated(SignatureInput))
        signature = services.record_signature(
            session=session, draft=draft, actor=self.actor, expected_versions=self.expected_versions
        )
        data = SignatureOutput(signature).data
        return self.tagged(data, signature.session.version, status=201)
