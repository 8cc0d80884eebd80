"""What was sent to a learner, and when. Source: evidence, "The evidence register"."""

from functools import partial

from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from compliance import policies, services
from compliance.api.paths_docs import ENROLLMENT_ID
from compliance.models import Evidence
from compliance.models import evidence as models
from compliance.querysets import EvidenceQuerySet
from qualiforma.api.docs import described
from qualiforma.api.serializers import CalendarDate, Input, Output, Text, TextOrNull
from qualiforma.api.views import KernelViewSet
from qualiforma.training.models import Enrollment

TAGS = ["Evidence"]
INFORMATION_INPUT = {
    "title": "Convocation et livret d’accueil",
    "sentOn": "2026-04-08",
    "how": "Par courriel, avec le règlement intérieur et le plan d’accès.",
    "author": "Claire Martin",
}
INFORMATION = {
    "id": "evd_8f3b21",
    **INFORMATION_INPUT,
    "fileCount": 0,
    "createdAt": "2026-04-08T09:12:00Z",
}


class InformationInput(Input):
    example = INFORMATION_INPUT
    title = Text(max_length=models.TITLE_MAX, help_text="Ce qui a été envoyé.")
    sent_on = CalendarDate(help_text="Jour de l’envoi.")
    how = Text(max_length=models.DESCRIPTION_MAX, help_text="Par quel moyen, à quelle adresse.")
    author = Text(
        max_length=models.AUTHOR_MAX, required=False, help_text="Sans lui : le nom de l’appelant."
    )


class InformationOutput(Output[Evidence]):
    """A piece of evidence of the register, as what was sent; its files are added there."""

    example = INFORMATION
    sent_on = serializers.DateField(source="document_date")
    how = TextOrNull(source="description", max_length=models.DESCRIPTION_MAX)
    file_count = serializers.IntegerField(min_value=0)

    class Meta:
        model = Evidence
        fields = ("id", "title", "sent_on", "how", "author", "file_count", "created_at")


endpoint = partial(described, tags=TAGS, parameters=[ENROLLMENT_ID])


class InformationViewSet(KernelViewSet[Evidence]):
    queryset = Evidence.objects.none()  # for the schema; `get_queryset` decides
    serializer_class = InformationOutput
    permissions = {"list": policies.can_read_records, "create": policies.can_write_records}

    def enrollment(self) -> Enrollment:
        visible = Enrollment.objects.visible_to(self.actor)
        found: Enrollment = get_object_or_404(visible, pk=self.kwargs["enrollment_id"])
        self.check_parameters()
        return found

    def get_queryset(self) -> EvidenceQuerySet:
        sent: EvidenceQuerySet = Evidence.objects.readable_by(self.actor)
        return sent.informing(self.enrollment().pk).newest_first()

    @endpoint(
        "listInformation",
        "Lister les informations envoyées à l’apprenant",
        "Ce qui a été envoyé à l’apprenant de cette inscription, et quand (indicateur 9) : les preuves "
        "du registre qui l’attestent, les plus récentes d’abord.",
        (200, InformationOutput(many=True), "Informations paginées"),
    )
    def list(self, request: Request, enrollment_id: str) -> Response:
        return self.paged(InformationOutput)

    @endpoint(
        "recordInformation",
        "Noter une information envoyée à l’apprenant",
        "Garde ce qui a été envoyé, quand et comment : une preuve de nature RECORD pour cette "
        "inscription. Le message lui-même se dépose ensuite comme fichier de la preuve.",
        (201, InformationOutput, "Information notée"),
        request=InformationInput,
    )
    def create(self, request: Request, enrollment_id: str) -> Response:
        enrollment = self.enrollment()
        draft = services.InformationDraft(**self.validated(InformationInput))
        sent = services.record_information(enrollment=enrollment, draft=draft, actor=self.actor)
        return self.answered(InformationOutput(sent).data, 201)
