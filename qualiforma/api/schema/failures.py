"""The failures that each operation can answer with, and an example of each.

Source: api-conventions, "Errors" and "Order of evaluation".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from qualiforma.api.problems import CONTENT_TYPE, error_codes, problem_type, status_of
from qualiforma.api.schema.headers import headers_of
from qualiforma.errors import InvalidFieldsError, RuleError
from qualiforma.naming import camel

Schema = dict[str, Any]
Refusal = RuleError | type[RuleError]

# Which codes an operation can meet, by what it is.
ALWAYS = (
    "MALFORMED_REQUEST",
    "TENANT_REQUIRED",
    "VALIDATION_FAILED",
    "TENANT_NOT_FOUND",
    "TOO_MANY_REQUESTS",
    "INTERNAL_ERROR",
    "BUSY",
    "OVERLOADED",
    "DATABASE_UNAVAILABLE",
    "STORAGE_UNAVAILABLE",
)
OF_TENANT = ("TENANT_REQUIRED", "TENANT_NOT_FOUND")
KNOWN_CALLERS = ("NOT_AUTHENTICATED", "TOKEN_INVALID", "FORBIDDEN", "TENANT_MISMATCH")
ANYBODY = ("INVALID_CREDENTIALS", "TOKEN_INVALID")  # refused where credentials are what is sent
ADDRESSED = ("NOT_FOUND",)
WITH_BODY = ("LENGTH_REQUIRED", "BODY_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE")
CONDITIONAL = ("STALE",)
KEYED = ("IDEMPOTENCY_IN_PROGRESS", "IDEMPOTENCY_MISMATCH")

REASONS = {
    400: ("BadRequest", "Requête mal formée"),
    401: ("Unauthorized", "Non authentifié"),
    403: ("Forbidden", "Permission insuffisante"),
    404: ("NotFound", "Introuvable"),
    409: ("Conflict", "L’état actuel ne le permet pas"),
    411: ("LengthRequired", "Longueur du corps non annoncée"),
    412: ("PreconditionFailed", "La ressource a changé entre-temps"),
    413: ("ContentTooLarge", "Corps trop volumineux"),
    415: ("UnsupportedMediaType", "Format de corps non pris en charge"),
    422: ("UnprocessableContent", "Requête incohérente"),
    429: ("TooManyRequests", "Trop de requêtes"),
    500: ("InternalServerError", "Erreur interne"),
    503: ("ServiceUnavailable", "Service momentanément indisponible"),
}

_CODE = {"type": "string", "maxLength": 64, "pattern": "^[A-Za-z][A-Za-z0-9_]*$"}
_TEXT_MAX = 10_000
PROBLEM: Schema = {
    "type": "object",
    "description": "RFC 9457. `code` ne change pas ; `title` et `detail` suivent "
    "`Accept-Language` ; d’autres membres nomment ce qui fait obstacle.",
    "required": ["type", "title", "status", "code", "detail", "instance", "requestId"],
    "additionalProperties": True,
    "properties": {
        "type": {"type": "string", "format": "uri", "maxLength": 255},
        "title": {"type": "string", "maxLength": 255},
        "status": {"type": "integer", "format": "int32", "minimum": 400, "maximum": 599},
        "code": _CODE,
        "detail": {"type": "string", "maxLength": _TEXT_MAX},
        "instance": {"type": "string", "maxLength": _TEXT_MAX, "pattern": "^/"},
        "requestId": {"type": "string", "maxLength": 64, "pattern": "^[A-Za-z0-9._-]+$"},
        "errors": {
            "type": "array",
            "description": "Chaque valeur refusée ; seulement avec 400.",
            "items": {"$ref": "#/components/schemas/ProblemField"},
        },
    },
}
PROBLEM_FIELD: Schema = {
    "type": "object",
    "description": "Une valeur refusée.",
    "required": ["field", "code", "detail"],
    "properties": {
        "field": {"type": "string", "maxLength": 1024, "examples": ["actions[1].dueDate"]},
        "code": _CODE,
        "detail": {"type": "string", "maxLength": _TEXT_MAX},
    },
}
_EXAMPLE_PATH = "/api/v1/improvement-plans/imp_8f3b21"
_EXAMPLE_REQUEST_ID = "req_66f0c1a28f3b21d4e5f60718"
_EXAMPLE_FIELD = {
    "field": "actions[1].dueDate",
    "code": "invalid",
    "detail": "Indiquez une date qui existe, au format AAAA-MM-JJ.",
}


@dataclass(frozen=True)
class Traits:
    """What of an operation decides its failures and headers."""

    public: bool  # anybody may call
    addressed: bool  # an id stands in its path
    writes: bool
    has_body: bool
    tagged: bool  # its answers carry an ETag
    conditional: bool  # it heeds If-Match
    keyed: bool  # it heeds Idempotency-Key
    tenantless: bool  # it names no organisation
    refusals: tuple[Refusal, ...]  # what its own rules say no to


def failures(traits: Traits) -> dict[int, list[Refusal]]:
    """Return what an operation can fail with, by status in ascending order."""
    codes = [*ALWAYS, *(ANYBODY if traits.public else KNOWN_CALLERS)]
    if traits.tenantless:
        codes = [code for code in ALWAYS if code not in OF_TENANT]
    codes += ADDRESSED if traits.addressed else ()
    codes += WITH_BODY if traits.has_body else ()
    codes += CONDITIONAL if traits.conditional else ()
    codes += KEYED if traits.keyed else ()
    if traits.addressed and traits.writes and not traits.refusals:
        codes.append("CONFLICT")
    known = error_codes()
    found: dict[int, list[Refusal]] = {}
    for one in [*(known[code] for code in codes), *traits.refusals]:
        found.setdefault(status_of(one), []).append(one)
    return dict(sorted(found.items()))


def component_name(status: int, refusals: Iterable[Refusal]) -> str | None:
    """Return under which name a failure is shared; None for what is one operation's own."""
    codes = [one.code for one in refusals]
    if len(codes) == 1:
        return "".join(part.capitalize() for part in codes[0].split("_"))
    if codes == [*ANYBODY]:
        return "CredentialsRefused"
    shared = {*ALWAYS, *KNOWN_CALLERS, *ADDRESSED}
    return REASONS[status][0] if shared.issuperset(codes) else None


