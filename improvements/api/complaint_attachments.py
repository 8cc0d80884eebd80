"""Files of a complaint: what was received, what was sent. For those who read the register."""

from typing import Any

from django.utils.functional import cached_property
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from improvements import policies, services
from improvements.api import examples
from improvements.api.attachments import FileInput, FileOutput, FileViewSet
from improvements.api.complaints import COMPLAINT_ID
from improvements.api.docs import endpoint
from improvements.models import Complaint, ComplaintAttachment
from improvements.services.attachments import ATTACHMENTS_MAX
from improvements.services.exceptions import TooManyAttachmentsError
from qualiforma.api.docs import an_id
from qualiforma.uploads import Upload

ATTACHMENT_ID = an_id("attachment_id", "Identifiant de la pièce jointe", "caf_8f3b21")


class ComplaintAttachmentInput(FileInput):
    pass


class ComplaintAttachmentOutput(FileOutput[ComplaintAttachment]):
    example = examples.COMPLAINT_ATTACHMENT

    class Meta:
        model = ComplaintAttachment
        fields = (
            "id",
            "name",
            "content_type",
            "size",
            "sha256",
            "uploaded_by",
            "created_at",
            "url",
        )


class ComplaintAttachmentViewSet(FileViewSet[ComplaintAttachment]):
    queryset = ComplaintAttachment.objects.none()  # for the schema; `get_queryset` decides
    serializer_class = ComplaintAttachmentOutput
    permissions = {
        "list": policies.can_read_complaint_register,
        "create": policies.can_manage_complaints,
        "destroy": policies.can_manage_complaints,
    }
    refusals = {"create": (TooManyAttachmentsError(most=ATTACHMENTS_MAX),)}

    @cached_property
    def complaint(self) -> Complaint:
        """The complaint that the path names, if the caller sees it."""
        complaints = Complaint.objects.visible_to(self.actor)
        complaint: Complaint = get_object_or_404(complaints, pk=self.kwargs["complaint_id"])
        self.check_parameters()
        return complaint

    def get_queryset(self) -> Any:
        return self.complaint.attachments.order_by("-created_at", "-id")

    @endpoint(
        "listComplaintAttachments",
        "Lister les pièces jointes d’une réclamation",
        "Les fichiers de la réclamation, les plus récents d’abord, chacun avec un lien valable "
        "15 minutes.",
        (200, ComplaintAttachmentOutput(many=True), "Pièces jointes paginées"),
        parameters=[COMPLAINT_ID],
        tags=["Complaints"],
    )
    def list(self, request: Request, complaint_id: str) -> Response:
        return self.paged(ComplaintAttachmentOutput)

    @endpoint(
        "addComplaintAttachment",
        "Joindre un fichier à une réclamation",
        "Dépose un fichier sur une réclamation, traitée ou non : PDF, PNG, JPEG, XLSX ou DOCX, "
        "20 Mo au plus, reconnu à son contenu.",
        (201, ComplaintAttachmentOutput, "Fichier déposé"),
        ("Fichier déposé", examples.COMPLAINT_ATTACHMENT),
        parameters=[COMPLAINT_ID],
        request={"multipart/form-data": ComplaintAttachmentInput},
        tags=["Complaints"],
    )
    def create(self, request: Request, complaint_id: str) -> Response:
        complaint = self.complaint
        sent = self.validated(ComplaintAttachmentInput)["file"]
        attachment = services.add_complaint_attachment(
            complaint=complaint,
            upload=Upload(sent.name, sent.size, sent.file),
            actor=self.actor,
            expected_versions=self.expected_versions,
        )
        row = ComplaintAttachmentOutput(attachment).data
        return self.tagged(row, attachment.complaint.version, status=201)

    @endpoint(
        "deleteComplaintAttachment",
        "Retirer une pièce jointe d’une réclamation",
        "Retire un fichier d’une réclamation ; le journal garde son nom et son empreinte.",
        (204, None, "Fichier retiré"),
        parameters=[COMPLAINT_ID, ATTACHMENT_ID],
        tags=["Complaints"],
    )
    def destroy(self, request: Request, complaint_id: str, attachment_id: str) -> Response:
        services.remove_complaint_attachment(
            attachment=self.get_object(), actor=self.actor, expected_versions=self.expected_versions
        )
        return Response(status=204)
