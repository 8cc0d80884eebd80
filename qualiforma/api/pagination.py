"""Pages of lists. A class per dialect; a viewset names its class, nothing more."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.db.models import BigIntegerField, Func, QuerySet, Subquery
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from qualiforma.api.compiled import Statement
from qualiforma.api.responses import Bare, Enveloped, Written
from qualiforma.slicing import shown_of

if TYPE_CHECKING:
    from rest_framework.views import APIView

DEFAULT_PER_PAGE = 20
MAX_PER_PAGE = 100
DEFAULT_SLICE = 10
MAX_BOUND = 2**31 - 1
MAX_NUMBER = 10**18 - 1  # what `positive` reads
MAX_OFFSET = 2**63 - 1


class PageNumbers(BasePagination):
    """`page` ≥ 1 and `perPage` 1..100 (above counts as 100); past the end is an empty page."""

    query_params = ("page", "perPage")

    def paginate_queryset(  # type: ignore[override]  # lists come from the database here
        self, queryset: QuerySet[Any], request: Request, view: "APIView | None" = None
    ) -> list[Any]:
        """Return one page. Cost: a count, and a query when the page is not past the end.

        The view's queryset says everything that is shown; it is worked out for this page's rows.
        """
        if not queryset.ordered:
            raise TypeError("A list without a total order would repeat and lose rows over pages.")
        self.read_bounds(request)
        self.total = queryset.count()
        start = (self.page - 1) * self.per_page
        if start >= self.total:
            return []
        return self.shown(queryset, start)

    def read_bounds(self, request: Request) -> None:
        """Note which page is asked for. Errors: 400 naming the parameter."""
        self.page = positive(request, "page", default=1)
        self.per_page = min(positive(request, "perPage", default=DEFAULT_PER_PAGE), MAX_PER_PAGE)

    def written(self, statement: Statement, caller: str) -> Written:
        """Answer the page as the database writes it. Cost: one statement."""
        start = (self.page - 1) * self.per_page
        # Past what a number in SQL can be there is no row either.
        total, rows = statement.run(
            caller=caller, start=min(start, MAX_OFFSET), count=self.per_page
        )
        meta = f'{{"total":{total},"page":{self.page},"perPage":{self.per_page}}}'
        return Written(f'{{"data":[{rows}],"meta":{meta}}}')

    def shown(self, rows: Any, start: int) -> list[Any]:
        """Return the rows of one page, which begins with that one. Cost: one query."""
        return list(shown_of(rows, rows[start : start + self.per_page]))

    def get_paginated_response(self, data: Any) -> Response:
        meta = {"total": self.total, "page": self.page, "perPage": self.per_page}
        return Enveloped(data, meta=meta)

    def get_paginated_response_schema(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        number = {"type": "integer", "format": "int64", "maximum": MAX_NUMBER}
        return {
            "type": "object",
            "required": ["data", "meta"],
            "properties": {
                "data": {**schema, "maxItems": MAX_PER_PAGE},
                "meta": {
                    "type": "object",
                    "required": ["total", "page", "perPage"],
                    "properties": {
                        "total": {**number, "minimum": 0, "examples": [7]},
                        "page": {**number, "minimum": 1, "examples": [1]},
                        "perPage": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": MAX_PER_PAGE,
                            "examples": [DEFAULT_PER_PAGE],
                        },
                    },
                },
            },
        }

    def get_schema_operation_parameters(self, view: "APIView") -> list[dict[str, Any]]:
        texts = {
            "page": (1, "Numéro de page."),
            "perPage": (DEFAULT_PER_PAGE, "Éléments par page ; au-delà de 100 compte pour 100."),
        }
        return [
            {
                "name": name,
                "in": "query",
                "required": False,
                "description": texts[name][1],
                "schema": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": MAX_NUMBER,
                    "default": texts[name][0],
                },
            }
            for name in self.query_params
        ]


class Slices(BasePagination):
    """`from` (default 0) and `to` (default 10, exclusive): the action-plans family's dialect.

    A slice is cut to 100 rows and says so by its real `to`. Bad, negative and reversed bounds are
    refused. Source: api-action-plans, "Operations".
    """

    query_params = ("from", "to")

    def paginate_queryset(  # type: ignore[override]  # lists come from the database here
        self, queryset: QuerySet[Any], request: Request, view: "APIView | None" = None
    ) -> list[Any]:
        """Return one slice, as the view's `dressed` completes its rows.

        Cost: one query, and a count where the slice is empty. The rows are chosen by their order
        first: what is added to them is worked out for these alone, not for those before them.
        """
        if not queryset.ordered:
            raise TypeError("A list without a total order would repeat and lose rows over slices.")
        self.start, end = self._bounds(request)
        end = min(end, self.start + MAX_PER_PAGE)
        rows = self._rows(queryset, end, view) if end > self.start else []
        self.total = rows[0].total_found if rows else queryset.count()
        self.end = min(end, self.total)
        return rows

    def _rows(self, queryset: Any, end: int, view: Any) -> list[Any]:
        chosen = shown_of(queryset.model._default_manager.all(), queryset[self.start : end])
        rows = view.dressed(chosen)
        # A function and not an aggregate, which would be grouped by the row; evaluated once.
        count = queryset.order_by().annotate(n=Func("pk", function="COUNT")).values("n")
        rows = rows.annotate(total_found=Subquery(count, output_field=BigIntegerField()))
        return list(rows.order_by(*queryset.query.order_by))

    def get_paginated_response(self, data: Any) -> Response:
        return Bare({"from": self.start, "to": self.end, "total": self.total, "result": data})

    @staticmethod
    def _bounds(request: Request) -> tuple[int, int]:
        detail = _("Indiquez un nombre entier de 0 à %d.") % MAX_BOUND
        errors: dict[str, list[ErrorDetail]] = {}
        bounds = {"from": 0, "to": DEFAULT_SLICE}
        for name in bounds:
            given = request.query_params.get(name, "")
            if not given:
                continue
            if re.fullmatch(r"[0-9]{1,10}", given, re.ASCII) and int(given) <= MAX_BOUND:
                bounds[name] = int(given)
            else:
                errors[name] = [ErrorDetail(detail, code="invalid")]
        if not errors and bounds["to"] < bounds["from"]:
            reversed_ = _("« to » (10 par défaut) est avant « from ».")
            errors["to"] = [ErrorDetail(reversed_, code="reversed")]
        if errors:
            raise ValidationError(errors)
        return bounds["from"], bounds["to"]

    def get_paginated_response_schema(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        number = {"type": "integer", "format": "int64", "minimum": 0, "maximum": MAX_NUMBER}
        bound = {"type": "integer", "format": "int32", "minimum": 0, "maximum": MAX_BOUND}
        return {
            "type": "object",
            "required": ["from", "to", "total", "result"],
            "properties": {
                "from": {**bound, "examples": [0]},
                "to": {**number, "examples": [1]},
                "total": {**number, "examples": [1]},
                "result": {**schema, "maxItems": MAX_PER_PAGE},
            },
        }

    def get_schema_operation_parameters(self, view: "APIView") -> list[dict[str, Any]]:
        texts = {
            "from": (0, "Rang du premier élément, à partir de zéro."),
            "to": (DEFAULT_SLICE, "Rang de fin, exclu ; 100 éléments au plus sont rendus."),
        }
        return [
            {
                "name": name,
                "in": "query",
                "required": False,
                "description": texts[name][1],
                "schema": {
                    "type": "integer",
                    "format": "int32",
                    "minimum": 0,
                    "maximum": MAX_BOUND,
                    "default": texts[name][0],
                },
            }
            for name in self.query_params
        ]


def positive(request: Request, name: str, *, default: int) -> int:
    """Return a query parameter ≥ 1; an empty one counts as not set. Errors: 400 naming it."""
    given = request.query_params.get(name, "")
    if not given:
        return default
    if not re.fullmatch(r"[0-9]{1,18}", given, re.ASCII) or int(given) < 1:
        detail = ErrorDetail(_("Indiquez un nombre entier, au moins 1."), code="invalid")
        raise ValidationError({name: [detail]})
    return int(given)