def response(status: int, refusals: list[Refusal]) -> Schema:
    """Describe one failure: its codes, and an example of each."""
    listed = ", ".join(f"`{one.code}`" for one in refusals)
    waits = any(getattr(one, "retry_after", None) for one in refusals)
    return {
        "description": f"{REASONS[status][1]} : {listed}",
        "headers": headers_of(status, retried=waits),
        "content": {
            CONTENT_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {
                    one.code: {"summary": str(one.title), "value": example(one)} for one in refusals
                },
            }
        },
    }


def example(refusal: Refusal) -> Schema:
    """Return a problem body as the server would send it."""
    stated = refusal if isinstance(refusal, RuleError) else None
    body: Schema = {
        "type": problem_type(refusal.code),
        "title": str(refusal.title),
        "status": status_of(refusal),
        "code": refusal.code,
        "detail": str(stated.detail if stated else refusal.title),
        "instance": _EXAMPLE_PATH,
        "requestId": _EXAMPLE_REQUEST_ID,
    }
    if stated:
        body |= {camel(name): value for name, value in stated.facts.items()}
    if refusal.code == InvalidFieldsError.code:
        body["errors"] = [_EXAMPLE_FIELD]
    return body


def problem_components() -> dict[str, Schema]:
    """Return the schemas of problem bodies, with every code that exists."""
    codes = sorted(error_codes())
    properties = {**PROBLEM["properties"], "code": {**_CODE, "examples": codes}}
    errors = {**properties["errors"], "maxItems": settings.API_BODY_MAX_BYTES}
    properties["errors"] = errors
    return {"Problem": {**PROBLEM, "properties": properties}, "ProblemField": PROBLEM_FIELD}
