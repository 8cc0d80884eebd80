"""The organisation's themes of complaints. Source: closed-loop, "Complaints, finished"."""

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from improvements import models, policies, services
from improvements.api import examples
from improvements.api.docs import endpoint
from improvements.models import ComplaintTheme
from improvements.services.themes import ThemeInUseError
from qualiforma.api.docs import an_id
from qualiforma.api.filters import FlagFilter, SearchFilter, WireFilterSet
from qualiforma.api.serializers import Input, Output, Text, WholeNumber
from qualiforma.api.views import KernelViewSet

THEME_ID = an_id("theme_id", "Identifiant du thème", "thm_accueil")
TAGS = ["Complaints"]
POSITION_MAX = 1000


class ThemeFilter(WireFilterSet):
    archived = FlagFilter(field_name="archived", label="Les archivés ; ou ceux en usage.")
    q = SearchFilter(fields=("name",), label="Mots du nom.")

    class Meta:
        model = ComplaintTheme
        fields: tuple[str, ...] = ()


class ThemeInput(Input):
    example = examples.THEME_INPUT
    name = Text(max_length=models.THEME_NAME_MAX)
    position = WholeNumber(required=False, min_value=0, max_value=POSITION_MAX)


class ThemeChanges(Input):
    example = examples.THEME_CHANGES
    name = Text(max_length=models.THEME_NAME_MAX, required=False)
    position = WholeNumber(required=False, min_value=0, max_value=POSITION_MAX)
    archived = serializers.BooleanField(required=False)


class ThemeOutput(Output[ComplaintTheme]):
    example = examples.THEME
    position = serializers.IntegerField(min_value=0, max_value=32767)

    class Meta:
        model = ComplaintTheme
        fields = ("id", "name", "position", "archived")


class ThemeViewSet(KernelViewSet[ComplaintTheme]):
    lookup_url_kwarg = "theme_id"
    etags = True
    queryset = ComplaintTheme.objects.none()  # for the schema; `get_queryset` decides
    serializer_class = ThemeOutput
    by_database = True
    filterset_class = ThemeFilter
    permissions = {
        "list": policies.can_read_themes,
        "retrieve": policies.can_read_themes,
        "create": policies.can_manage_themes,
        "partial_update": policies.can_manage_themes,
        "destroy": policies.can_manage_themes,
    }
    refusals = {"destroy": (ThemeInUseError(complaints=4),)}

    def get_queryset(self) -> QuerySet[ComplaintTheme]:
        themes: QuerySet[ComplaintTheme] = ComplaintTheme.objects.order_by("position", "name", "id")
        return themes

    def answer(self, theme: ComplaintTheme, status: int = 200) -> Response:
        return self.tagged(ThemeOutput(theme).data, theme.version, status)

    @endpoint(
        "listComplaintThemes",
        "Lister les thèmes de réclamation",
        "Les thèmes que l’organisme donne à ses réclamations, dans leur ordre.",
        (200, ThemeOutput(many=True), "Thèmes paginés"),
        tags=TAGS,
    )
    def list(self, request: Request) -> Response:
        return self.paged(ThemeOutput)

    @endpoint(
        "getComplaintTheme",
        "Détail d’un thème de réclamation",
        "Le thème, son rang et s’il est archivé.",
        (200, ThemeOutput, "Thème trouvé"),
        parameters=[THEME_ID],
        tags=TAGS,
    )
    def retrieve(self, request: Request, theme_id: str) -> Response:
        return self.answer(self.get_object())

    @endpoint(
        "addComplaintTheme",
        "Ajouter un thème de réclamation",
        "Ajoute un thème à la liste de l’organisme. Deux thèmes ne portent pas le même nom.",
        (201, ThemeOutput, "Thème ajouté"),
        request=ThemeInput,
        tags=TAGS,
    )
    def create(self, request: Request) -> Response:
        theme = services.add_theme(**self.validated(ThemeInput), actor=self.actor)
        return self.answer(theme, status=201)

    @endpoint(
        "updateComplaintTheme",
        "Modifier un thème de réclamation",
        "Renomme, déplace ou archive un thème. Un thème archivé n’est plus proposé ; les "
        "réclamations qui le portent le gardent.",
        (200, ThemeOutput, "Thème mis à jour"),
        parameters=[THEME_ID],
        request=ThemeChanges,
        tags=TAGS,
    )
    def partial_update(self, request: Request, theme_id: str) -> Response:
        theme = services.change_theme(
            theme=self.get_object(),
            changes=self.validated(ThemeChanges),
            actor=self.actor,
            expected_versions=self.expected_versions,
        )
        return self.answer(theme)

    @endpoint(
        "deleteComplaintTheme",
        "Supprimer un thème de réclamation",
        "Supprime un thème qu’aucune réclamation ne porte ; les autres s’archivent.",
        (204, None, "Thème supprimé"),
        parameters=[THEME_ID],
        tags=TAGS,
    )
    def destroy(self, request: Request, theme_id: str) -> Response:
        services.delete_theme(
            theme=self.get_object(), actor=self.actor, expected_versions=self.expected_versions
        )
        return Response(status=204)
