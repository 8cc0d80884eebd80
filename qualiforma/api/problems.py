"""Every failure as a problem body (RFC 9457), and the one table from error to status.

Source: api-conventions, "Errors".
"""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext_lazy as _

from qualiforma import logs
from qualiforma.accounts.tokens import InvalidTokenError
from qualiforma.errors import (
    ConflictError,
    CredentialsError,
    InvalidFieldsError,
    MissingError,
    NotAllowedError,
    RuleError,
    StaleError,
    TooManyError,
    UnprocessableError,
)
from qualiforma.naming import camel, wire_path

CONTENT_TYPE = "application/problem+json"


class HttpError(RuleError):
    """A refusal that only exists because we speak HTTP."""


class TenantRequiredError(HttpError):
    """An `/api/` call without a tenant header."""

    code = "TENANT_REQUIRED"
    title = _("L’en-tête X-Tenant-ID est requis")


class TenantNotFoundError(HttpError):
    """Unknown or suspended tenant: the caller cannot tell which."""

    code = "TENANT_NOT_FOUND"
    title = _("Organisme inconnu")


class TenantMismatchError(HttpError):
    """A token of one tenant with the header of another."""

    code = "TENANT_MISMATCH"
    title = _("Ce jeton appartient à un autre organisme")


class NotAuthenticatedError(HttpError):
    """No identity was given."""

    code = "NOT_AUTHENTICATED"
    title = _("Authentification requise")


class MalformedRequestError(HttpError):
    """The body or a header cannot be read at all."""

    code = "MALFORMED_REQUEST"
    title = _("Requête illisible")


class MethodNotAllowedError(HttpError):
    """The route exists, the method does not."""

    code = "METHOD_NOT_ALLOWED"
    title = _("Méthode non autorisée")


class LengthRequiredError(HttpError):
    """A body whose length is not announced."""

    code = "LENGTH_REQUIRED"
    title = _("L’en-tête Content-Length est requis")


class BodyTooLargeError(HttpError):
    """A body over the limit; refused before it is read."""

    code = "BODY_TOO_LARGE"
    title = _("Corps de requête trop volumineux")
    members = {"max_bytes": "the limit, in bytes"}


class MediaTypeError(HttpError):
    """A body in another format than the route reads."""

    code = "UNSUPPORTED_MEDIA_TYPE"
    title = _("Format de corps non pris en charge")


class InternalError(HttpError):
    """A fault of ours; the body says nothing of the inside, the log has the request id."""

    code = "INTERNAL_ERROR"
    title = _("Erreur interne")


class DatabaseUnavailableError(HttpError):
    """The database does not answer."""

    code = "DATABASE_UNAVAILABLE"
    title = _("Base de données momentanément indisponible")
    retry_after = 5


class StorageUnavailableError(HttpError):
    """Stored files cannot be reached; nothing was kept."""

    code = "STORAGE_UNAVAILABLE"
    title = _("Stockage des fichiers momentanément indisponible")
    retry_after = 5


class TimedOutError(DatabaseUnavailableError):
    """The database was busy for longer than a request is given; nothing of it was kept."""

    code = "TIMEOUT"
    title = _("Opération interrompue : elle prenait trop de temps")


class BusyError(DatabaseUnavailableError):
    """Calls of this organisation already hold half of the web processes; the others' are not theirs."""

    code = "BUSY"
    title = _("Votre organisme a trop de demandes en cours ; réessayez dans un instant")
    retry_after = 1


class OverloadedError(DatabaseUnavailableError):
    """So many calls wait for this process already that another would not be answered in time."""

    code = "OVERLOADED"
    title = _("Service surchargé ; réessayez dans un instant")
    retry_after = 1


# From a family of errors to its status; the nearest class decides.
STATUSES: Mapping[type[RuleError], int] = {
    InvalidFieldsError: 400,
    TenantRequiredError: 400,
    MalformedRequestError: 400,
    CredentialsError: 401,
    NotAuthenticatedError: 401,
    InvalidTokenError: 401,
    NotAllowedError: 403,
    TenantMismatchError: 403,
    MissingError: 404,
    TenantNotFoundError: 404,
    MethodNotAllowedError: 405,
    ConflictError: 409,
    StaleError: 412,
    LengthRequiredError: 411,
    BodyTooLargeError: 413,
    MediaTypeError: 415,
    UnprocessableError: 422,
    TooManyError: 429,
    InternalError: 500,
    DatabaseUnavailableError: 503,
    StorageUnavailableError: 503,
}


def status_of(error: RuleError | type[RuleError]) -> int:
    """Return the HTTP status of an error. Errors: `KeyError` for a family nobody mapped."""
    kind = error if isinstance(error, type) else type(error)
    return next(STATUSES[base] for base in kind.__mro__ if base in STATUSES)


def page_status_of(refusal: RuleError) -> int:
    """Return the status of a page that shows a refusal; the line of its request names the code."""
    logs.bind(code=refusal.code)
    return status_of(refusal)


def problem_type(code: str) -> str:
    """Return the URI that names a kind of problem."""
    return f"{settings.PROBLEM_TYPE_BASE}{code.lower().replace('_', '-')}"


def problem_body(error: RuleError, *, path: str, request_id: str) -> dict[str, Any]:
    """Return the problem body. Shape: RFC 9457's members, `code`, `requestId`, facts, `errors`."""
    body: dict[str, Any] = {
        "type": problem_type(error.code),
        "title": str(error.title),
        "status": status_of(error),
        "code": error.code,
        "detail": str(error.detail),
        "instance": path,
        "requestId": request_id,
    }
    body |= {camel(name): value for name, value in error.facts.items()}
    if isinstance(error, InvalidFieldsError):
        body["errors"] = [
            {"field": wire_path(one.field), "code": one.code, "detail": str(one.detail)}
            for one in error.errors
        ]
    return body


def problem_headers(error: RuleError) -> dict[str, str]:
    """Return the headers that belong to a status."""
    if status_of(error) == 401:
        return {"WWW-Authenticate": "Bearer"}
    return {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}


class JsonProblem(JsonResponse):
    """A problem outside of DRF. Logs and metrics read its code."""

    problem_code: str


def problem_response(request: HttpRequest, error: RuleError) -> JsonResponse:
    """Answer with a problem outside of DRF: in middleware, for an unknown route."""
    response = JsonProblem(
        problem_body(error, path=request.path, request_id=getattr(request, "request_id", "")),
        status=status_of(error),
        headers=problem_headers(error),
        content_type=CONTENT_TYPE,
        json_dumps_params={"ensure_ascii": False},
    )
    response.problem_code = error.code
    return response


def error_codes() -> dict[str, type[RuleError]]:
    """Return every documented kind of refusal that is loaded, by code."""
    found: dict[str, type[RuleError]] = {}
    pending = [RuleError]
    while pending:
        kind = pending.pop()
        pending += kind.__subclasses__()
        if kind is not RuleError and "code" in vars(kind):
            found[kind.code] = kind
    return found
