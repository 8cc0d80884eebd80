"""Files of a plan. Source: api-improvements, "Close"."""

from typing import Any, TypeVar

from django.utils.functional import cached_property
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from improvements import policies, services
from improvements.api import examples
from improvements.api.docs import FROZEN, PLAN_ID, endpoint
from improvements.models import (
    ATTACHMENT_KEY_MAX,
    ComplaintAttachment,
    ImprovementPlan,
    PlanAttachment,
)
from improvements.services.attachments import ATTACHMENTS_MAX
from improvements.services.exceptions import TooManyAttachmentsError
from qualiforma.accounts.policies import anybody
from qualiforma.api.docs import an_id
from qualiforma.api.parsers import FormParser
from qualiforma.api.serializers import Flag, FormFlag, Input, Output
from qualiforma.api.views import KernelViewSet
from qualiforma.filelinks import file_link
from qualiforma.uploads import Upload

ATTACHMENT_ID = an_id("attachment_id", "Identifiant de la pièce jointe", "att_8f3b21")
URL_MAX = 2000
M = TypeVar("M", bound=PlanAttachment | ComplaintAttachment)
FREE_HELP = "Le fichier ne nomme personne : un dossier d’audit sans les noms peut le contenir."


class FileInput(Input):
    """A file as plans and complaints take it."""

    file = serializers.FileField(
        max_length=255, help_text="PDF, PNG, JPEG, XLSX ou DOCX, 20 Mo au plus."
    )


class AttachmentInput(FileInput):
    free_of_personal_data = FormFlag(default=False, help_text=FREE_HELP)


class AttachmentChanges(Input):
    example = {"freeOfPersonalData": True}
    free_of_personal_data = Flag(help_text=FREE_HELP)


class FileOutput(Output[M]):
    """A stored file, with a link to it."""

    uploaded_by = serializers.CharField(source="uploaded_by_id")
    url = serializers.SerializerMethodField(help_text="Lien signé, valable 15 minutes.")

    @extend_schema_field({"type": "string", "format": "uri", "maxLength": URL_MAX})
    def get_url(self, attachment: M) -> str:
        return file_link(attachment.key, attachment.name)


class AttachmentOutput(FileOutput[PlanAttachment]):
    example = examples.ATTACHMENT
    attachment_s3_key = serializers.CharField(source="key", max_length=ATTACHMENT_KEY_MAX)

    class Meta:
        model = PlanAttachment
        fields = (
            "id",
            "attachment_s3_key",
            "name",
            "content_type",
            "size",
            "sha256",
            "free_of_personal_data",
            "uploaded_by",
            "created_at",
            "url",
        )


class FileViewSet(KernelViewSet[M]):
    """The files of a record; one is sent as a form."""

    etags = True
    lookup_url_kwarg = "attachment_id"

    def get_parsers(self) -> list[Any]:
        method = getattr(self.request, "method", "POST")
        return [FormParser()] if method == "POST" else super().get_parsers()


class AttachmentViewSet(FileViewSet[PlanAttachment]):
    queryset = PlanAttachment.objects.none()  # for the schema; `get_queryset` decides
    serializer_class = AttachmentOutput
    permissions = {
        "list": anybody,
        "create": policies.can_manage_plans,
        "partial_update": policies.can_manage_plans,
        "destroy": policies.can_manage_plans,
    }
    refusals = {
        "create": (FROZEN, TooManyAttachmentsError(most=ATTACHMENTS_MAX)),
        "destroy": (FROZEN,),
    }

    @cached_property
    def plan(self) -> ImprovementPlan:
        """The plan that the path names, if the caller sees it."""
        plans = ImprovementPlan.objects.visible_to(self.actor)
        plan: ImprovementPlan = get_object_or_404(plans, pk=self.kwargs["plan_id"])
        self.check_parameters()
        return plan

    def get_queryset(self) -> Any:
        return self.plan.attachments.order_by("-created_at", "-id")

    @endpoint(
        "listAttachments",
        "Lister les pièces jointes d’un plan",
        "Les fichiers du plan, les plus récents d’abord, chacun avec un lien valable 15 minutes.",
        (200, AttachmentOutput(many=True), "Pièces jointes paginées"),
        parameters=[PLAN_ID],
    )
    def list(self, request: Request, plan_id: str) -> Response:
        return self.paged(AttachmentOutput)

    @endpoint(
        "addAttachment",
        "Joindre un fichier à un plan",
        "Dépose un fichier sur un plan ouvert : PDF, PNG, JPEG, XLSX ou DOCX, 20 Mo au plus, "
        "reconnu à son contenu. La clé rendue sert à la clôture.",
        (201, AttachmentOutput, "Fichier déposé"),
        ("Fichier déposé", examples.ATTACHMENT),
        parameters=[PLAN_ID],
        request={"multipart/form-data": AttachmentInput},
    )
    def create(self, request: Request, plan_id: str) -> Response:
        plan = self.plan
        body = self.validated(AttachmentInput)
        sent = body["file"]
        upload = Upload(sent.name, sent.size, sent.file, body["free_of_personal_data"])
        attachment = services.add_attachment(
            plan=plan, upload=upload, actor=self.actor, expected_versions=self.expected_versions
        )
        return self.tagged(AttachmentOutput(attachment).data, attachment.plan.version, status=201)

    @endpoint(
        "updateAttachment",
        "Dire si une pièce jointe est sans donnée personnelle",
        "Les dossiers d’audit sans les noms ne contiennent que les fichiers qui ne nomment personne. "
        "Possible sur un plan clôturé : ni le fichier ni le plan ne changent.",
        (200, AttachmentOutput, "Pièce jointe"),
        ("Pièce jointe", examples.ATTACHMENT),
        parameters=[PLAN_ID, ATTACHMENT_ID],
        request=AttachmentChanges,
    )
    def partial_update(self, request: Request, plan_id: str, attachment_id: str) -> Response:
        attachment = services.mark_attachment(
            attachment=self.get_object(),
            **self.validated(AttachmentChanges),
            actor=self.actor,
            expected_versions=self.expected_versions,
        )
        return self.tagged(AttachmentOutput(attachment).data, attachment.plan.version)

    @endpoint(
        "deleteAttachment",
        "Retirer une pièce jointe",
        "Retire un fichier d’un plan ouvert.",
        (204, None, "Fichier retiré"),
        parameters=[PLAN_ID, ATTACHMENT_ID],
    )
    def destroy(self, request: Request, plan_id: str, attachment_id: str) -> Response:
        services.remove_attachment(
            attachment=self.get_object(), actor=self.actor, expected_versions=self.expected_versions
        )
        return Response(status=204)
