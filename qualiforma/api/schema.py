"""OpenAPI 3.1 as this API speaks it: envelopes, problem answers, the tenant header."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from qualiforma.api.problems import CONTENT_TYPE

PROBLEM = {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "code", "detail", "instance", "requestId"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": {"type": "string", "pattern": "^[A-Z_]+$"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "requestId": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": {
                    "field": {"type": "string", "examples": ["actions[1].dueDate"]},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
TENANT_HEADER = OpenApiParameter(
    "X-Tenant-ID",
    {"type": "string", "pattern": "^[a-z0-9-]{1,63}$"},
    OpenApiParameter.HEADER,
    required=True,
    description="Nom court de l’organisme, par exemple `qualiforma-demo`.",
)
REASONS = {
    "400": "Requête mal formée",
    "401": "Non authentifié",
    "403": "Permission insuffisante",
    "404": "Introuvable",
    "409": "L’état actuel ne le permet pas",
    "413": "Corps trop volumineux",
    "500": "Erreur interne",
    "503": "Service momentanément indisponible",
}


class KernelSchema(AutoSchema):
    """drf-spectacular's, with the tenant header on every operation."""

    def get_override_parameters(self) -> list[Any]:
        return [TENANT_HEADER]


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # the library's registry
    """The scheme as OpenAPI names it."""

    target_class = "qualiforma.api.auth.BearerAuthentication"
    name = "bearerAuth"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


def only_the_api(endpoints: list[tuple[Any, ...]], **kwargs: Any) -> list[tuple[Any, ...]]:
    """Leave the platform's own routes out of the customers' contract."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/v1/")]


def add_envelopes(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Wrap each successful JSON body in `{"data": …}`; pages already carry their envelope."""
    for _path, _method, operation in operations(result):
        for status, response in operation["responses"].items():
            body = response.get("content", {}).get("application/json")
            if not status.startswith("2") or body is None or _is_page(body["schema"]):
                continue
            body["schema"] = {
                "type": "object",
                "required": ["data"],
                "properties": {"data": body["schema"]},
            }
    return result


def _is_page(schema: dict[str, Any]) -> bool:
    return bool(schema.get("$ref", "").rpartition("/")[2].startswith("Paginated"))


def add_problems(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Document the failures that each operation can answer with."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = PROBLEM
    content = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path, method, operation in operations(result):
        for status in _failures(path, method):
            operation["responses"].setdefault(
                status, {"description": REASONS[status], "content": content}
            )
    return result


def _failures(path: str, method: str) -> list[str]:
    statuses = ["400", "401", "403", "404", "500", "503"]
    if method in {"post", "patch", "delete"}:
        statuses += ["413"]
    if "{" in path and method != "get":
        statuses += ["409"]
    return sorted(statuses)


def operations(result: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Return (path, method, operation) for each documented operation."""
    return [
        (path, method, operation)
        for path, methods in result["paths"].items()
        for method, operation in methods.items()
        if isinstance(operation, dict) and "responses" in operation
    ]
