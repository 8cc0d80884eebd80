"""DRF's failures translated: whatever a view raises leaves as a problem body."""

import re
from collections.abc import Mapping
from typing import Any, cast

from django.core.exceptions import (
    BadRequest,
    ObjectDoesNotExist,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.http import Http404, UnreadablePostError
from drf_standardized_errors.formatter import flatten_errors
from drf_standardized_errors.handler import ExceptionHandler
from drf_standardized_errors.types import ExceptionHandlerContext
from rest_framework import exceptions as drf
from rest_framework.response import Response

from qualiforma.accounts.tokens import InvalidTokenError
from qualiforma.api.problems import (
    CONTENT_TYPE,
    BodyTooLargeError,
    DatabaseUnavailableError,
    InternalError,
    MalformedRequestError,
    MediaTypeError,
    MethodNotAllowedError,
    NotAuthenticatedError,
    StorageUnavailableError,
    TimedOutError,
    problem_body,
    problem_headers,
    status_of,
)
from qualiforma.errors import InvalidFieldsError, MissingError, NotAllowedError, RuleError
from qualiforma.outages import Outage, outage_of

# What the framework raises, as ours.
_FRAMEWORK: Mapping[type[BaseException], type[RuleError]] = {
    drf.NotAuthenticated: NotAuthenticatedError,
    drf.AuthenticationFailed: InvalidTokenError,
    drf.PermissionDenied: NotAllowedError,
    drf.NotFound: MissingError,
    drf.MethodNotAllowed: MethodNotAllowedError,
    drf.ParseError: MalformedRequestError,
    drf.UnsupportedMediaType: MediaTypeError,
    Http404: MissingError,
    PermissionDenied: NotAllowedError,
    ObjectDoesNotExist: MissingError,  # gone between two reads of one call
    RequestDataTooBig: BodyTooLargeError,
    UnreadablePostError: MalformedRequestError,
    SuspiciousOperation: MalformedRequestError,
    BadRequest: MalformedRequestError,
}
_OUTAGES: Mapping[Outage, type[RuleError]] = {
    Outage.AWAY: DatabaseUnavailableError,
    Outage.TIMED_OUT: TimedOutError,
    Outage.STORAGE_AWAY: StorageUnavailableError,
}


FIELD_SHOWN = 200


def field_path(attr: str | None) -> str:
    """Turn the library's `actions.1.dueDate` into `actions[1].dueDate`; the whole body is `body`.

    A name that the caller made up is given back printable, and no longer than needed to know it.
    """
    parts = [part for part in (attr or "").split(".") if part != "non_field_errors"]
    path = re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", ".".join(parts))
    shown = path[:FIELD_SHOWN].encode("utf-8", "replace").decode()
    return (
        "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in shown)
        or "body"
    )


def as_rule_error(exc: Exception) -> RuleError:
    """Return our error for any exception; an unexpected one becomes `INTERNAL_ERROR`."""
    if isinstance(exc, RuleError):
        return exc
    if isinstance(exc, drf.ValidationError):
        return _WireFieldsError(exc)
    if outage := outage_of(exc):
        return _OUTAGES[outage]()
    for kind, ours in _FRAMEWORK.items():
        if isinstance(exc, kind):
            return ours()
    return InternalError()


# A body of a million bad values gets the first of them back, not all.
ERRORS_SHOWN = 100


class _WireFieldsError(InvalidFieldsError):
    """Field errors that already carry the wire's names."""

    def __init__(self, exc: drf.ValidationError) -> None:
        super().__init__([])
        self.wire_errors = [
            {"field": field_path(one.attr), "code": one.code, "detail": one.detail}
            for one in flatten_errors(exc.detail)[:ERRORS_SHOWN]
        ]


class Problem(Response):
    """A problem. Logs and metrics read its code."""

    problem_code: str


class ProblemHandler(ExceptionHandler):
    """drf-standardized-errors' handler, speaking RFC 9457. Unhandled faults are logged by it."""

    def run(self) -> Response:
        self.rule = as_rule_error(self.exc)
        return cast("Response", super().run())  # None is for what `should_not_handle` names

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        carrier = drf.APIException()
        carrier.status_code = status_of(self.rule)
        return carrier

    def should_not_handle(self, exc: Exception) -> bool:
        return False  # a client must never see HTML, with DEBUG on neither

    def format_exception(self, exc: drf.APIException) -> dict[str, Any]:
        request = self.context["request"]
        body = problem_body(
            self.rule,
            path=request.path if request else "",
            request_id=getattr(request, "request_id", ""),
        )
        if isinstance(self.rule, _WireFieldsError):
            body["errors"] = self.rule.wire_errors
        return body

    def get_response(self, exc: drf.APIException, data: dict[str, Any]) -> Response:
        headers = problem_headers(self.rule)
        response = Problem(data, status=exc.status_code, headers=headers, content_type=CONTENT_TYPE)
        response.problem_code = self.rule.code
        return response


def exception_handler(exc: Exception, context: ExceptionHandlerContext) -> Response | None:
    """DRF's hook: any exception of a view becomes a problem response."""
    return ProblemHandler(exc, context).run()
