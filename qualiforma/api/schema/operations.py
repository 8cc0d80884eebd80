"""What the kernel does to every call, as documentation: envelopes, headers, failures."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent
from drf_spectacular.settings import spectacular_settings

from qualiforma.api.schema import failures
from qualiforma.api.schema.failures import Traits
from qualiforma.api.schema.headers import HEADERS, PARAMETERS, headers_of

Schema = dict[str, Any]
JSON = "application/json"
PAGE = "Page"

DESCRIPTIONS = {"200": "Succès", "201": "Créé", "204": "Fait, sans corps de réponse"}
STAMP: Schema = {
    "type": "object",
    "required": ["timestamp", "requestId"],
    "properties": {
        "timestamp": {
            "type": "string",
            "format": "date-time",
            "examples": ["2026-05-12T14:30:00Z"],
        },
        "requestId": {
            "type": "string",
            "maxLength": 64,
            "pattern": "^[A-Za-z0-9._-]+$",
            "examples": ["req_66f0c1a28f3b21d4e5f60718"],
        },
    },
}


class KernelSchema(AutoSchema):
    """drf-spectacular's, with what the kernel adds to each operation.

    Shape: a view says of itself, each time only where it holds, `etags` (single resources carry
    their version), `singleton` (whose path names no id), `tenantless` (for everybody, cached),
    `idempotent` (POSTs heed a key), `stamped` (its envelopes carry the instant and
    the request's id) and `refusals`, the errors of each action's own rules: classes, or instances
    with the facts they name.
    """

    def get_paginated_name(self, serializer_name: str) -> str:
        return f"{serializer_name}{PAGE}"

    def get_operation(
        self,
        path: str,
        path_regex: str,
        path_prefix: str,
        method: str,
        registry: ComponentRegistry,
    ) -> Schema | None:
        operation: Schema | None = super().get_operation(
            path, path_regex, path_prefix, method, registry
        )
        if operation is None:
            return None
        traits = self.traits(operation)
        if traits.tenantless:
            operation["security"] = []
        self._add_parameters(operation, traits)
        for status, answer in operation["responses"].items():
            self._dress(status, answer, operation["operationId"], traits)
        self._add_failures(operation["responses"], traits)
        return operation

    def traits(self, operation: Schema) -> Traits:
        """Read off the operation and its view what decides its headers and failures."""
        public, writes = not operation.get("security"), self.method != "GET"
        addressed = "{" in self.path
        versioned = getattr(self.view, "etags", False)
        answers = any("content" in answer for answer in operation["responses"].values())
        one = addressed or getattr(self.view, "singleton", False)
        single = writes or (one and self._action != "list")
        return Traits(
            public=public,
            addressed=addressed,
            writes=writes,
            has_body="requestBody" in operation,
            tagged=versioned and answers and single,
            conditional=versioned and one and writes and (answers or self.method == "DELETE"),
            keyed=self.method == "POST" and not public and getattr(self.view, "idempotent", False),
            tenantless=getattr(self.view, "tenantless", False),
            refusals=tuple(getattr(self.view, "refusals", {}).get(self._action, ())),
        )

    @property
    def _action(self) -> str:
        return getattr(self.view, "action", None) or ""

    @staticmethod
    def _add_parameters(operation: Schema, traits: Traits) -> None:
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "path" and parameter["schema"] == {"type": "string"}:
                parameter["schema"] = spectacular_settings.PATH_CONVERTER_OVERRIDES["id"]
            if parameter["in"] == "query":  # an empty value counts as not set
                parameter["allowEmptyValue"] = True
        wanted = ["If-None-Match"] if traits.tenantless else ["X-Tenant-ID"]
        wanted += ["If-Match"] * traits.conditional + ["Idempotency-Key"] * traits.keyed
        operation.setdefault("parameters", []).extend(PARAMETERS[name] for name in wanted)

    def _dress(self, status: str, answer: Schema, operation_id: str, traits: Traits) -> None:
        """Complete a successful answer: what it means, its headers, the envelope of its body."""
        answer["description"] = str(answer["description"]) or DESCRIPTIONS.get(status, status)
        body = answer.get("content", {}).get(JSON)
        tagged = traits.tagged and body is not None
        answer["headers"] = headers_of(int(status), tagged=tagged, cached=traits.tenantless)
        self._share_headers(answer)
        if body is not None:
            self._wrap(body, operation_id)

    def _wrap(self, media: Schema, operation_id: str) -> None:
        """Put the success envelope around a body and its examples; pages have theirs."""
        name = media["schema"].get("$ref", "").rpartition("/")[2]
        if name.endswith(PAGE):  # every page of a dialect names one schema for its numbers
            properties = self.registry[name, ResolvedComponent.SCHEMA].schema["properties"]
            meta = properties.get("meta")
            if meta and "$ref" not in meta:
                properties["meta"] = self._shared(ResolvedComponent.SCHEMA, "PageMeta", meta)
        if name.endswith(PAGE) or getattr(self.view, "bare", False):
            return
        envelope: Schema = {
            "type": "object",
            "required": ["data"],
            "properties": {"data": media["schema"]},
        }
        if getattr(self.view, "stamped", False):
            envelope["required"].append("meta")
            envelope["properties"]["meta"] = self._shared(ResolvedComponent.SCHEMA, "Stamp", STAMP)
        title = f"{name or operation_id[:1].upper() + operation_id[1:]}Envelope"
        media["schema"] = self._shared(ResolvedComponent.SCHEMA, title, envelope)
        for one in media.get("examples", {}).values():
            one["value"] = {"data": one["value"]}

    def _add_failures(self, responses: Schema, traits: Traits) -> None:
        for component, schema in failures.problem_components().items():
            self._shared(ResolvedComponent.SCHEMA, component, schema)
        for status, refusals in failures.failures(traits).items():
            described = failures.response(status, refusals)
            self._share_headers(described)
            # Where a shared one names the tenant too, this operation's own is another.
            is_own = traits.tenantless and status in {400, 404}
            name = None if is_own else failures.component_name(status, refusals)
            if name:
                described = self._shared(ResolvedComponent.RESPONSE, name, described)
            responses.setdefault(str(status), described)

    def _share_headers(self, answer: Schema) -> None:
        for header in answer["headers"].values():
            name = header["$ref"].rpartition("/")[2]
            self._shared(ResolvedComponent.HEADER, name, HEADERS[name])

    def _shared(self, kind: str, name: str, schema: Schema) -> Schema:
        """Register a component, once, and return the reference to it."""
        component = ResolvedComponent(name, kind, schema, object=name)
        self.registry.register_on_missing(component)
        return component.ref
