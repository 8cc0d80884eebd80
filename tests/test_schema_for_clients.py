"""What the published contract owes to the programs that make clients of it."""

import re

import pytest

from qualiforma.uploads import UPLOAD_MAX_BYTES
from tests.cast import Client
from tests.published import Contract


@pytest.fixture(scope="module")
def contract(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        return Contract(Client(None).get("/api/v1/schema").json())


@pytest.fixture(scope="module")
def operations(contract):
    return {operation["operationId"]: operation for _, _, operation in contract.operations()}


def test_each_operation_has_one_tag(operations):
    """Generators write a class for each tag: an operation with two would be there twice."""
    assert {name: one["tags"] for name, one in operations.items() if len(one["tags"]) != 1} == {}
    assert operations["listImprovementPlans"]["tags"] == ["Improvements"]


def test_each_operation_takes_the_tenant_as_a_parameter(operations):
    """Beside the scheme, which some generators and importers drop where there are two."""
    for name, operation in operations.items():
        found = [one for one in operation["parameters"] if one["name"] == "X-Tenant-ID"]
        assert len(found) == (name not in {"getGrids", "getGrid"}), name
        for one in found:
            assert (one["in"], one["required"]) == ("header", False), name


def test_files_are_sent_as_bytes(contract, operations):
    forms = {}
    for name, operation in operations.items():
        content = operation.get("requestBody", {}).get("content", {})
        if "multipart/form-data" in content:
            assert set(content) == {"multipart/form-data"}, name
            schema = contract.resolve(content["multipart/form-data"]["schema"])
            forms[name] = schema["properties"]["file"]
    assert set(forms) == {"addActionEvidence", "addAttachment", "addEvidenceVersion"}
    for name, file in forms.items():
        assert (file["type"], file["format"]) == ("string", "binary"), name
        assert file["maxLength"] == UPLOAD_MAX_BYTES, name


def patterns(part):
    """Yield each pattern of the document or of a part of it."""
    if isinstance(part, list):
        for one in part:
            yield from patterns(one)
    elif isinstance(part, dict):
        if isinstance(part.get("pattern"), str):
            yield part["pattern"]
        for one in part.values():
            yield from patterns(one)


def test_patterns_are_read_alike_everywhere(contract):
    """By ECMA with and without `u`, PCRE by letters and by bytes, .NET, Java and Python."""
    found = set(patterns(contract.document))
    assert len(found) > 30
    for one in found:
        escapes = set(re.findall(r"\\(x[0-7][0-9a-f]|.)", one))
        assert {name for name in escapes if name[0] != "x"} <= {"s", "*", ".", "?"}, one
        assert set(re.findall(r"\(\?.", one)) <= {"(?:"}, one
        assert one.isascii(), one
        by_letters, by_bytes = re.compile(one), re.compile(one.encode())
        for text in ("Été à Élancourt, œuvre", "", "a\0b", "a\nb", "a\x1fb", " \t"):
            assert bool(by_letters.search(text)) == bool(by_bytes.search(text.encode())), one
