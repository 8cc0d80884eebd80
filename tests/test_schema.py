"""The contract that the server publishes about itself, and whether its answers keep to it."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openapi_spec_validator import validate

from improvements.states import ActionStatus, PlanStatus
from qualiforma.accounts.links import LinkKind, password_link
from qualiforma.accounts.models import User
from qualiforma.body_limits import body_limit
from tests.actionplans.routes import COMPANY
from tests.cast import ALICE, PASSWORD, Client
from tests.compliance.evidence_factories import upload_evidence
from tests.files import PDF
from tests.improvements.factories import (
    make_complaint,
    make_plan,
    plan_body,
)
from tests.published import publish
from tests.rows import rolled_back
from tests.test_routes import PLANS, PUBLISHED, by_records, make_their_records

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
    "listActionPlans",
    "createAction",
    "updateActionStatus",
    "openCompanySession",
}


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


def test_every_json_answer_is_an_envelope_or_a_problem(contract):
    for where, media in contract.media():
        body = contract.resolve(media["schema"])
        if " 2" in where:
            assert where.endswith("application/json")
            is_bare = f" {COMPANY}" in where  # that family answers without an envelope
            assert is_bare or "data" in body["required"], where
        elif " request " not in where:
            assert where.endswith("application/problem+json")


def test_every_operation_wants_the_organisation(contract, operations):
    for name, operation in operations.items():
        needed = operation.get("security", contract.document["security"])
        if name in {"getGrids", "getGrid"}:  # the same for everybody
            assert needed == [], name
            continue
        if {"sessionId": []} in needed:  # enough by itself: it names its organisation
            needed.remove({"sessionId": []})
            assert needed == [{"bearerAuth": [], "tenantHeader": []}], name
            continue
        (only,) = needed
        assert "tenantHeader" in only, name
        assert ("bearerAuth" in only) == ("403" in operation["responses"]), name


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
    assert set(action["properties"]) - set(action["required"]) == {"completedAt", "reason"}
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
    assert conditional >= CONDITIONAL | {"updateOrganisation"}
    tagged = {
        name
        for name, operation in operations.items()
        for status, answer in operation["responses"].items()
        if status.startswith("2") and "ETag" in answer["headers"]
    }
    assert tagged >= {"getImprovementPlan", "createImprovementPlan", "getOrganisation"}
    assert not tagged & {"listImprovementPlans", "getImprovementPlanStats", "getMe"}
    # Nothing is left to have a version.
    gone = {
        *("deleteImprovementPlan", "deleteAttachment", "deleteAdaptivePath"),
        *("deleteActionPlan", "deleteAction", "deleteActionNote", "deleteComplaintTheme"),
        *("deleteAudit", "deleteWebhookEndpoint", "deleteComplaintAttachment"),
    }
    assert conditional - tagged == gone
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


# --- Real answers -------------------------------------------------------------------------------


# Those of the table of routes are compared with the contract in `test_routes.py`.
NEW_PASSWORD = "une autre phrase de passe"


def refresh(nobody, alice):
    login = {"email": ALICE.email, "password": PASSWORD}
    token = nobody.post("/api/v1/auth/login", login).json()["data"]["refreshToken"]
    return nobody.post("/api/v1/auth/refresh", {"refreshToken": token})


def change_password(nobody, alice):
    body = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
    return alice.post("/api/v1/auth/password", body)


def confirm_reset(nobody, alice):
    link = password_link(User.objects.get(pk=ALICE.id), LinkKind.RESET)
    body = {"token": link.rpartition("/")[2], "newPassword": NEW_PASSWORD}
    return nobody.post("/api/v1/auth/password-reset/confirm", body)


def invite_again(nobody, alice):
    body = {"email": "new@acme.fr", "name": "Nouveau", "role": "TRAINER"}
    user = alice.post("/api/v1/users", body).json()["data"]["id"]
    return alice.post(f"/api/v1/users/{user}/invitation")


def attach(nobody, alice):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    body = {"file": SimpleUploadedFile("a.pdf", PDF)}
    return alice.post(f"{PLANS}/{plan.pk}/attachments", body, format="multipart")


def attach_to_complaint(nobody, alice):
    body = {"file": SimpleUploadedFile("a.pdf", PDF)}
    url = f"/api/v1/complaints/{make_complaint().pk}/attachments"
    return alice.post(url, body, format="multipart")


def add_action_evidence(nobody, alice):
    plan = make_plan([{"id": "act_shown"}])
    url = f"{PLANS}/{plan.pk}/actions/act_shown/evidence"
    return alice.post(url, {"text": "Fait."}, format="multipart")


# Where a row of the route table shows refusals only.
SUCCESSES = {
    "addActionEvidence": add_action_evidence,
    "addAttachment": attach,
    "addComplaintAttachment": attach_to_complaint,
    "addEvidenceVersion": upload_evidence,
    "refreshSession": refresh,
    "changePassword": change_password,
    "confirmPasswordReset": confirm_reset,
    "resendInvitation": invite_again,
}


@pytest.mark.parametrize("succeed", SUCCESSES.values(), ids=SUCCESSES)
def test_other_successes_keep_to_the_contract(succeed, contract, as_nobody, as_alice):
    answer = succeed(as_nobody, as_alice)
    assert answer.status_code < 300, answer.content
    contract.check(answer.wsgi_request.method, answer.wsgi_request.path, answer)


def test_every_operation_is_called_in_success_and_in_failure(contract, operations):
    succeeding, failing = set(SUCCESSES), set()
    for row in PUBLISHED:
        operation = contract.document["paths"][contract.path_of(row.path)][row.method.lower()]
        failing.add(operation["operationId"])  # at least by the question that nobody may ask
        if row.codes[1] < 300:  # Alice's
            succeeding.add(operation["operationId"])
    assert succeeding == failing == set(operations)


@by_records(PUBLISHED)
def test_refused_questions_keep_to_the_contract(rows, acme, contract, as_alice, subtests):
    make_their_records(rows[0])
    for row in rows:
        with subtests.test(str(row)), rolled_back(acme):
            check_refusals(row, contract, as_alice)


def check_refusals(row, contract, alice):
    method = getattr(alice, row.method.lower())
    answers = [method(f"{row.path}?nope=1", row.body)]
    operation = contract.document["paths"][contract.path_of(row.path)][row.method.lower()]
    if "requestBody" in operation:
        too_long = b"x" * (body_limit(row.path) + 1)
        answers += [
            method(row.path, {"nope": 1}),
            method(row.path, b"{", content_type="application/json"),
            method(row.path, b"a=1", content_type="text/plain"),
            method(row.path, too_long, content_type="application/json"),
            method(row.path, {}, HTTP_TRANSFER_ENCODING="chunked"),
        ]
        assert {400, 411, 413, 415} <= {answer.status_code for answer in answers}
    assert answers[0].status_code == 400
    for answer in answers:
        contract.check(row.method, row.path, answer)


CONFLICTS = {
    ("delete", "", PlanStatus.COMPLETED): (None, "PLAN_NOT_DELETABLE"),
    ("post", "/close", PlanStatus.IN_PROGRESS): ({"summary": "Fait."}, "OPEN_ACTIONS"),
    ("post", "/close", PlanStatus.DRAFT): ({"summary": "Fait."}, "ILLEGAL_TRANSITION"),
    ("post", "/actions", PlanStatus.COMPLETED): ({"description": "Tard"}, "PLAN_FROZEN"),
    ("patch", "/actions/act_open", PlanStatus.ARCHIVED): ({"status": "DONE"}, "PLAN_FROZEN"),
    ("patch", "", PlanStatus.COMPLETED): ({"title": "Trop tard"}, "PLAN_FROZEN"),
    ("patch", "", PlanStatus.ARCHIVED): ({"status": "DRAFT"}, "ILLEGAL_TRANSITION"),
    ("patch", "", PlanStatus.IN_PROGRESS): ({"status": "COMPLETED"}, "CLOSE_REQUIRED"),
    ("patch", "", PlanStatus.DRAFT): ({"status": "ARCHIVED"}, "ILLEGAL_TRANSITION"),
}


@pytest.mark.parametrize(("asked", "refused"), CONFLICTS.items(), ids=str)
def test_conflicts_keep_to_the_contract(asked, refused, contract, as_alice):
    (method, tail, status), (body, code) = asked, refused
    action = {"id": "act_open", "status": ActionStatus.TODO}
    make_plan(id="imp_theirs", actions=[action], status=status)
    answer = getattr(as_alice, method)(f"{PLANS}/imp_theirs{tail}", body)
    assert answer.json()["code"] == code
    contract.check(method, f"{PLANS}/imp_theirs{tail}", answer)


def test_careful_callers_are_answered_as_announced(contract, as_alice):
    plan = make_plan(id="imp_theirs")
    url = f"{PLANS}/{plan.pk}"
    stale = as_alice.patch(url, {"title": "Autre"}, HTTP_IF_MATCH='"99"')
    assert stale.status_code == 412
    contract.check("patch", url, stale)
    for body in (plan_body(), plan_body(), plan_body(title="Un autre")):
        answer = as_alice.post(PLANS, body, HTTP_IDEMPOTENCY_KEY="once")
        contract.check("post", PLANS, answer)
    assert answer.status_code == 422


def test_too_many_calls_are_answered_as_announced(contract, as_alice, settings):
    settings.RATE_LIMIT = 1
    answers = [as_alice.get(PLANS), as_alice.get(PLANS)]
    assert [answer.status_code for answer in answers] == [200, 429]
    for answer in answers:
        contract.check("get", PLANS, answer)


def test_a_whole_plan_keeps_to_the_contract(contract, as_alice):
    """Closed, archived, given up, with complaints: what a plan's answer can hold."""
    created = as_alice.post(PLANS, plan_body())
    url = f"{PLANS}/{created.json()['data']['id']}"
    contract.check("post", PLANS, created)
    for body in ({"status": "IN_PROGRESS"}, {"status": "ARCHIVED", "reason": "Sans objet"}):
        contract.check("patch", url, as_alice.patch(url, body))
    assert as_alice.get(url).json()["data"]["archiveReason"] == "Sans objet"
    closed = make_plan(status=PlanStatus.IN_PROGRESS)
    url = f"{PLANS}/{closed.pk}/close"
    answer = as_alice.post(url, {"summary": "Fait.", "outcomes": ["- 42 %"]})
    assert "closureReport" in answer.json()["data"]
    contract.check("post", url, answer)


def test_docs_page_loads_nothing_from_another_host(acme):
    page = Client(None).get("/api/v1/docs").content.decode()
    assert "swagger-ui-bundle.js" in page
    assert not [one for one in ("http://", "https://") if one in page]
