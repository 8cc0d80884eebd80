"""The contract that the server publishes about itself."""

import re

import pytest
from openapi_spec_validator import validate

from tests.cast import Client
from tests.published import Contract

SCHEMA = "/api/v1/schema"
# Clients are generated from these names: a change breaks them.
NAMES = {
    "login",
    "getMe",
    "getCurrentTenant",
    "listImprovementPlans",
    "createImprovementPlan",
    "getImprovementPlan",
    "updateImprovementPlan",
    "deleteImprovementPlan",
    "closeImprovementPlan",
    "getImprovementPlanStats",
    "addCorrectiveAction",
    "updateCorrectiveAction",
}


def publish(**options):
    answer = Client(None).get(SCHEMA, **options)
    assert answer.status_code == 200
    return answer.json()


@pytest.fixture(scope="module")
def contract(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        return Contract(publish())


@pytest.fixture
def operations(contract):
    return {operation["operationId"]: operation for _, _, operation in contract.operations()}


def test_is_valid_openapi_3_1(contract):
    assert contract.document["openapi"].startswith("3.1")
    validate(contract.document)


def test_generation_warns_of_nothing(acme, capsys):
    from drf_spectacular.drainage import GENERATOR_STATS

    GENERATOR_STATS.reset()
    publish()
    assert not GENERATOR_STATS, capsys.readouterr().err


def test_operation_ids_are_stated_unique_and_stay(contract):
    ids = [operation["operationId"] for _, _, operation in contract.operations()]
    assert len(ids) == len(set(ids))
    assert set(ids) >= NAMES
    # One that drf-spectacular makes up ends in what it does, after its path.
    assert not [name for name in ids if re.search(r"(List|Create|Retrieve|Update|Destroy)$", name)]


def test_every_tag_is_explained(contract, operations):
    known = {tag["name"] for tag in contract.document["tags"] if tag["description"]}
    assert {tag for operation in operations.values() for tag in operation["tags"]} <= known
    assert operations["listImprovementPlans"]["tags"] == ["Improvements", "Qualiopi"]


def test_every_json_answer_is_an_envelope_or_a_problem(contract):
    for where, media in contract.media():
        body = contract.resolve(media["schema"])
        if " 2" in where:
            assert where.endswith("application/json")
            assert "data" in body["required"], where
        elif " request " not in where:
            assert where.endswith("application/problem+json")


def test_every_operation_wants_the_organisation(contract, operations):
    for name, operation in operations.items():
        (needed,) = operation.get("security", contract.document["security"])
        assert "tenantHeader" in needed, name
        assert ("bearerAuth" in needed) == ("403" in operation["responses"]), name


def test_every_body_has_an_example_that_its_schema_admits(contract):
    wrong = []
    for where, media in contract.media():
        values = [one["value"] for one in media.get("examples", {}).values()]
        values += [media["example"]] if "example" in media else []
        wrong += [where] if not values else []
        wrong += [(where, contract.errors(media["schema"], value)) for value in values]
    assert [one for one in wrong if isinstance(one, str) or one[1]] == []


def test_every_stated_example_of_a_schema_fits_it(contract):
    for name, schema in contract.document["components"]["schemas"].items():
        for value in schema.get("examples", ()):
            assert contract.errors({"$ref": f"#/components/schemas/{name}"}, value) == [], name


def test_what_is_null_and_what_is_left_out(contract):
    schemas = contract.document["components"]["schemas"]
    plan, action = schemas["PlanDetail"], schemas["ActionOutput"]
    assert plan["properties"]["startedAt"]["type"] == ["string", "null"]
    assert set(plan["properties"]) - set(plan["required"]) == {
        "closedAt",
        "closedBy",
        "closureReport",
        "archiveReason",
    }
    assert plan["properties"]["closedAt"]["type"] == "string"
    assert plan["properties"]["closureReport"] == {
        "$ref": "#/components/schemas/ClosingReportOutput"
    }
    assert set(action["properties"]) - set(action["required"]) == {"completedAt"}
    assert "status" in plan["required"]  # a column with a default is answered all the same


def test_what_is_sent_is_closed_and_what_is_answered_may_grow(contract):
    for name, schema in contract.document["components"]["schemas"].items():
        if name.endswith(("Input", "Changes")):
            assert schema["additionalProperties"] is False, name
        elif "properties" in schema:
            assert schema.get("additionalProperties") is not False, name


CONDITIONAL = {
    "updateImprovementPlan",
    "deleteImprovementPlan",
    "closeImprovementPlan",
    "addCorrectiveAction",
    "updateCorrectiveAction",
}


def taking(operations, parameter):
    return {
        name
        for name, operation in operations.items()
        if parameter in [one["name"] for one in operation.get("parameters", ())]
    }


def test_conditions_stand_where_the_view_heeds_them(operations):
    conditional = taking(operations, "If-Match")
    assert conditional >= CONDITIONAL
    tagged = {
        name
        for name, operation in operations.items()
        for status, answer in operation["responses"].items()
        if status.startswith("2") and "ETag" in answer["headers"]
    }
    assert tagged >= {"getImprovementPlan", "createImprovementPlan"}
    assert not tagged & {"listImprovementPlans", "getImprovementPlanStats", "getMe"}
    assert conditional - tagged == {"deleteImprovementPlan"}  # nothing is left to have a version
    stale = {name for name, operation in operations.items() if "412" in operation["responses"]}
    assert stale == conditional


def test_a_key_stands_with_its_refusals(operations):
    keyed = taking(operations, "Idempotency-Key")
    assert keyed >= {"createImprovementPlan", "addCorrectiveAction", "closeImprovementPlan"}
    assert not keyed & {"login", "refreshSession", "updateImprovementPlan"}
    assert {name for name in operations if "422" in operations[name]["responses"]} == keyed
    assert all("409" in operations[name]["responses"] for name in keyed)


@pytest.mark.parametrize(
    ("https", "secure", "url"),
    [
        (True, False, "https://qualiforma.localhost"),  # behind a proxy
        (False, False, "http://qualiforma.localhost"),
    ],
)
def test_the_server_is_the_one_that_was_asked(acme, settings, https, secure, url):
    settings.HTTPS = https
    document = publish(HTTP_HOST="qualiforma.localhost", secure=secure)
    assert [server["url"] for server in document["servers"]] == [url]


def test_docs_page_loads_nothing_from_another_host(acme):
    page = Client(None).get("/api/v1/docs").content.decode()
    assert "swagger-ui-bundle.js" in page
    assert "http://" not in page
    assert "https://" not in page
