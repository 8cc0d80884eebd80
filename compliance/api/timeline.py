"""The timeline of a training file. Source: public API, GET /paf/enrollments/:id/timeline."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.api import paths_docs as docs
from compliance.documents.learner_file import export_learner_file
from compliance.states import GapReason
from compliance.timeline import read_file
from compliance.timeline.files import with_facts
from qualiforma.accounts.policies import anybody
from qualiforma.api.found import FoundViewSet
from qualiforma.api.indicators import IndicatorLabel
from qualiforma.api.responses import PdfFile
from qualiforma.api.serializers import InstantField, renamed
from qualiforma.qualiopi.grids import INDICATOR_MAX
from qualiforma.timeline import EventType
from qualiforma.training.models import Enrollment
from qualiforma.training.querysets import EnrollmentQuerySet

TIMELINE: docs.Body = {
    "enrollmentId": "enr_abc123",
    "events": [
        {
            "date": "2026-04-01T10:00:00Z",
            "type": "ENROLLMENT_CREATED",
            "description": "Inscription créée par admin@qualiforma.fr",
            "metadata": {"enrollmentId": "enr_abc123", "courseId": "crs_excel_init"},
        },
        {
            "date": "2026-04-02T09:30:00Z",
            "type": "NEEDS_ANALYSIS_COMPLETED",
            "description": "Analyse des besoins validée — niveau cible : ADVANCED",
            "metadata": {"needsAnalysisId": "nda_8f3b21", "targetLevel": "ADVANCED"},
        },
        {
            "date": "2026-04-15T14:00:00Z",
            "type": "PRE_QUESTIONNAIRE_COMPLETED",
            "description": "Questionnaire pré-formation rempli (score 12/20)",
            "metadata": {"submissionId": "sub_8f3b21", "score": 12, "maxScore": 20},
        },
    ],
    "gaps": [
        {
            "type": "EMARGEMENT_SIGNED",
            "expectedBefore": "CERTIFICATE_ISSUED",
            "reason": "MISSING",
            "indicator": 12,
            "indicatorLabel": "Engagement entretenu, abandons, violences et discriminations prévenus",
            "description": "Session suivie sans émargement : Excel – jour 1.",
            "sessionId": "ses_8f3b21",
        }
    ],
}


class Answered(serializers.Serializer[Any]):
    """A part of the answer, camelCase like the others."""

    def get_fields(self) -> dict[str, Any]:
        return renamed(super().get_fields())


@extend_schema_field({"type": "object", "additionalProperties": True})
class Metadata(serializers.DictField):
    """The source record's id and figures, by type."""


class EventOutput(Answered):
    date = InstantField()
    type = serializers.ChoiceField(choices=EventType.choices)
    description = serializers.CharField()
    metadata = Metadata()


class GapOutput(Answered):
    type = serializers.ChoiceField(
        choices=EventType.choices, help_text="L’étape qui manque, ou qui vient trop tard."
    )
    expected_before = serializers.ChoiceField(
        choices=EventType.choices, required=False, help_text="L’étape qu’elle doit précéder."
    )
    reason = serializers.ChoiceField(choices=GapReason.choices)
    indicator = serializers.IntegerField(
        min_value=1,
        max_value=INDICATOR_MAX,
        required=False,
        help_text="Indicateur Qualiopi que l’étape sert ; absent d’une inscription tardive.",
    )
    indicator_label = IndicatorLabel(source="indicator", required=False)
    description = serializers.CharField()
    session_id = serializers.CharField(required=False)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        row = super().to_representation(instance)
        return {name: value for name, value in row.items() if value is not None}


class TimelineOutput(Answered):
    example = TIMELINE
    enrollment_id = serializers.CharField()
    events = EventOutput(many=True)
    gaps = GapOutput(many=True)


class TimelineViewSet(FoundViewSet[Enrollment]):
    lookup_url_kwarg = "enrollment_id"
    queryset = Enrollment.objects.none()  # for the schema; `get_queryset` decides
    serializer_class = TimelineOutput
    permissions = {"retrieve": anybody}  # a learner's own is the queryset's business

    def get_queryset(self) -> EnrollmentQuerySet:
        return with_facts(Enrollment.objects.followed_by(self.actor))

    @docs.about_files(
        "getPafTimeline",
        "Timeline du Plan d’Action Formation",
        "Retourne la timeline complète d’un Plan d’Action Formation pour une inscription : "
        "création, analyse des besoins, sessions, émargements, questionnaires, attestations. Trié "
        "par date croissante. gaps dit ce qu’un auditeur cherchera sans le trouver (MISSING) ou "
        "trouvera dans le mauvais ordre (OUT_OF_ORDER).",
        (200, TimelineOutput, "Timeline reconstituée"),
        ("Timeline reconstituée", TIMELINE),
        parameters=[docs.ENROLLMENT_ID],
    )
    def retrieve(self, request: Request, enrollment_id: str) -> Response:
        file = read_file(self.get_object())
        # The events come from the database as they are answered.
        return Response(
            {
                "enrollmentId": file.enrollment_id,
                "events": file.events,
                "gaps": GapOutput(file.gaps, many=True).data,
            }
        )


class LearnerFileViewSet(TimelineViewSet):
    """The same records as the timeline, as a document."""

    def get_queryset(self) -> EnrollmentQuerySet:
        return super().get_queryset().select_related("user", "course", "company")

    @docs.about_files(
        "getEnrollmentFile",
        "Dossier de formation en PDF",
        "Le dossier d’une inscription, à remettre ou à archiver (PDF/A) : ce qui est attendu et ce "
        "qui a été trouvé, les manques, la chronologie. L’export est inscrit au journal d’audit.",
        ((200, "application/pdf"), OpenApiTypes.BINARY, "Dossier de formation"),
        parameters=[docs.ENROLLMENT_ID],
    )
    def retrieve(self, request: Request, enrollment_id: str) -> PdfFile:  # type: ignore[override]  # a file
        enrollment = self.get_object()
        content = export_learner_file(enrollment=enrollment, actor=self.actor)
        return PdfFile(content, name=f"dossier-{enrollment.pk}.pdf")
