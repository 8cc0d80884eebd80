"""Adaptive paths and their assignments. Source: public API, /adaptive-paths; api-compliance."""

from collections.abc import Sequence
from typing import Any

from django.db.models import F, OuterRef, Prefetch
from django.utils.functional import cached_property
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from compliance import policies, services
from compliance.api import paths_docs as docs
from compliance.models import AdaptivePath, PathAssignment, PathModule
from compliance.models import paths as models
from compliance.querysets import PathQuerySet
from compliance.states import LackKind, ModuleState, UnlockCondition
from qualiforma.api.derived import JsonText, list_of
from qualiforma.api.filters import EnumFilter, IdFilter, SearchFilter, WireFilterSet
from qualiforma.api.found import FoundViewSet
from qualiforma.api.serializers import (
    Choice,
    Flag,
    Id,
    Input,
    Output,
    Rows,
    Text,
    TextOrNull,
    WholeNumber,
)
from qualiforma.api.views import KernelViewSet
from qualiforma.errors import MissingError
from qualiforma.training.api.fields import OptionalText
from qualiforma.training.states import Level


class PathFilter(WireFilterSet):
    target_audience = EnumFilter(enum=Level)
    course_id = IdFilter(
        prefix="crs", method="by_course", label="Formation d’un module de la version actuelle."
    )
    q = SearchFilter(fields=models.SEARCHED_PATHS, label="Mots du nom ou de la description.")

    class Meta:
        model = AdaptivePath
        fields: tuple[str, ...] = ()

    def by_course(self, paths: Any, _name: str, value: str) -> Any:
        return paths.with_course(value)


class AssignmentFilter(WireFilterSet):
    user_id = IdFilter(prefix="usr", field_name="user", label="Apprenant.")

    class Meta:
        model = PathAssignment
        fields: tuple[str, ...] = ()


class PathModuleInput(Input):
    course_id = Id("crs")
    order = WholeNumber(min_value=1, max_value=models.MODULES_MAX)
    mandatory = Flag()
    unlock_condition = Choice(
        UnlockCondition,
        required=False,
        help_text="Porte sur le dernier module obligatoire avant celui-ci ; sans effet s’il n’y en a pas.",
    )

    class Meta:
        list_serializer_class = Rows


def module_list(**kwargs: Any) -> PathModuleInput:
    return PathModuleInput(many=True, min_length=1, max_length=models.MODULES_MAX, **kwargs)


class PathInput(Input):
    example = docs.PATH_INPUT
    name = Text(max_length=models.NAME_MAX)
    description = OptionalText(max_length=models.DESCRIPTION_MAX)
    target_audience = Choice(Level)
    modules = module_list()
    prerequisite_assessment_id = Id("qst", required=False, allow_null=True)


class PathChanges(Input):
    example = docs.PATH_CHANGES
    name = Text(max_length=models.NAME_MAX, required=False)
    description = OptionalText(max_length=models.DESCRIPTION_MAX)
    target_audience = Choice(Level, required=False)
    modules = module_list(required=False)
    prerequisite_assessment_id = Id("qst", required=False, allow_null=True)
    reason = OptionalText(
        max_length=models.REASON_MAX,
        help_text="Pourquoi le parcours change ; gardé avec la version.",
    )


class AssignmentInput(Input):
    example = docs.ASSIGNMENT_INPUT
    user_id = Id("usr")
    needs_analysis_id = Id("nda", required=False, allow_null=True)
    rationale = Text(max_length=models.RATIONALE_MAX)


class PathModuleOutput(Output[PathModule]):
    course_id = serializers.CharField()
    title = serializers.CharField(source="course.title")
    in_sql = {"title": lambda: F("course__title")}

    class Meta:
        model = PathModule
        fields: tuple[str, ...] = ("course_id", "order", "mandatory", "unlock_condition", "title")


def current_modules() -> JsonText:
    """Return the modules of a path's present version in SQL: as its `current_modules`."""
    modules = PathModule.objects.filter(path=OuterRef("pk"), version__number=OuterRef("version"))
    return list_of(modules.order_by("order"), PathModuleOutput)


class PathOutput(Output[AdaptivePath]):
    example = docs.PATH
    description = TextOrNull(max_length=models.DESCRIPTION_MAX)
    modules = PathModuleOutput(source="current_modules", many=True)
    prerequisite_assessment_id = serializers.CharField(allow_null=True)
    created_by = serializers.CharField(source="created_by_id", allow_null=True)
    in_sql = {"modules": current_modules}

    class Meta:
        model = AdaptivePath
        fields = (
            "id",
            "name",
            "description",
            "target_audience",
            "modules",
            "prerequisite_assessment_id",
            "version",
            "created_at",
            "created_by",
        )


