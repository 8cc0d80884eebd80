"""The last pass over the whole document: bounds, examples, servers."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings

from qualiforma.api.schema.examples import sample
from qualiforma.api.schema.mapping import NO_NUL
from qualiforma.api.schema.security import EVERY_CALL, TENANT, TENANT_SCHEME

Schema = dict[str, Any]

# No text and no list is longer than the body that brought it.
LENGTH_MAX = settings.API_BODY_MAX_BYTES
INT32 = (-(2**31), 2**31 - 1)
# Longest spelling of a format, as we write it or accept it.
FORMAT_LENGTHS = {"date": 10, "date-time": 32, "email": 254, "uuid": 36, "uri": 2000}
# Where values stand that may look like schemas.
VALUES = {"example", "examples", "default", "enum", "const", "x-spec-enum-id"}

INTRODUCTION = """
Chaque appel nomme son organisme (`X-Tenant-ID`) et son auteur (`Authorization: Bearer …`, rendu par
`POST /auth/login`) ; les référentiels (`/qualiopi/grids`) sont à tous, sans l’un ni l’autre. Un corps de succès est `{"data": …}`, une liste y ajoute
`"meta": {"total", "page", "perPage"}` ; tout échec est un corps `application/problem+json`
(RFC 9457) au `code` stable, en français ou en anglais selon `Accept-Language`. Les instants sont en
UTC (`2026-05-12T14:30:00Z`), les dates `AAAA-MM-JJ`. Une clé absente ou `null` dit qu’il n’y a rien.
Les appels sous `/company` suivent leurs propres conventions : sans enveloppe, listes
`{"from", "to", "total", "result"}`, et un `SessionId` y tient lieu de jeton et d’organisme.
Un `X-Request-ID` de 64 lettres, chiffres, `.`, `_` ou `-` au plus est repris dans la réponse.
"""


def only_the_api(endpoints: list[tuple[Any, ...]], **kwargs: Any) -> list[tuple[Any, ...]]:
    """Leave the platform's own routes out of the customers' contract."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/v1/")]


def finish(result: Schema, request: Any = None, **kwargs: Any) -> Schema:
    """Complete the document. drf-spectacular's post-processing hook."""
    info = result["info"]
    info["description"] = f"{info.get('description', '')}\n{INTRODUCTION}".strip()
    result["servers"] = [server(request)]
    result["security"] = EVERY_CALL
    result["components"].setdefault("securitySchemes", {})[TENANT] = TENANT_SCHEME
    components = tidied(result)
    for schema in schemas(result):
        bound(schema)
    for path, methods in result["paths"].items():
        for operation in methods.values():
            in_order(path, operation)
    for media in bodies(result):
        if "example" not in media and "examples" not in media:
            media["example"] = sample(media["schema"], components)
    return result


def in_order(path: str, operation: Schema) -> None:
    """Put the ids in the order of the path, which generated functions then take them in."""
    operation.get("parameters", []).sort(
        key=lambda one: (one["in"] != "path", path.find(f"{{{one['name']}}}"))
    )


def server(request: Any) -> Schema:
    """Return the address the document was asked at; TLS may end at a proxy in front."""
    local = {"description": "Serveur local", "x-internal": False}
    if request is None:
        return {"url": "/", **local}
    if not settings.HTTPS:
        return {"url": f"{request.scheme}://{request.get_host()}", **local}
    return {
        "url": f"https://{request.get_host()}",
        "description": "Serveur de production",
        "x-internal": False,
    }


def tidied(result: Schema) -> Schema:
    """Rebuild what generated clients would make odd names of; return the named schemas."""
    components: Schema = result["components"]
    named: Schema = components["schemas"]
    enums = {frozenset(one["enum"]): name for name, one in named.items() if "enum" in one}
    for parts in components.values():
        for name, one in parts.items():
            parts[name] = one if "enum" in one else tidy(one, enums)
    result["paths"] = tidy(result["paths"], enums)
    return named


def tidy(part: Any, enums: Mapping[frozenset[str], str]) -> Any:
    """Drop columns' labels, and name a shared enum wherever its values stand."""
    if isinstance(part, list):
        return [tidy(one, enums) for one in part]
    if not isinstance(part, dict):
        return part
    values = frozenset(part["enum"]) if isinstance(part.get("enum"), list) else frozenset()
    if values == {"true", "false"}:
        return {"type": "boolean"}
    if values in enums:
        return {"$ref": f"#/components/schemas/{enums[values]}"}
    kept = {
        name: one if name in VALUES else tidy(one, enums)
        for name, one in part.items()
        if not (name == "title" and isinstance(one, str))
    }
    return kept["allOf"][0] if set(kept) == {"allOf"} and len(kept["allOf"]) == 1 else kept


def schemas(part: Any) -> Iterator[Schema]:
    """Yield every schema of the document that states its type."""
    if isinstance(part, list):
        for one in part:
            yield from schemas(one)
    elif isinstance(part, dict):
        if isinstance(part.get("type"), str | list):
            yield part
        for name, one in part.items():
            if name not in VALUES:
                yield from schemas(one)


def bound(schema: Schema) -> None:
    """Give a schema the bounds that always hold, where it has none of its own."""
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if "string" in kinds and not {"enum", "const"} & set(schema):
        length = FORMAT_LENGTHS.get(schema.get("format", ""), LENGTH_MAX)
        schema.setdefault("maxLength", length)
        if not {"format", "pattern"} & set(schema):
            schema["pattern"] = NO_NUL
    if "array" in kinds:
        schema.setdefault("maxItems", LENGTH_MAX)
    if "integer" in kinds:
        low = schema.setdefault("minimum", INT32[0])
        high = schema.setdefault("maximum", INT32[1])
        small = INT32[0] <= low and high <= INT32[1]
        schema.setdefault("format", "int32" if small else "int64")


def bodies(result: Schema) -> Iterator[Schema]:
    """Yield each request body and successful answer, with its schema and examples."""
    for path in result["paths"].values():
        for operation in path.values():
            yield from operation.get("requestBody", {}).get("content", {}).values()
            for status, answer in operation["responses"].items():
                if status.startswith("2"):
                    yield from answer.get("content", {}).values()
