from typing import Any

from django.db.models import F
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
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
from qualiforma.api.serializers import Choice, Id, Input, InstantInput, Output, TextOrNull
from qualiforma.errors import IllegalTransitionError
from qualiforma.training import policies, services
from qualiforma.training.api import examples
from qualiforma.training.api.fields import OptionalText
from qualiforma.training.api.views import RecordViewSet, endpoint
from qualiforma.training.models import PAYMENT_ID_MAX, Certificate, Enrollment
from qualiforma.training.services.exceptions import (
    AlreadyCertifiedError,
    AlreadyEnrolledError,
    NotCompletedError,
)
from qualiforma.training.states import EnrollmentStatus, PaymentMethod

ENROLLMENT_ID = an_id("enrollment_id", "Identifiant de l’inscription", "enr_abc123")
ALREADY = AlreadyEnrolledError(enrollment_id="enr_abc123")


class EnrollmentFilter(WireFilterSet):
    user_id = IdFilter(prefix="usr", label="Apprenant.")
    course_id = IdFilter(prefix="crs", label="Formation.")
    company_id = IdFilter(prefix="cmp", label="Entreprise.")
    status = EnumFilter(enum=EnrollmentStatus)
    payment_method = EnumFilter(enum=PaymentMethod)
    enrolled_from = InstantDayFilter(field_name="enrolled_at", label="Inscrits au plus tôt.")
    enrolled_to = InstantDayFilter(
        field_name="enrolled_at", last=True, label="Inscrits au plus tard."
    )
    ordering = OrderFilter(
        by={"createdAt": F("created_at"), "enrolledAt": F("enrolled_at")},
        label="Ordre ; sans lui, les plus récentes d’abord.",
    )

    class Meta:
        model = Enrollment
        fields: tuple[str, ...] = ()


class EnrollmentInput(Input):
    example = examples.ENROLLMENT_INPUT
    course_id = Id("crs", source="course")
    user_id = Id("usr", source="user")
    company_id = Id("cmp", source="company", required=False, allow_null=True)
    payment_method = Choice(PaymentMethod, required=False)
    payment_id = OptionalText(max_length=PAYMENT_ID_MAX)
    enrolled_at = InstantInput(required=False, help_text="Par défaut maintenant.")
    expires_at = InstantInput(required=False, allow_null=True)


class EnrollmentChanges(Input):
    example = examples.ENROLLMENT_CHANGES
    company_id = Id("cmp", source="company", required=False, allow_null=True)
    status = Choice(EnrollmentStatus, required=False)
    payment_method = Choice(PaymentMethod, required=False)
    payment_id = OptionalText(max_length=PAYMENT_ID_MAX)
    completed_at = InstantInput(
        required=False, help_text="Avec le statut COMPLETED ; par défaut maintenant."
    )
    expires_at = InstantInput(required=False, allow_null=True)


class EnrollmentOutput(Output[Enrollment]):
    example = examples.ENROLLMENT
    course_id = serializers.CharField()
    user_id = serializers.CharField()
    company_id = serializers.CharField(allow_null=True)
    payment_id = TextOrNull(max_length=PAYMENT_ID_MAX)
    created_by = serializers.CharField(source="created_by_id", allow_null=True)

    class Meta:
        model = Enrollment
        fields = (
            "id",
            "course_id",
            "user_id",
            "company_id",
            "status",
            "payment_method",
            "payment_id",
            "enrolled_at",
            "completed_at",
            "expires_at",
            "created_by",
            "created_at",
        )


