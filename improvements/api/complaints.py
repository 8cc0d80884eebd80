"""The register of complaints. Source: api-improvements, "Complaints"."""

from typing import Any

from django.core.validators import EmailValidator
from django.db.models import F
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from improvements import models, policies, services
from improvements.api import examples
from improvements.api.complaint_stats import ComplaintStatsOutput
from improvements.api.docs import endpoint
from improvements.api.serializers import StatsQuery, stats_bounds
from improvements.models import SEARCHED_COMPLAINTS, Complaint
from improvements.querysets import ComplaintQuerySet, answered_on_in_sql, late_in_sql
from improvements.services.exceptions import AlreadyAcknowledgedError
from improvements.states import (
    ComplainantRole,
    ComplaintChannel,
    ComplaintKind,
    ComplaintOrigin,
    ComplaintStatus,
    Late,
)
from improvements.stats import complaint_stats
from qualiforma.api.docs import an_id
from qualiforma.api.filters import (
    EnumFilter,
    FlagFilter,
    IdFilter,
    InstantDayFilter,
    OrderFilter,
    SearchFilter,
    WireFilterSet,
)
from qualiforma.api.serializers import (
    Choice,
    Id,
    Input,
    InstantInput,
    Items,
    Output,
    Text,
    TextOrNull,
)
from qualiforma.api.views import KernelViewSet
from qualiforma.errors import IllegalTransitionError
from qualiforma.training.api.fields import OptionalText

COMPLAINT_ID = an_id("complaint_id", "Identifiant de la réclamation", "cmp_a1b2c3")
RESOLUTION_MAX = models.DESCRIPTION_MAX


class ComplaintFilter(WireFilterSet):
    status = EnumFilter(enum=ComplaintStatus)
    kind = EnumFilter(enum=ComplaintKind)
    channel = EnumFilter(enum=ComplaintChannel)
    origin = EnumFilter(enum=ComplaintOrigin)
    enrollment_id = IdFilter(prefix="enr", label="Celles qui concernent cette inscription.")
    theme_id = IdFilter(prefix="thm", label="Celles qui portent ce thème.")
    unanswered = FlagFilter(method="by_answer", label="Celles qui attendent une réponse.")
    late = EnumFilter(enum=Late, method="by_delay", label="Celles dont le délai annoncé est passé.")
    q = SearchFilter(fields=SEARCHED_COMPLAINTS, label="Mots de l’objet, du récit ou du nom.")
    received_from = InstantDayFilter(field_name="received_at", label="Reçues au plus tôt.")
    received_to = InstantDayFilter(
        field_name="received_at", last=True, label="Reçues au plus tard."
    )
    ordering = OrderFilter(
        by={"receivedAt": F("received_at")}, label="Ordre ; sans lui, les plus récentes d’abord."
    )

    class Meta:
        model = Complaint
        fields: tuple[str, ...] = ()

    def by_delay(self, complaints: Any, _name: str, value: str) -> Any:
        return complaints.late(Late(value))

    def by_answer(self, complaints: Any, _name: str, value: str) -> Any:
        return complaints.unanswered() if value == "true" else complaints.answered()


class OptionalEmail(OptionalText):
    """An e-mail address, or nothing."""

    pattern = r"^([^\x00-\x1f\x7f]+@[^\x00-\x1f\x7f]+)?$"  # for the published contract

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators.append(EmailValidator(_("Indiquez une adresse e-mail.")))


class ComplaintInput(Input):
    example = examples.COMPLAINT_INPUT
    subject = Text(max_length=models.TITLE_MAX)
    description = OptionalText(max_length=models.DESCRIPTION_MAX)
    channel = Choice(ComplaintChannel)
    kind = Choice(ComplaintKind, required=False)
    complainant_name = OptionalText(max_length=models.TITLE_MAX)
    complainant_email = OptionalEmail(max_length=models.EMAIL_MAX)
    complainant_role = Choice(ComplainantRole)
    received_at = InstantInput(required=False, help_text="Par défaut maintenant.")
    enrollment_id = Id("enr", required=False, allow_null=True, help_text="Inscription concernée.")
    theme_id = Id("thm", required=False, allow_null=True, help_text="Thème en usage.")


