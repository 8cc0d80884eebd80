"""One thin base viewset: permission, actor, known query parameters, and nothing else."""

import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar, cast

from django.conf import settings
from django.db.models import Model
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import register_converter
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Serializer
from rest_framework.viewsets import GenericViewSet

from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.api.address import client_address
from qualiforma.api.compiled import one_row_for, statement_for
from qualiforma.api.conditions import entity_tags, etag, expected_versions, make_idempotent
from qualiforma.api.derived import is_derivable
from qualiforma.api.errors import as_rule_error
from qualiforma.api.filters import check_query, filter_names
from qualiforma.api.pagination import PageNumbers
from qualiforma.api.problems import InternalError, MalformedRequestError, problem_response
from qualiforma.api.rates import Allowance, rates
from qualiforma.api.responses import Bare, Written
from qualiforma.api.serializers import Output
from qualiforma.errors import MissingError, NotAllowedError, RuleError, TooManyError
from qualiforma.outages import outage_of
from qualiforma.tenants.context import current_scope

M = TypeVar("M", bound=Model)
Policy = Callable[[Actor], bool]
PUBLIC_CACHE = "public, max-age=3600"


class KernelViewSet(GenericViewSet[M]):
    """Base of every view.

    Shape: `permissions` maps each action to its policy (see `DeclaredPermission`); `query_params`
    maps an action to the query parameters it takes, beside a list's filters and page numbers.
    """

    permissions: ClassVar[Mapping[str, Policy | None]] = {}
    query_params: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    # POSTs of known callers answer an `Idempotency-Key` once.
    idempotent: ClassVar[bool] = True
    # What stands in its own column alone: kept answers leave it out, `rehydrate` reads it again.
    excluded_fields: ClassVar[tuple[str, ...]] = ()
    # Single resources carry their root's version as ETag; writes compare `If-Match` with it.
    etags: ClassVar[bool] = False
    # There is one such resource in an organisation: its path names no id.
    singleton: ClassVar[bool] = False
    # The same for every tenant and for nobody (`qualiforma.api.tenant_middleware.is_tenantless`).
    tenantless: ClassVar[bool] = False
    # Answers carry no envelope: the action-plans family has conventions of its own.
    bare: ClassVar[bool] = False
    # Its list is written by the database, where the serializer allows: `get_queryset` and the filters
    # depend on the caller's role and id, the day, what `shape` names, and nothing else.
    by_database: ClassVar[bool] = False
    allowance: Allowance | None = None
    # As `as_view` binds it: the handler of this instance alone.
    post: Callable[..., HttpResponseBase]

    def perform_authentication(self, request: Request) -> None:
        """Count the call to whom it belongs, a failed identification to where it comes from."""
        scope = "everybody" if self.tenantless else current_scope()
        who = client_address(request)
        try:
            super().perform_authentication(request)
            who = str(request.user.pk) if request.user else who
        finally:
            self.allowance = rates.count(f"{scope}:{who}", settings.RATE_LIMIT)
        if self.allowance.is_exceeded:
            raise TooManyError(self.allowance.reset)

    def finalize_response(  # type: ignore[override]  # a kept answer is no Response of DRF's
        self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        if self.allowance:
            for name, value in self.allowance.headers().items():
                response.headers[name] = value
        return super().finalize_response(request, response, *args, **kwargs)  # type: ignore[arg-type]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        allowed = set(self.query_params.get(self.action or "", ()))
        if self.action == "list":
            allowed |= set(filter_names(self)) | set(self.paginator.query_params)  # type: ignore[union-attr]  # ours has them
        self.allowed_parameters = allowed
        # What a path names is looked for first: 404 comes before 400, and 405 before both.
        if self.action in self.permissions and not self.kwargs:
            check_query(request, allowed)
        if request.method == "POST" and self.action and self.idempotent and request.user:
            self.post = make_idempotent(
                request, self.post, excluded_fields=self.excluded_fields, rehydrate=self.rehydrate
            )

    def rehydrate(self, kept: dict[str, Any]) -> dict[str, Any]:
        """Return what a kept answer leaves out, as the caller may read it now."""
        return {}

    def get_object(self) -> M:
        found = super().get_object()
        self.check_parameters()
        return found

    def check_parameters(self) -> None:
        """Refuse unknown query parameters, once what the path names is found."""
        check_query(self.request, self.allowed_parameters)

    @property
    def user(self) -> User:
        """The authenticated user; the policy has refused anonymous callers."""
        return cast("User", self.request.user)

    @property
    def actor(self) -> Actor:
        """Who calls, as policies and services want it."""
        return Actor.of(self.user)

    @property
    def request_id(self) -> str:
        """The id of this request, as in the logs."""
        return str(getattr(self.request, "request_id", ""))

    @property
    def expected_versions(self) -> frozenset[int] | None:
        """The versions this call agrees to change; None for whatever it is."""
        return expected_versions(self.request)

    def tagged(self, data: Any, version: int, status: int = 200) -> Response:
        """Answer a single resource with its version."""
        return self.answered(data, status, headers={"ETag": etag(version)})

    def answered(self, data: Any, status: int = 200, **more: Any) -> Response:
        """Answer in this view's dialect."""
        return (Bare if self.bare else Response)(data, status=status, **more)

    def cacheable(self, data: Any) -> Response:
        """Answer what is the same for everybody, with the digest that caches ask about; else 304.

        Errors: 400 for a malformed `If-None-Match`.
        """
        entity_tags(self.request, "If-None-Match")
        tag = f'"{hashlib.sha256(json.dumps(data).encode()).hexdigest()}"'
        headers = {"ETag": tag, "Cache-Control": PUBLIC_CACHE}
        is_known = get_conditional_response(self.request, tag) is not None
        return (
            Response(status=304, headers=headers)
            if is_known
            else self.answered(data, headers=headers)
        )

    def validated(self, serializer: type[BaseSerializer[Any]], **options: Any) -> Any:
        """Return the body as the serializer reads it. Errors: 400 naming each refused field."""
        body = serializer(data=self.request.data, **options)
        body.is_valid(raise_exception=True)
        return body.validated_data

    def named(self, serializer: type[Serializer[Any]]) -> set[str]:
        """Return which fields of the serializer the body names, whatever their values are."""
        body = self.request.data if isinstance(self.request.data, dict) else {}
        fields = serializer().fields
        return {str(fields[name].source) for name in body if name in fields}

    def shape(self) -> tuple[Any, ...]:
        """Return what else the list's statement depends on, beside what `by_database` says."""
        return ()

    def paged(self, serializer: type[BaseSerializer[Any]]) -> Response:
        """Answer one page of the filtered queryset.

        Cost: one query where the database writes the rows, else two and the prefetches.
        """
        is_written = self.by_database and not self.kwargs
        if is_written and issubclass(serializer, Output) and is_derivable(serializer):
            return self._written(serializer)
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(serializer(page, many=True).data)

    def written_one(
        self,
        serializer: type[Output[Any]],
        rows: Callable[[], Any],
        key: str,
        status: int = 200,
    ) -> Response | None:
        """Answer one of these rows as the database writes it; None where Python must, or without it.

        Cost: one query.
        """
        shape = self._whole_shape(serializer)
        statement = one_row_for(shape, self.actor.id, rows, serializer)
        found = statement.run(caller=self.actor.id, key=key)
        if found is None or found[1] is None:
            return None
        version, text = found
        body = str(text) if self.bare else f'{{"data":{text}}}'
        return as_response(Written(body, status=status, headers={"ETag": etag(version)}))

    def _whole_shape(self, serializer: type[Output[Any]]) -> tuple[Any, ...]:
        """Return everything but the filters and the caller's id that a statement depends on."""
        known = (type(self), serializer, self.actor.role, timezone.localdate(), get_language())
        return (*known, self.shape())

    def _written(self, serializer: type[Output[Any]]) -> Response:
        pages = cast("PageNumbers", self.paginator)
        pages.read_bounds(self.request)
        given = self.request.query_params
        words = tuple(sorted((n, v) for n, v in given.items() if n not in pages.query_params))
        statement = statement_for(
            self._whole_shape(serializer),
            self.actor.id,
            tuple(f"{name}={value}" for name, value in words),
            lambda: self.filter_queryset(self.get_queryset()),
            serializer,
        )
        return as_response(pages.written(statement, self.actor.id))


def as_response(written: Written) -> Response:
    """Return it under the type that views declare: DRF takes any response of Django's from them."""
    return cast("Response", written)


@csrf_exempt
def unknown_route(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
    """Answer a path that no route has, with DEBUG on too."""
    return problem_response(request, MissingError())


@csrf_exempt
def root_page(request: HttpRequest) -> HttpResponseBase:
    """Lead a browser to the pages for people; a program gets the answer of an unknown route."""
    if request.method in {"GET", "HEAD"} and "text/html" in request.headers.get("Accept", ""):
        return HttpResponseRedirect("/admin/")
    return unknown_route(request)


def unreadable(
    request: HttpRequest, *args: Any, exception: Exception | None = None
) -> HttpResponseBase:
    """Answer what Django refuses before any view, and a session that could not be saved."""
    return problem_response(request, _outage(exception) or MalformedRequestError())


def forged(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
    """Answer a form that another site may have sent."""
    return problem_response(request, NotAllowedError())


def fault(request: HttpRequest) -> HttpResponseBase:
    """Answer a fault of a middleware, which Django is handling now."""
    return problem_response(request, _outage(sys.exception()) or InternalError())


def _outage(raised: BaseException | None) -> RuleError | None:
    """Return what to answer where an exception comes from the database's absence."""
    is_outage = raised is not None and outage_of(raised)
    return as_rule_error(raised) if is_outage and isinstance(raised, Exception) else None


class IdConverter:
    """An id in a path; anything else is no route, hence 404."""

    regex = r"[A-Za-z0-9_-]{1,80}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(IdConverter, "id")
