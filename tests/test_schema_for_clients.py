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


def test_events_have_a_tag_of_their_own(contract, operations):
    """Generators write calls and events of one tag into one file, the second over the first."""
    events = {tuple(one["post"]["tags"]) for one in contract.document["webhooks"].values()}
    assert events == {("Webhook events",)}
    assert not [name for name, one in operations.items() if tuple(one["tags"]) in events]


def test_no_text_is_one_of_several_texts(contract):
    """Generators would make a class of its own for it."""
    found = []
    for name, schema in contract.document["components"]["schemas"].items():
        for field, one in schema.get("properties", {}).items():
            kinds = [contract.resolve(part).get("type") for part in one.get("oneOf", ())]
            found += [(name, field)] if kinds.count("string") > 1 else []
    assert found == []


def test_each_operation_takes_the_tenant_as_a_parameter(operations):
    """Beside the scheme, which some generators and importers drop where there are two."""
    for name, operation in operations.items():
        found = [one for one in operation["parameters"] if one["name"] == "X-Tenant-ID"]
        assert len(found) == (name not in {"getGrids", "getGrid"}), name
        for one in found:
            assert (one["in"], one["required"]) == ("header", False), name


def test_ids_stand_in_the_order_of_the_path(contract):
    """The library sorts them by name, and generated functions would take the action before its plan."""
    for path, _, operation in contract.operations():
        names = [one["name"] for one in operation["parameters"] if one["in"] == "path"]
        assert names == re.findall(r"\{(\w+)\}", path)


def test_files_are_sent_as_bytes(contract, operations):
    forms = {}
    for name, operation in operations.items():
        content = operation.get("requestBody", {}).get("content", {})
        if "multipart/form-data" in content:
            assert set(content) == {"multipart/form-data"}, name
            schema = contract.resolve(content["multipart/form-data"]["schema"])
            forms[name] = schema["properties"]["file"]
    assert set(forms) == {
        "addActionEvidence",
        "addAttachment",
        "addComplaintAttachment",
        "addEvidenceVersion",
    }
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