class ComplaintChanges(Input):
    example = examples.COMPLAINT_CHANGES
    subject = Text(max_length=models.TITLE_MAX, required=False)
    description = OptionalText(max_length=models.DESCRIPTION_MAX)
    channel = Choice(ComplaintChannel, required=False)
    kind = Choice(ComplaintKind, required=False)
    complainant_name = OptionalText(max_length=models.TITLE_MAX)
    complainant_email = OptionalEmail(max_length=models.EMAIL_MAX)
    complainant_role = Choice(ComplainantRole, required=False)
    received_at = InstantInput(required=False)
    enrollment_id = Id("enr", required=False, allow_null=True)
    theme_id = Id("thm", required=False, allow_null=True)
    acknowledged_at = InstantInput(required=False, allow_null=True)
    resolved_at = InstantInput(required=False, allow_null=True)
    status = Choice(ComplaintStatus, required=False)
    resolution = OptionalText(max_length=RESOLUTION_MAX)


class ComplaintOutput(Output[Complaint]):
    example = examples.COMPLAINT
    description = TextOrNull(max_length=models.DESCRIPTION_MAX)
    complainant_name = TextOrNull(max_length=models.TITLE_MAX)
    complainant_email = TextOrNull(max_length=models.EMAIL_MAX)
    resolution = TextOrNull(max_length=RESOLUTION_MAX)
    enrollment_id = serializers.CharField(allow_null=True)
    theme_id = serializers.CharField(allow_null=True)
    answered_on = serializers.DateField(allow_null=True, help_text="Jour de la réponse, à Paris.")
    late = serializers.SerializerMethodField(
        "late_for", help_text="Ce qui est en retard aujourd’hui ; null sans retard."
    )
    improvement_plan_ids = Items(child=Id("imp"), max_length=1000)
    in_sql = {"late": late_in_sql, "answeredOn": answered_on_in_sql}

    class Meta:
        model = Complaint
        fields = (
            "id",
            "subject",
            "description",
            "channel",
            "kind",
            "complainant_name",
            "complainant_email",
            "complainant_role",
            "received_at",
            "acknowledged_at",
            "acknowledge_by",
            "resolved_at",
            "answer_by",
            "answered_on",
            "late",
            "status",
            "resolution",
            "enrollment_id",
            "theme_id",
            "improvement_plan_ids",
            "origin",
            "created_at",
        )

    @extend_schema_field(Choice(Late, allow_null=True))
    def late_for(self, complaint: Complaint) -> str | None:
        return complaint.late


class AcknowledgementInput(Input):
    example = {"acknowledgedAt": "2026-04-08T14:00:00Z"}
    acknowledged_at = InstantInput(required=False, help_text="Par défaut maintenant.")


