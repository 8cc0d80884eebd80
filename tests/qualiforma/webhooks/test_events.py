"""Which changes are told, by whatever they come in, and what the message says of them."""

import json

from django.db import transaction

from improvements import services as improvements
from improvements.services import ActionDraft
from qualiforma import event_types
from qualiforma.accounts import services as accounts
from qualiforma.audit.registry import recorded_models, sentences
from qualiforma.exports.services import request_file
from qualiforma.tenants.context import tenant_context
from qualiforma.training.importing.exporter import RECORDS
from qualiforma.webhooks import services
from qualiforma.webhooks.events import _happened
from qualiforma.webhooks.models import WebhookDelivery, WebhookEvent
from qualiforma.webhooks.sending import payload_of
from qualiforma.webhooks.versions import version_column
from tests.cast import CHARLIE
from tests.improvements.factories import make_action, plan_body
from tests.jobs import queued, run_jobs

URL = "https://si.exemple.fr/hooks"
PLANS = "/api/v1/improvement-plans"


def told():
    rows = WebhookEvent.objects.order_by("seq", "id")
    return list(rows.values_list("type", "object_id", "object_version"))


def test_nothing_is_written_without_an_endpoint(as_alice, acme):
    assert as_alice.post(PLANS, plan_body()).status_code == 201
    assert not WebhookEvent.objects.exists()
    assert "webhooks.deliver" not in queued()


def test_change_by_the_api_sends_an_event(as_alice, add):
    add(URL)
    body = plan_body(actions=[{"description": "Relire"}])
    plan = as_alice.post(PLANS, body).json()["data"]
    action = plan["actions"][0]["id"]
    assert told() == [
        ("improvement-plan.created", plan["id"], 1),
        ("corrective-action.created", action, 1),
    ]
    assert queued().count("webhooks.deliver") == 1
    as_alice.patch(f"{PLANS}/{plan['id']}", {"status": "IN_PROGRESS"})
    as_alice.patch(f"{PLANS}/{plan['id']}/actions/{action}", {"status": "DONE"})
    as_alice.post(f"{PLANS}/{plan['id']}/close", {"summary": "Fait."})
    assert told()[2:] == [
        ("improvement-plan.started", plan["id"], 2),
        ("corrective-action.updated", action, 3),
        ("improvement-plan.closed", plan["id"], 4),
    ]


def test_change_on_a_page_sends_an_event(acme, add, plan, admin_client):
    add(URL, "complaint.created")
    page = "/admin/improvements/complaint/add/"
    form = {
        "subject": "Salle froide",
        "description": "",
        "channel": "EMAIL",
        "kind": "COMPLAINT",
        "complainant_name": "",
        "complainant_role": "LEARNER",
        "received_at_0": "28/11/2026",
        "received_at_1": "10:00",
        "acknowledged_at_0": "",
        "acknowledged_at_1": "",
        "enrollment": "",
    }
    answer = admin_client.send(page, form)
    assert answer.status_code == 302, answer.content.decode()[-4000:]
    assert [name for name, _id, _version in told()] == ["complaint.created"]


def test_change_by_a_command_sends_an_event(acme, add):
    add(URL, "user.created")
    with tenant_context(acme):
        accounts.create_user(
            email="zoe@acme.fr", name="Zoé", role="TRAINER", password="une phrase bien longue"
        )
    assert [name for name, _id, _version in told()] == ["user.created"]


def test_only_what_was_chosen_is_kept(as_alice, add):
    add(URL, "complaint.created")
    as_alice.post(PLANS, plan_body())
    assert told() == []
    assert "webhooks.deliver" not in queued()


def test_rolled_back_change_sends_no_event(alice, add, plan):
    add(URL)
    with transaction.atomic():
        improvements.add_action(plan=plan, draft=ActionDraft("Relire"), actor=alice)
        assert WebhookDelivery.objects.exists()
        transaction.set_rollback(True)
    assert not WebhookEvent.objects.exists()
    assert "webhooks.deliver" not in queued()


def test_disabled_endpoint_receives_nothing(alice, add, plan):
    endpoint = add(URL)
    services.change_endpoint(endpoint=endpoint, changes={"state": "OFF"}, actor=alice)
    improvements.add_action(plan=plan, draft=ActionDraft("Relire"), actor=alice)
    assert not WebhookEvent.objects.exists()


def test_the_message_is_thin(alice, add, plan):
    add(URL)
    action = make_action(plan, description="Appeler Mme Petit")
    improvements.change_action(action=action, changes={"status": "DONE"}, actor=alice)
    [delivery] = WebhookDelivery.objects.select_related("event")
    message = json.loads(payload_of(delivery))
    plan.refresh_from_db()
    at = message.pop("timestamp")
    assert at.endswith("Z")
    assert message == {
        "type": "corrective-action.updated",
        "data": {
            "id": action.pk,
            "tenant": "acme",
            "objectType": "CORRECTIVE_ACTION",
            "version": plan.version,
        },
    }


def test_other_tenants_changes_are_not_shown(alice, add, globex, client_of):
    add(URL)
    assert client_of(CHARLIE).post(PLANS, plan_body(owner=CHARLIE.id)).status_code == 201
    assert not WebhookEvent.objects.exists()
    with tenant_context(globex):
        assert not WebhookEvent.objects.exists()


def test_every_cause_is_an_action_of_the_trail_and_every_object_is_recorded():
    kinds = {one.object_type: one for one in recorded_models.values()}
    for one in (*event_types.EVENT_TYPES, event_types.TEST_EVENT):
        assert one.object_type in kinds, one.name
        for cause in one.causes:
            action, _, operation = cause.partition("/")
            assert action in sentences, cause
            assert operation in {"", "INSERT", "UPDATE", "DELETE"}, cause
    assert {one.group for one in event_types.EVENT_TYPES} == set(event_types.GROUPS)
    assert len(set(event_types.NAMES)) == len(event_types.NAMES)


def test_import_sends_an_event_for_each_record():
    rows = [
        (1, "training.records.imported", "INSERT", "company", "cmp_a", "cmp_a"),
        (2, "training.records.imported", "UPDATE", "company", "cmp_b", "cmp_b"),
        (3, "training.records.imported", "INSERT", "attendance", "att_a", "enr_a"),
    ]
    assert [(one.type.name, one.object_id) for one in _happened(rows)] == [
        ("company.created", "cmp_a"),
        ("company.updated", "cmp_b"),
    ]


def test_a_childs_change_is_its_objects():
    rows = [
        (7, "improvements.attachment.added", "INSERT", "plan_attachment", "att_a", "imp_a"),
        (8, "actionplans.assignee.moved", "UPDATE", "assignment", "x", "action"),
    ]
    assert [(one.type.name, one.object_id) for one in _happened(rows)] == [
        ("improvement-plan.updated", "imp_a"),
        ("plan-action.updated", "action"),
    ]


def test_versions_are_found_where_they_stand():
    kinds = {one.object_type: one for one in recorded_models.values()}
    assert version_column(kinds["improvement_plan"]) == "version"
    assert version_column(kinds["corrective_action"]) == "plan__version"
    assert version_column(kinds["file_export"]) == ""


def test_only_bundles_send_events_among_exports(alice, add, acme):
    add("https://none.example/", "audit-bundle.ready")
    options = {"kind": "companies", "format": "csv"}
    request_file(kind=RECORDS, title="Entreprises", rows=0, options=options, actor=alice)
    run_jobs()
    assert told() == []
