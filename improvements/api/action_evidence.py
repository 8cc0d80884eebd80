"""Evidence of one corrective action, kept in the register of evidence. Source: closed-loop, "Plan and action"."""

from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from improvements.api.attachments import FREE_HELP
from improvements.api.docs import ACTION_ID, PLAN_ID, endpoint
from improvements.models import CorrectiveAction, ImprovementPlan
from improvements.services import indicators_of
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.policies import anybody
from qualiforma.api.parsers import FormParser
from qualiforma.api.serializers import FormFlag, Input, InstantField
from qualiforma.api.views import KernelViewSet
from qualiforma.followup.proofs import Proof, keeper
from qualiforma.training.api.fields import OptionalText
from qualiforma.uploads import Upload

TITLE_MAX = 200
TEXT_MAX = 5000
EVIDENCE = {
    "id": "evd_8f3b21",
    "title": "Modèle de convocation révisé",
    "createdAt": "2026-09-28T15:40:00Z",
}
RECORD_TYPE = "CORRECTIVE_ACTION"


def may_add(actor: Actor) -> bool:
    """Say whether this person may add to the register of evidence."""
    return keeper().may_keep(actor)


class ActionEvidenceInput(Input):
    file = serializers.FileField(
        max_length=255, required=False, help_text="PDF, PNG, JPEG, XLSX ou DOCX, 20 Mo au plus."
    )
    text = OptionalText(max_length=TEXT_MAX, help_text="Ce qui a été fait.")
    title = OptionalText(max_length=TITLE_MAX, help_text="Sans titre : celui de l’action.")
    free_of_personal_data = FormFlag(default=False, help_text=FREE_HELP)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what shows nothing."""
        if not attrs.get("file") and not attrs.get("text"):
            detail = _("Ajoutez un fichier ou un texte.")
            raise ValidationError({"file": [ErrorDetail(detail, code="required")]})
        return attrs


class ActionEvidenceOutput(Input):
    example = EVIDENCE
    id = serializers.CharField(source="pk", help_text="Identifiant de la preuve au registre.")
    title = serializers.CharField(max_length=TITLE_MAX)
    created_at = InstantField()


class ActionEvidenceViewSet(KernelViewSet[CorrectiveAction]):
    queryset = CorrectiveAction.objects.none()  # for the schema; `get_queryset` decides
    serializer_class = ActionEvidenceOutput
    permissions = {"list": anybody, "create": may_add}

    def get_parsers(self) -> list[Any]:
        method = getattr(self.request, "method", "POST")
        return [FormParser()] if method == "POST" else super().get_parsers()

    @cached_property
    def action_row(self) -> CorrectiveAction:
        """The action that the path names, if the caller sees it and its plan."""
        plans = ImprovementPlan.objects.visible_to(self.actor)
        plan = get_object_or_404(plans, pk=self.kwargs["plan_id"])
        actions = CorrectiveAction.objects.visible_to(self.actor).select_related("plan")
        action: CorrectiveAction = get_object_or_404(
            actions, plan=plan, pk=self.kwargs["action_id"]
        )
        self.check_parameters()
        return action

    def get_queryset(self) -> Any:
        return keeper().rows(RECORD_TYPE, [self.action_row.pk], self.actor)

    @endpoint(
        "listActionEvidence",
        "Lister les preuves d’une action corrective",
        "Les preuves du registre qui montrent ce qui a été fait, les plus récentes d’abord : celles "
        "que l’appelant peut lire.",
        (200, ActionEvidenceOutput(many=True), "Preuves paginées"),
        parameters=[PLAN_ID, ACTION_ID],
    )
    def list(self, request: Request, plan_id: str, action_id: str) -> Response:
        return self.paged(ActionEvidenceOutput)

    @endpoint(
        "addActionEvidence",
        "Joindre une preuve à une action corrective",
        "Ajoute au registre des preuves un fichier, ou à défaut un texte, qui montre ce qui a été fait ; "
        "la preuve sert les indicateurs du plan. Possible aussi sur un plan clôturé, qui ne change pas. "
        "Une preuve qui existe déjà se rattache par PATCH /evidence/{evidence_id}, avec record.",
        (201, ActionEvidenceOutput, "Preuve ajoutée"),
        ("Preuve ajoutée", EVIDENCE),
        parameters=[PLAN_ID, ACTION_ID],
        request={"multipart/form-data": ActionEvidenceInput},
    )
    def create(self, request: Request, plan_id: str, action_id: str) -> Response:
        action, body = self.action_row, self.validated(ActionEvidenceInput)
        sent = body.get("file")
        upload = (
            Upload(sent.name, sent.size, sent.file, body["free_of_personal_data"]) if sent else None
        )
        proof = Proof(
            record_type=RECORD_TYPE,
            record_id=action.pk,
            title=body.get("title") or _("Fait : %s") % action.description,
            indicators=indicators_of(action.plan),
            text=body.get("text", ""),
            upload=upload,
        )
        kept = keeper().keep(proof, self.actor)
        return self.answered(ActionEvidenceOutput(kept.row).data, status=201)