class ComplaintViewSet(KernelViewSet[Complaint]):
    lookup_url_kwarg = "complaint_id"
    etags = True
    queryset = Complaint.objects.none()  # for the schema; `get_queryset` decides
    serializer_class = ComplaintOutput
    by_database = True
    filterset_class = ComplaintFilter
    permissions = {
        "list": policies.can_read_complaints,
        "retrieve": policies.can_read_complaints,
        "create": policies.can_bring_complaints,
        "partial_update": policies.can_manage_complaints,
        "acknowledge": policies.can_manage_complaints,
        "stats": policies.can_read_complaint_register,
    }
    query_params = {"stats": ("from", "to")}
    refusals = {
        "partial_update": (
            IllegalTransitionError(
                "Une réclamation OPEN ne peut pas passer à OPEN.",
                current="OPEN",
                allowed=["IN_PROGRESS", "RESOLVED", "REJECTED"],
            ),
        ),
        "acknowledge": (AlreadyAcknowledgedError(acknowledged_at="2026-04-08T14:00:00+00:00"),),
    }

    def get_queryset(self) -> ComplaintQuerySet:
        complaints: ComplaintQuerySet = Complaint.objects.visible_to(self.actor)
        return complaints.with_plans().newest_first()

    def answer(self, complaint: Complaint, status: int = 200) -> Response:
        """The complaint after this call's change; also to whom it is not shown later."""
        return self.represented(
            get_object_or_404(Complaint.objects.all().with_plans(), pk=complaint.pk), status
        )

    def represented(self, whole: Complaint, status: int = 200) -> Response:
        return self.tagged(ComplaintOutput(whole).data, whole.version, status)

    @endpoint(
        "listComplaints",
        "Lister les réclamations",
        "Le registre des réclamations, difficultés et aléas, paginé ; un apprenant voit les siennes.",
        (200, ComplaintOutput(many=True), "Réclamations paginées"),
        tags=["Complaints"],
    )
    def list(self, request: Request) -> Response:
        return self.paged(ComplaintOutput)

    @endpoint(
        "getComplaint",
        "Détail d’une réclamation",
        "La réclamation, ses dates, sa réponse et les plans d’amélioration qui y répondent.",
        (200, ComplaintOutput, "Réclamation trouvée"),
        parameters=[COMPLAINT_ID],
        tags=["Complaints"],
    )
    def retrieve(self, request: Request, complaint_id: str) -> Response:
        return self.represented(self.get_object())

    @endpoint(
        "createComplaint",
        "Enregistrer une réclamation",
        "Enregistre une réclamation, une difficulté ou un aléa au statut OPEN.",
        (201, ComplaintOutput, "Réclamation enregistrée"),
        ("Réclamation enregistrée", examples.COMPLAINT),
        request=ComplaintInput,
        tags=["Complaints"],
    )
    def create(self, request: Request) -> Response:
        draft = services.ComplaintDraft(**self.validated(ComplaintInput))
        return self.answer(services.receive_complaint(draft=draft, actor=self.actor), status=201)

    @endpoint(
        "updateComplaint",
        "Traiter une réclamation",
        "Modifie une réclamation ou son statut. RESOLVED et REJECTED demandent une réponse "
        "(resolution) et renseignent resolvedAt ; revenir à IN_PROGRESS l’efface.",
        (200, ComplaintOutput, "Réclamation mise à jour"),
        ("Réclamation résolue", examples.COMPLAINT_ANSWERED),
        parameters=[COMPLAINT_ID],
        request=ComplaintChanges,
        tags=["Complaints"],
    )
    def partial_update(self, request: Request, complaint_id: str) -> Response:
        complaint = self.get_object()
        changes = self.validated(ComplaintChanges)
        complaint = services.change_complaint(
            complaint=complaint,
            changes=changes,
            actor=self.actor,
            expected_versions=self.expected_versions,
        )
        return self.answer(complaint)

    @endpoint(
        "acknowledgeComplaint",
        "Accuser réception d’une réclamation",
        "Note que son auteur sait qu’elle est arrivée. Une seule fois par réclamation.",
        (200, ComplaintOutput, "Accusé de réception noté"),
        parameters=[COMPLAINT_ID],
        request=AcknowledgementInput,
        tags=["Complaints"],
    )
    def acknowledge(self, request: Request, complaint_id: str) -> Response:
        complaint = services.acknowledge_complaint(
            complaint=self.get_object(),
            actor=self.actor,
            **self.validated(AcknowledgementInput),
            expected_versions=self.expected_versions,
        )
        return self.answer(complaint)

    @endpoint(
        "getComplaintStats",
        "Statistiques des réclamations",
        "Combien de réclamations reçues entre deux jours, accusées et répondues dans les délais "
        "annoncés, par thème.",
        (200, ComplaintStatsOutput, "Statistiques calculées"),
        parameters=[StatsQuery],
        filters=False,
        tags=["Complaints"],
    )
    def stats(self, request: Request) -> Response:
        bounds = stats_bounds(request)
        complaints = Complaint.objects.visible_to(self.actor)
        return Response(ComplaintStatsOutput(complaint_stats(complaints, **bounds)).data)
