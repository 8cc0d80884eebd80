from typing import Any

from django.db.models import F
from rest_framework.request import Request
from rest_framework.response import Response

from qualiforma.api.docs import an_id
from qualiforma.api.filters import OrderFilter, SearchFilter, WireFilterSet
from qualiforma.api.serializers import Input, Output, Text, TextOrNull
from qualiforma.search import searched_text
from qualiforma.training import services
from qualiforma.training.api import examples
from qualiforma.training.api.fields import OptionalText
from qualiforma.training.api.views import RecordViewSet, endpoint
from qualiforma.training.models import SEARCHED_COMPANIES, TITLE_MAX, Company

COMPANY_ID = an_id("company_id", "Identifiant de l’entreprise", "cmp_abc123")
# Fourteen digits, with the spaces that people write between them.
SIRET_MAX = 20
EMAIL_MAX = 254


class CompanyFilter(WireFilterSet):
    q = SearchFilter(fields=SEARCHED_COMPANIES, label="Mots du nom, ou chiffres du SIRET.")
    ordering = OrderFilter(
        by={"createdAt": F("created_at"), "name": searched_text("name")},
        label="Ordre ; sans lui, les plus récentes d’abord.",
    )

    class Meta:
        model = Company
        fields: tuple[str, ...] = ()


class CompanyInput(Input):
    example = examples.COMPANY_INPUT
    name = Text(max_length=TITLE_MAX)
    siret = OptionalText(max_length=SIRET_MAX, help_text="14 chiffres, clé de contrôle comprise.")
    contact_email = OptionalText(max_length=EMAIL_MAX)


class CompanyChanges(Input):
    example = examples.COMPANY_CHANGES
    name = Text(max_length=TITLE_MAX, required=False)
    siret = OptionalText(max_length=SIRET_MAX)
    contact_email = OptionalText(max_length=EMAIL_MAX)


class CompanyOutput(Output[Company]):
    example = examples.COMPANY
    siret = TextOrNull(max_length=14)
    contact_email = TextOrNull(max_length=EMAIL_MAX)

    class Meta:
        model = Company
        fields = ("id", "name", "siret", "contact_email", "created_at")


class CompanyViewSet(RecordViewSet[Company]):
    lookup_url_kwarg = "company_id"
    queryset = Company.objects.none()  # for the schema; `get_queryset` decides
    serializer_class = CompanyOutput
    by_database = True
    filterset_class = CompanyFilter

    def get_queryset(self) -> Any:
        return Company.objects.visible_to(self.actor).newest_first()

    def answer(self, company: Company, status: int = 200) -> Response:
        return self.tagged(CompanyOutput(company).data, company.version, status)

    @endpoint(
        "listCompanies",
        "Lister les entreprises",
        "Les entreprises clientes, paginées.",
        (200, CompanyOutput(many=True), "Entreprises paginées"),
    )
    def list(self, request: Request) -> Response:
        return self.paged(CompanyOutput)

    @endpoint(
        "getCompany",
        "Détail d’une entreprise",
        "L’entreprise, son SIRET et son adresse de contact.",
        (200, CompanyOutput, "Entreprise trouvée"),
        parameters=[COMPANY_ID],
    )
    def retrieve(self, request: Request, company_id: str) -> Response:
        return self.answer(self.get_object())

    @endpoint(
        "createCompany",
        "Enregistrer une entreprise",
        "Enregistre une entreprise cliente. Un SIRET n’est porté que par une entreprise.",
        (201, CompanyOutput, "Entreprise enregistrée"),
        ("Entreprise enregistrée", examples.COMPANY),
        request=CompanyInput,
    )
    def create(self, request: Request) -> Response:
        draft = services.CompanyDraft(**self.validated(CompanyInput))
        return self.answer(services.create_company(draft=draft, actor=self.actor), status=201)

    @endpoint(
        "updateCompany",
        "Modifier une entreprise",
        "Modifie le nom, le SIRET ou l’adresse de contact.",
        (200, CompanyOutput, "Entreprise mise à jour"),
        ("Entreprise mise à jour", {**examples.COMPANY, **examples.COMPANY_CHANGES}),
        parameters=[COMPANY_ID],
        request=CompanyChanges,
    )
    def partial_update(self, request: Request, company_id: str) -> Response:
        company = self.get_object()
        changes = self.validated(CompanyChanges)
        company = services.change_company(
            company=company,
            changes=changes,
            actor=self.actor,
            expected_versions=self.expected_versions,
        )
        return self.answer(company)