class EnrollmentViewSet(RecordViewSet[Enrollment]):
    lookup_url_kwarg = "enrollment_id"
    queryset = Enrollment.objects.none()  # for the schema; `get_queryset` decides
    serializer_class = EnrollmentOutput
    by_database = True
    filterset_class = EnrollmentFilter
    refusals = {
        "create": (ALREADY,),
        "partial_update": (
            IllegalTransitionError(
                "Une inscription COMPLETED ne peut pas passer à ACTIVE.",
                current="COMPLETED",
                allowed=[],
            ),
            ALREADY,
        ),
    }

    def get_queryset(self) -> Any:
        return Enrollment.objects.visible_to(self.actor).newest_first()

    def answer(self, enrollment: Enrollment, status: int = 200) -> Response:
        return self.tagged(EnrollmentOutput(enrollment).data, enrollment.version, status)

    @endpoint(
        "listEnrollments",
        "Lister les inscriptions",
        "Les inscriptions, paginées, filtrables par apprenant, formation, entreprise, statut et "
        "date.",
        (200, EnrollmentOutput(many=True), "Inscriptions paginées"),
    )
    def list(self, request: Request) -> Response:
        return self.paged(EnrollmentOutput)

    @endpoint(
        "getEnrollment",
        "Détail d’une inscription",
        "Qui suit quelle formation, pour quelle entreprise, où il en est et qui l’a inscrit.",
        (200, EnrollmentOutput, "Inscription trouvée"),
        parameters=[ENROLLMENT_ID],
    )
    def retrieve(self, request: Request, enrollment_id: str) -> Response:
        return self.answer(self.get_object())

    @endpoint(
        "createEnrollment",
        "Inscrire une personne",
        "Inscrit un utilisateur actif à une formation, au statut ACTIVE. Une personne ne suit une "
        "formation qu’une fois à la fois.",
        (201, EnrollmentOutput, "Personne inscrite"),
        ("Personne inscrite", examples.ENROLLMENT),
        request=EnrollmentInput,
    )
    def create(self, request: Request) -> Response:
        draft = services.EnrollmentDraft(**self.validated(EnrollmentInput))
        return self.answer(services.create_enrollment(draft=draft, actor=self.actor), status=201)

    @endpoint(
        "updateEnrollment",
        "Modifier une inscription",
        "Modifie l’entreprise, le paiement, l’échéance ou le statut. COMPLETED renseigne "
        "completedAt et, comme REVOKED, ne se quitte plus.",
        (200, EnrollmentOutput, "Inscription mise à jour"),
        ("Inscription suspendue", examples.ENROLLMENT_SUSPENDED),
        parameters=[ENROLLMENT_ID],
        request=EnrollmentChanges,
    )
    def partial_update(self, request: Request, enrollment_id: str) -> Response:
        enrollment = self.get_object()
        changes = self.validated(EnrollmentChanges)
        enrollment = services.change_enrollment(
            enrollment=enrollment,
            changes=changes,
            actor=self.actor,
            expected_versions=self.expected_versions,
        )
        return self.answer(enrollment)


class CertificateInput(Input):
    example = examples.CERTIFICATE_INPUT
    issued_at = InstantInput(required=False, help_text="Par défaut maintenant.")


class CertificateOutput(Output[Certificate]):
    example = examples.CERTIFICATE
    enrollment_id = serializers.CharField()
    number = serializers.CharField(max_length=20, read_only=True)
    issued_by = serializers.CharField(source="issued_by_id", allow_null=True)

    class Meta:
        model = Certificate
        fields = ("id", "enrollment_id", "number", "issued_at", "issued_by")


class CertificateViewSet(RecordViewSet[Certificate]):
    queryset = Certificate.objects.none()  # for the schema; found by its enrollment
    serializer_class = CertificateOutput
    permissions = {
        "retrieve": policies.can_read_records,
        "create": policies.can_manage_records,
    }
    refusals = {
        "create": (
            NotCompletedError(current="ACTIVE", allowed=["COMPLETED"]),
            AlreadyCertifiedError(certificate_id="crt_abc123"),
        )
    }

    @endpoint(
        "getCertificate",
        "L’attestation d’une inscription",
        "L’attestation et son numéro ; 404 tant qu’elle n’est pas délivrée.",
        (200, CertificateOutput, "Attestation trouvée"),
        parameters=[ENROLLMENT_ID],
    )
    def retrieve(self, request: Request, enrollment_id: str) -> Response:
        enrollment = self.parent(Enrollment.objects, "enrollment_id")
        certificate = get_object_or_404(Certificate, enrollment=enrollment)
        return self.tagged(CertificateOutput(certificate).data, enrollment.version)

    @endpoint(
        "issueCertificate",
        "Délivrer une attestation",
        "Délivre l’attestation d’une inscription COMPLETED, une seule fois. Les numéros se suivent "
        "sans trou dans l’année.",
        (201, CertificateOutput, "Attestation délivrée"),
        ("Attestation délivrée", examples.CERTIFICATE),
        parameters=[ENROLLMENT_ID],
        request=CertificateInput,
    )
    def create(self, request: Request, enrollment_id: str) -> Response:
        enrollment = self.parent(Enrollment.objects, "enrollment_id")
        draft = services.CertificateDraft(**self.validated(CertificateInput))
        certificate = services.issue_certificate(
            enrollment=enrollment,
            draft=draft,
            actor=self.actor,
            expected_versions=self.expected_versions,
        )
        data = CertificateOutput(certificate).data
        return self.tagged(data, certificate.enrollment.version, status=201)
