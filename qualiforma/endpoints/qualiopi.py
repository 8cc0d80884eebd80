"""`GET /qualiopi/grids`: both grids of indicators, for everybody."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from qualiforma.api.docs import an_id
from qualiforma.api.serializers import Choice, Input, Items
from qualiforma.api.views import KernelViewSet
from qualiforma.errors import MissingError
from qualiforma.qualiopi.grids import GRIDS, INDICATOR_MAX, Grid
from qualiforma.qualiopi.indicators import CRITERIA, Indicator
from qualiforma.qualiopi.states import Category, Condition, Grade, GridCode

TAGS = ["Qualiopi"]
NOT_MODIFIED = OpenApiResponse(description="Inchangé depuis l’`ETag` donné")
TEXT_MAX = 500
GRID = {
    "code": "2026",
    "label": "Référentiel à compter du 1er novembre 2026 (décret 2026-728)",
    "auditsFrom": "2026-11-01",
    "auditsUntil": None,
    "source": "Référentiel national qualité, décret n° 2026-728 du 1er août 2026",
    "readOn": "2026-11-29",
    "indicatorCount": 33,
}
INDICATOR = {
    "number": 31,
    "criterion": 7,
    "label": "Difficultés, réclamations et aléas traités",
    "categories": ["AF", "BC", "VAE", "CFA"],
    "condition": None,
    "grade": "MAJOR",
    "newEntrant": False,
    "surveillance": True,
    "subcontracting": False,
    "change": None,
}


class GridOutput(Input):
    example: ClassVar[Mapping[str, Any] | None] = GRID
    code = Choice(GridCode)
    label = serializers.CharField(max_length=TEXT_MAX)
    audits_from = serializers.DateField(
        allow_null=True, help_text="Premier jour d’audit ; null : sans limite."
    )
    audits_until = serializers.DateField(
        allow_null=True, help_text="Dernier jour d’audit ; null : sans limite."
    )
    source = serializers.CharField(max_length=TEXT_MAX)
    read_on = serializers.DateField(help_text="Jour où la source a été lue.")
    indicator_count = serializers.IntegerField(min_value=1, max_value=INDICATOR_MAX)


class GridIndicator(Input):
    example = INDICATOR
    number = serializers.IntegerField(min_value=1, max_value=INDICATOR_MAX)
    criterion = serializers.IntegerField(min_value=1, max_value=len(CRITERIA))
    label = serializers.CharField(max_length=TEXT_MAX)
    categories = Items(child=Choice(Category), max_length=len(Category))
    condition = Choice(
        Condition, allow_null=True, help_text="Ce dont l’indicateur dépend, outre la catégorie."
    )
    grade = Choice(Grade)
    new_entrant = serializers.BooleanField(help_text="Allégé pour un nouvel entrant.")
    surveillance = serializers.BooleanField(
        help_text="Vu à chaque audit de surveillance, là où il s’applique."
    )
    subcontracting = serializers.BooleanField(
        help_text="En sous-traitance, le contrat dit qui en répond."
    )
    change = serializers.CharField(
        allow_null=True, max_length=TEXT_MAX, help_text="Ce que le décret de 2026 y a changé."
    )


class GridDetail(GridOutput):
    example = GRID | {"indicators": [INDICATOR]}
    indicators = GridIndicator(many=True, max_length=INDICATOR_MAX)


def grid_body(grid: Grid) -> dict[str, Any]:
    """Return a grid as it is listed."""
    return {
        "code": grid.code.value,
        "label": str(grid.code.label),
        "auditsFrom": grid.audits_from and grid.audits_from.isoformat(),
        "auditsUntil": grid.audits_until and grid.audits_until.isoformat(),
        "source": str(grid.source),
        "readOn": grid.read_on.isoformat(),
        "indicatorCount": len(grid.indicators),
    }


def indicator_body(row: Indicator) -> dict[str, Any]:
    """Return a row of a grid."""
    return {
        "number": row.number,
        "criterion": row.criterion,
        "label": str(row.label),
        "categories": [one.value for one in Category if one in row.categories],
        "condition": row.condition and row.condition.value,
        "grade": row.grade.value,
        "newEntrant": row.new_entrant,
        "surveillance": row.surveillance,
        "subcontracting": row.subcontracting,
        "change": str(row.change) if row.change else None,
    }


class GridViewSet(KernelViewSet[Any]):
    """The grids, the same for everybody: no organisation, no login, kept by caches."""

    tenantless = True
    authentication_classes = ()
    pagination_class = None
    serializer_class = GridOutput
    permissions = {"index": None, "retrieve": None}

    @extend_schema(
        operation_id="getGrids",
        tags=TAGS,
        summary="Référentiels Qualiopi",
        description="Les référentiels et les jours d’audit où chacun s’applique, pour tous : ni "
        "organisme, ni connexion.",
        responses={
            200: OpenApiResponse(GridOutput(many=True), "Référentiels"),
            304: NOT_MODIFIED,
        },
    )
    def index(self, request: Request) -> Response:
        return self.cacheable([grid_body(grid) for grid in GRIDS.values()])

    @extend_schema(
        operation_id="getGrid",
        tags=TAGS,
        summary="Un référentiel et ses indicateurs",
        description="Les indicateurs dans l’ordre de leurs numéros, en français ou en anglais selon "
        "`Accept-Language`.",
        parameters=[an_id("grid", "Code du référentiel.", "2026")],
        responses={200: OpenApiResponse(GridDetail, "Référentiel"), 304: NOT_MODIFIED},
    )
    def retrieve(self, request: Request, grid: str) -> Response:
        found = next((one for one in GRIDS.values() if one.code.value == grid), None)
        if found is None:
            raise MissingError
        self.check_parameters()
        rows = [indicator_body(row) for row in found.indicators]
        return self.cacheable({**grid_body(found), "indicators": rows})