class Percentage(serializers.FloatField):
    """Per cent, two decimals, rounded down."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=100, **kwargs)


class LackOutput(Input):
    kind = serializers.ChoiceField(choices=LackKind.choices)
    questionnaire_id = serializers.CharField(required=False)
    course_id = serializers.CharField(required=False)
    required_score = serializers.IntegerField(required=False, min_value=0, max_value=100)
    reached_score = Percentage(required=False)
    description = serializers.CharField()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """What a kind has nothing to say of is left out."""
        row = super().to_representation(instance)
        return {name: value for name, value in row.items() if value is not None}


class CountedOutput(Input):
    course_id = serializers.CharField()
    score = Percentage(allow_null=True)


class ModuleStateOutput(Input):
    course_id = serializers.CharField(source="module.course_id")
    title = serializers.CharField(source="module.course.title")
    order = serializers.IntegerField(source="module.order", min_value=1)
    mandatory = serializers.BooleanField(source="module.mandatory")
    unlock_condition = serializers.ChoiceField(
        choices=UnlockCondition.choices, source="module.unlock_condition"
    )
    state = serializers.ChoiceField(choices=ModuleState.choices)
    score = Percentage(
        allow_null=True, help_text="Meilleur score POST de l’apprenant dans ce module, en %."
    )
    counted = CountedOutput(
        allow_null=True,
        help_text="Le score que regarde la condition de ce module, si elle en a un.",
    )
    missing = LackOutput(many=True, help_text="Ce qui manque pour ouvrir le module.")


class AssignmentOutput(Output[PathAssignment]):
    example = docs.ASSIGNMENT
    path_id = serializers.CharField()
    version = serializers.IntegerField(source="version.number")
    user_id = serializers.CharField()
    needs_analysis_id = serializers.CharField(allow_null=True)
    assigned_by = serializers.CharField(source="assigned_by_id", allow_null=True)
    modules = ModuleStateOutput(source="progress", many=True)

    class Meta:
        model = PathAssignment
        fields = (
            "id",
            "path_id",
            "version",
            "user_id",
            "needs_analysis_id",
            "rationale",
            "assigned_at",
            "assigned_by",
            "modules",
        )


class PathViewSet(FoundViewSet[AdaptivePath]):
    lookup_url_kwarg = "path_id"
    etags = True
    queryset = AdaptivePath.objects.none()  # for the schema; `get_queryset` decides
    serializer_class = PathOutput
    by_database = True
    filterset_class = PathFilter
    permissions = {
        "list": policies.can_read_records,
        "retrieve": policies.can_read_records,
        "create": policies.can_write_records,
        "partial_update": policies.can_write_records,
        "destroy": policies.can_write_records,
    }
    refusals = docs.PATH_REFUSALS

    def get_queryset(self) -> PathQuerySet:
        """Paths, in a list with their modules, which the serializer shows."""
        paths: PathQuerySet = AdaptivePath.objects.visible_to(self.actor)
        if self.action != "list":
            return paths
        modules = PathModule.objects.filter(version__number=F("path__version"))
        current = Prefetch("modules", modules.select_related("course", "version"))
        return paths.prefetch_related(current).newest_first()

    def answer(self, path: AdaptivePath, status: int = 200) -> Response:
        """The path after this call's change. Cost: one query."""
        return self.represented(path.pk, status)

    def represented(self, key: str, status: int = 200) -> Response:
        """The path as the database writes it. Errors: 404."""
        written = self.written_one(PathOutput, self.get_queryset, key, status)
        if written is None:
            raise MissingError
        return written

    @docs.about_paths(
        "listAdaptivePaths",
        "Lister les parcours adaptatifs",
        "Les parcours de l’organisme, paginés, chacun avec les modules de sa version actuelle.",
        (200, PathOutput(many=True), "Parcours paginés"),
    )
    def list(self, request: Request) -> Response:
        return self.paged(PathOutput)

    @docs.about_paths(
        "getAdaptivePath",
        "Détail d’un parcours adaptatif",
        "Le parcours et les modules de sa version actuelle, dans l’ordre.",
        (200, PathOutput, "Parcours trouvé"),
        parameters=[docs.PATH_ID],
    )
    def retrieve(self, request: Request, path_id: str) -> Response:
        answer = self.represented(path_id)
        self.check_parameters()
        return answer

    @docs.about_paths(
        "createAdaptivePath",
        "Créer un parcours adaptatif",
        "Crée un parcours adaptatif composé de plusieurs formations enchaînées avec un ordre, des "
        "conditions de déblocage et un assessment de prérequis facultatif. L’ordre va de 1 au "
        "nombre de modules, sans trou.",
        (201, PathOutput, "Parcours créé"),
        ("Parcours créé", docs.PATH),
        request=PathInput,
    )
    def create(self, request: Request) -> Response:
        fields = self.validated(PathInput)
        modules = [services.ModuleDraft(**one) for one in fields.pop("modules")]
        draft = services.PathDraft(**fields, modules=modules)
        return self.answer(services.create_path(draft=draft, actor=self.actor), status=201)

    @docs.about_paths(
        "updateAdaptivePath",
        "Modifier un parcours adaptatif",
        "Modifie un parcours ; modules remplace toute la liste. Chaque modification fait une "
        "nouvelle version ; les apprenants gardent celle qui leur a été affectée.",
        (200, PathOutput, "Parcours modifié"),
        ("Nouvelle version", docs.PATH_CHANGED),
        parameters=[docs.PATH_ID],
        request=PathChanges,
    )
    def partial_update(self, request: Request, path_id: str) -> Response:
        path = self.get_object()
        changes = self.validated(PathChanges)
        reason = changes.pop("reason", "")
        if "modules" in changes:
            changes["modules"] = [services.ModuleDraft(**one) for one in changes["modules"]]
        path = services.change_path(
            path=path,
            changes=changes,
            reason=reason,
            actor=self.actor,
            expected_versions=self.expected_versions,
        )
        return self.answer(path)

    @docs.about_paths(
        "deleteAdaptivePath",
        "Supprimer un parcours adaptatif",
        "Supprime un parcours qu’aucun apprenant n’a reçu ; il reste gardé pour l’audit.",
        (204, None, "Parcours supprimé"),
        parameters=[docs.PATH_ID],
    )
    def destroy(self, request: Request, path_id: str) -> Response:
        services.delete_path(
            path=self.get_object(), actor=self.actor, expected_versions=self.expected_versions
        )
        return Response(status=204)


