"""The contract that the server publishes about itself."""

import pytest
from openapi_spec_validator import validate

from tests.cast import Client


@pytest.fixture
def schema(acme):
    answer = Client(None).get("/api/v1/schema")
    assert answer.status_code == 200
    return answer.json()


def operations(schema):
    return [
        operation
        for methods in schema["paths"].values()
        for method, operation in methods.items()
        if method in {"get", "post", "patch", "put", "delete"}
    ]


def test_is_valid_openapi_3_1(schema):
    assert schema["openapi"].startswith("3.1")
    validate(schema)


def test_generation_warns_of_nothing(acme, capsys):
    from drf_spectacular.drainage import GENERATOR_STATS

    GENERATOR_STATS.reset()
    Client(None).get("/api/v1/schema")
    assert not GENERATOR_STATS, capsys.readouterr().err


def test_operation_ids_are_stated_and_unique(schema):
    ids = [operation["operationId"] for operation in operations(schema)]
    assert len(ids) == len(set(ids)) > 12
    assert not [name for name in ids if "_" in name], "a generated name: state one"


def test_every_json_answer_is_an_envelope_or_a_problem(schema):
    for operation in operations(schema):
        for status, answer in operation["responses"].items():
            for media, content in answer.get("content", {}).items():
                body = resolve(schema, content["schema"])
                if status.startswith("2"):
                    assert media == "application/json"
                    assert "data" in body["properties"], operation["operationId"]
                else:
                    assert media == "application/problem+json"


def resolve(schema, part):
    reference = part.get("$ref")
    return schema["components"]["schemas"][reference.rpartition("/")[2]] if reference else part


def test_every_operation_names_the_tenant_header(schema):
    for operation in operations(schema):
        headers = [one["name"] for one in operation["parameters"] if one["in"] == "header"]
        assert headers == ["X-Tenant-ID"], operation["operationId"]


def test_docs_page_loads_nothing_from_another_host(acme):
    page = Client(None).get("/api/v1/docs").content.decode()
    assert "swagger-ui-bundle.js" in page
    assert "http://" not in page
    assert "https://" not in page
