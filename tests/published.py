"""The published contract as tests use it: what it says of a call, and whether an answer keeps to it."""

import json
import re
from typing import Any

from openapi_schema_validator import OAS31Validator, oas31_format_checker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tests.cast import Client

ADDRESS = "urn:qualiforma:contract"
# Headers that say something of the API; the web server's own are no part of the contract.
TELLING = {"etag", "retry-after", "www-authenticate", "ratelimit-limit", "ratelimit-reset"}


def publish(**options: Any) -> dict[str, Any]:
    """Return the contract as the server publishes it now."""
    answer = Client(None).get("/api/v1/schema", **options)
    assert answer.status_code == 200
    document: dict[str, Any] = answer.json()
    return document


def slashed(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


class Contract:
    """The document, and answers compared with it."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        resource = DRAFT202012.create_resource(document)
        self.registry: Any = Registry().with_resource(ADDRESS, resource)

    def operations(self):
        """(path, method, operation), each."""
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                yield path, method, operation

    def resolve(self, part: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in part:
            found: Any = self.document
            for name in part["$ref"].removeprefix("#/").split("/"):
                found = found[name.replace("~1", "/").replace("~0", "~")]
            part = found
        return part

    def media(self):
        """(where, media type object) of each body that is sent or answered, PDF files aside."""
        for path, method, operation in self.operations():
            parts = {"request": operation.get("requestBody", {}), **operation["responses"]}
            for name, part in parts.items():
                for kind, media in self.resolve(part).get("content", {}).items():
                    if kind != "application/pdf":
                        yield f"{method} {path} {name} {kind}", media

    def errors(self, schema: dict[str, Any], value: Any) -> list[str]:
        """What is wrong with a value; references in the schema are the document's."""
        whole = json.loads(json.dumps(schema).replace('"#/', f'"{ADDRESS}#/'))
        check = OAS31Validator(whole, registry=self.registry, format_checker=oas31_format_checker)
        return [f"{error.json_path}: {error.message}" for error in check.iter_errors(value)]

    def path_of(self, address: str) -> str | None:
        """The path template that an address matches; the literal one first."""
        address = address.partition("?")[0]
        for path in sorted(self.document["paths"], key=lambda path: path.count("{")):
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), address):
                return str(path)
        return None

    def check(self, method: str, address: str, answer: Any) -> None:
        """Assert that an answer is one the contract announces: status, headers, body."""
        path = self.path_of(address)
        assert path, f"{address} is in no contract"
        operation = self.document["paths"][path][method.lower()]
        status = str(answer.status_code)
        assert status in operation["responses"], f"{method} {path}: {status} is not documented"
        documented = self.resolve(operation["responses"][status])
        self._check_headers(documented["headers"], answer)
        if "content" not in documented:
            assert answer.content == b""
            return
        media = documented["content"][answer["Content-Type"]]
        if answer["Content-Type"] == "application/pdf":
            assert answer.content.startswith(b"%PDF-")
            return
        body = answer.json()
        assert self.errors(media["schema"], body) == []
        if not status.startswith("2"):
            assert body["code"] in media["examples"], f"{method} {path}: unannounced {body['code']}"

    def _check_headers(self, documented: dict[str, Any], answer: Any) -> None:
        given = {name.lower(): value for name, value in answer.headers.items()}
        known = {name.lower(): self.resolve(one) for name, one in documented.items()}
        assert TELLING & set(given) <= set(known), "an undocumented header"
        for name, header in known.items():
            if name in given:
                number = header["schema"].get("type") == "integer"
                value = int(given[name]) if number else given[name]
                assert self.errors(header["schema"], value) == [], name
            else:
                assert not header.get("required"), f"{name} is missing"