class AssignmentViewSet(KernelViewSet[PathAssignment]):
    queryset = PathAssignment.objects.none()  # for the schema; assignments are found by their path
    serializer_class = AssignmentOutput
    filterset_class = AssignmentFilter
    permissions = {
        "list": policies.can_read_records,
        "create": policies.can_write_records,
        "retrieve": policies.can_read_records,
    }
    refusals = docs.ASSIGNMENT_REFUSALS

    @cached_property
    def path(self) -> AdaptivePath:
        """The path that the address names."""
        paths = AdaptivePath.objects.visible_to(self.actor)
        path: AdaptivePath = get_object_or_404(paths, pk=self.kwargs["path_id"])
        return path

    def get_queryset(self) -> Any:
        return self.path.assignments.all().whole().newest_first()

    def told(self, assignments: Sequence[Any]) -> Any:
        """The assignments, their modules as they are now for each learner. Cost: four queries."""
        progress = services.progress_of(assignments)
        for one in assignments:
            one.progress = progress[one.pk]
        return AssignmentOutput(assignments, many=True).data

    @docs.about_paths(
        "listAdaptivePathAssignments",
        "Lister les affectations d’un parcours",
        "Qui a reçu le parcours, pourquoi, dans quelle version, et où chacun en est ; paginé, les "
        "dernières affectations d’abord.",
        (200, AssignmentOutput(many=True), "Affectations paginées"),
        parameters=[docs.GIVEN_PATH_ID],
    )
    def list(self, request: Request, path_id: str) -> Response:
        assignments = self.get_queryset()
        self.check_parameters()
        page = self.paginate_queryset(self.filter_queryset(assignments))
        return self.get_paginated_response(self.told(page or []))

    @docs.about_paths(
        "assignAdaptivePath",
        "Affecter un parcours à un apprenant",
        "Affecte la version actuelle du parcours à un apprenant : pourquoi lui, par qui, quand.",
        (201, AssignmentOutput, "Parcours affecté"),
        ("Parcours affecté", docs.ASSIGNMENT),
        parameters=[docs.GIVEN_PATH_ID],
        request=AssignmentInput,
    )
    def create(self, request: Request, path_id: str) -> Response:
        path = self.path
        self.check_parameters()
        draft = services.AssignmentDraft(**self.validated(AssignmentInput))
        made = services.assign_path(path=path, draft=draft, actor=self.actor)
        return Response(self.told([made])[0], status=201)

    @docs.about_paths(
        "getAdaptivePathAssignment",
        "Avancement d’un apprenant dans un parcours",
        "La version affectée, module par module : état calculé des inscriptions et des "
        "questionnaires, score retenu et ce qui manque encore.",
        (200, AssignmentOutput, "Affectation trouvée"),
        parameters=[docs.GIVEN_PATH_ID, docs.USER_ID],
    )
    def retrieve(self, request: Request, path_id: str, user_id: str) -> Response:
        assignment = get_object_or_404(self.get_queryset(), user=user_id)
        self.check_parameters()
        return Response(self.told([assignment])[0])
