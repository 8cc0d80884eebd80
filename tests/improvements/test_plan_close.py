"""POST /improvement-plans/:id/close."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from improvements.models import ClosingReport
from improvements.states import ActionStatus, PlanStatus
from tests.improvements.factories import make_action, make_plan

URL = "/api/v1/improvement-plans"


@pytest.fixture
def plan(acme):
    return make_plan(id="imp_closing", status=PlanStatus.IN_PROGRESS)


@pytest.fixture
def stored():
    """Store a file under a key for the length of a test."""
    keys = []

    def store(key):
        keys.append(default_storage.save(key, ContentFile(b"%PDF-1.7")))
        return key

    yield store
    for key in keys:
        default_storage.delete(key)


def close(client, plan, **body):
    return client.post(f"{URL}/{plan.pk}/close", {"summary": "Fait."} | body)


def test_the_documented_body(as_alice, plan, stored):
    make_action(plan, status=ActionStatus.DONE)
    make_action(plan, status=ActionStatus.CANCELLED)
    key = stored("tenants/acme/improvements/imp_closing/report.pdf")
    outcomes = ["Réduction des réclamations de 42%", "4,3 → 4,8 / 5"]
    data = close(as_alice, plan, outcomes=outcomes, attachmentS3Key=key).json()["data"]
    assert (data["id"], data["status"]) == (plan.pk, "COMPLETED")
    assert data["closedAt"].endswith("Z")
    assert data["closedBy"] == "usr_alice"
    assert "/links/file/" in data["closureReport"].pop("attachmentUrl")
    assert data["closureReport"] == {
        "summary": "Fait.",
        "outcomes": outcomes,
        "attachmentS3Key": key,
    }


def test_a_plan_without_any_action_may_be_closed(as_alice, plan):
    assert close(as_alice, plan).status_code == 200


@pytest.mark.parametrize("status", [ActionStatus.TODO, ActionStatus.IN_PROGRESS])
def test_open_actions_are_named(as_alice, plan, status):
    make_action(plan, status=ActionStatus.DONE)
    action = make_action(plan, status=status)
    answer = close(as_alice, plan)
    assert (answer.status_code, answer.json()["code"]) == (409, "OPEN_ACTIONS")
    assert answer.json()["openActions"] == [action.pk]
    plan.refresh_from_db()
    assert plan.status == PlanStatus.IN_PROGRESS
    assert not ClosingReport.objects.exists()


def test_closing_twice(as_alice, plan):
    assert close(as_alice, plan).status_code == 200
    assert close(as_alice, plan, summary="Encore.").status_code == 409
    assert ClosingReport.objects.get().summary == "Fait."


@pytest.mark.parametrize(
    "key",
    [
        "tenants/acme/improvements/imp_closing/missing.pdf",
        "tenants/acme/improvements/imp_other/report.pdf",
        "tenants/globex/improvements/imp_closing/report.pdf",
        "tenants/acme/improvements/imp_closing/../imp_other/report.pdf",
        "tenants/acme/improvements/imp_closing/./report.pdf",
        "tenants/acme/improvements/imp_closing//report.pdf",
        "tenants/acme/improvements/imp_closing/",
        "tenants/acme/improvements/imp_closing",
        "tenants/acme/improvements/imp_closing/folder",
        "/tenants/acme/improvements/imp_closing/report.pdf",
        "tenants\\acme\\improvements\\imp_closing\\report.pdf",
        "report.pdf",
        "../../etc/passwd",
        "/etc/passwd",
        "tenants/acme/improvements/imp_closing/%2e%2e/imp_other/report.pdf",
    ],
)
def test_a_key_that_is_no_file_of_this_plan(as_alice, plan, stored, key):
    for folder in ("acme/improvements/imp_other", "globex/improvements/imp_closing"):
        stored(f"tenants/{folder}/report.pdf")
    stored("tenants/acme/improvements/imp_closing/folder/inside.pdf")
    answer = close(as_alice, plan, attachmentS3Key=key)
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert error["field"] == "attachmentS3Key"
    assert not ClosingReport.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"summary": ""}, "summary"),
        ({"summary": " \n "}, "summary"),
        ({"summary": "x" * 5001}, "summary"),
        ({"outcomes": "Réduction"}, "outcomes"),
        ({"outcomes": ["x" * 501]}, "outcomes[0]"),
        ({"outcomes": [""]}, "outcomes[0]"),
        ({"outcomes": ["x"] * 51}, "outcomes"),
        ({"attachmentS3Key": 5}, "attachmentS3Key"),
        ({"attachement": "x"}, "attachement"),
    ],
    ids=str,
)
def test_a_bad_value_is_named(as_alice, plan, body, field):
    answer = close(as_alice, plan, **body)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not ClosingReport.objects.exists()
