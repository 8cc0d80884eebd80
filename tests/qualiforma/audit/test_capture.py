"""Each change is recorded in the trail, whoever made it; what did not happen does not."""

import json
from hashlib import sha256

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.backends.signals import connection_created
from django.test.utils import CaptureQueriesContext

from improvements import services
from improvements.models import CorrectiveAction, ImprovementPlan
from improvements.services import ActionDraft, Closure
from improvements.states import PlanStatus
from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role
from qualiforma.audit import sources
from qualiforma.audit.sources import Source, using_source
from qualiforma.errors import ConflictError
from qualiforma.tenants.context import autonomous_connection, platform_context, tenant_context
from tests.cast import ALICE
from tests.improvements.factories import make_action, make_complaint, make_plan, plan_body
from tests.qualiforma.audit.entries import clear, last_seq, since

ALICE_ACTS = Actor(ALICE.id, ALICE.name, Role.ADMIN)


def test_an_entry_says_who_what_when_and_why(acme, as_alice):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    before = last_seq()
    body = {"status": "ARCHIVED", "reason": "Sans objet"}
    answer = as_alice.patch(f"/api/v1/improvement-plans/{plan.pk}", body)
    [event] = since(before)
    assert (event.actor, event.action) == (ALICE.id, "improvements.plan.abandoned")
    assert (event.operation, event.object_type) == ("UPDATE", "improvement_plan")
    assert event.object_id == event.root_id == plan.pk
    assert event.request_id == answer["X-Request-ID"]
    assert event.database_user == connection.settings_dict["USER"]
    assert clear(event) == {
        "before.status": "IN_PROGRESS",
        "after.status": "ARCHIVED",
        "before.archive_reason": "",
        "after.archive_reason": "Sans objet",
        "actor": ALICE.name,
        "reason": "Sans objet",
    }


def test_the_canonical_text_seals_every_column(acme):
    first, second = make_complaint(), make_complaint()
    one, two = since(last_seq() - 2)
    assert (one.object_id, two.object_id) == (first.pk, second.pk)
    assert (two.seq, two.previous) == (one.seq + 1, one.hash)
    assert two.hash == sha256(two.canonical.encode()).hexdigest()
    said = json.loads(two.canonical)
    for name in ("seq", "door", "actor", "action", "object_id", "root_id", "previous"):
        assert said[name] == getattr(two, name)
    assert said["at"] == two.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    for name, (salt, text) in two.clear.items():
        assert (
            said["values"][name]
            == sha256(f"{len(salt)}:{salt}{len(text)}:{text}".encode()).hexdigest()
        )
    assert acme.slug not in two.canonical
    assert acme.schema_name not in two.canonical


def test_equal_values_have_unlike_digests(acme):
    make_complaint(subject="Chauffage"), make_complaint(subject="Chauffage")
    one, two = since(last_seq() - 2)
    digests = [json.loads(event.canonical)["values"]["after.subject"] for event in (one, two)]
    assert digests[0] != digests[1]


def test_many_rows_at_once_are_an_entry_each(acme):
    plan = make_plan()
    before = last_seq()
    CorrectiveAction.objects.bulk_create(
        CorrectiveAction(plan=plan, description=f"{n}", owner_id=ALICE.id) for n in range(30)
    )
    assert plan.actions.update(description="Autre") == 30
    plan.actions.all().delete()
    events = since(before)
    assert [event.action for event in events] == (
        ["record.inserted"] * 30 + ["record.updated"] * 30 + ["record.deleted"] * 30
    )
    assert {event.root_id for event in events} == {plan.pk}
    assert clear(events[-1])["before.description"] == "Autre"
    assert not [name for name in events[-1].clear if name.startswith("after.")]


def test_raw_statements_are_there_too(acme):
    plan = make_plan()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE improvements_improvementplan SET title = 'Brut'")
    [event] = since(last_seq() - 1)
    assert (event.object_id, event.action, event.door) == (plan.pk, "record.updated", "sql")
    assert (event.actor, event.request_id) == ("", "")
    assert clear(event)["after.title"] == "Brut"


def test_what_is_rolled_back_or_refused_is_not_there(acme):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    make_action(plan)
    before = last_seq()
    with pytest.raises(ConflictError):
        services.close_plan(plan=plan, closure=Closure("Fait."), actor=ALICE_ACTS)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_plan(title="")
    mark = transaction.savepoint()
    make_plan()
    transaction.savepoint_rollback(mark)
    assert since(before) == []
    make_plan()
    assert last_seq() == before + 1  # no hole either


def test_a_change_of_nothing_or_of_bookkeeping_is_none(acme):
    plan = make_plan()
    before = last_seq()
    plan.save()
    ImprovementPlan.objects.update(version=9)
    User.objects.filter(pk=ALICE.id).update(last_login=plan.created_at)
    assert since(before) == []


def test_a_password_is_not_even_there_as_a_digest(acme):
    before = last_seq()
    User.objects.filter(pk=ALICE.id).update(password="argon2$secret")
    [event] = since(before)
    assert event.clear == {}
    assert json.loads(event.canonical)["values"] == {
        "before.password": None,
        "after.password": None,
    }


def test_actions_nest_and_the_outer_one_comes_back(acme):
    before = last_seq()
    with audit.action("outer.done", reason="dehors"):
        make_complaint()
        with pytest.raises(RuntimeError), audit.action("failed.inside"):
            raise RuntimeError
        make_complaint()
        with audit.action("inner.done", actor=ALICE_ACTS):
            make_complaint()
            audit.rename("inner.renamed")
            make_complaint()
        make_complaint()
    make_complaint()
    assert [(event.action, event.actor) for event in since(before)] == [
        ("outer.done", ""),
        ("outer.done", ""),
        ("inner.done", ALICE.id),
        ("inner.renamed", ALICE.id),
        ("outer.done", ""),
        ("record.inserted", ""),
    ]


def test_quotes_and_line_breaks_are_no_way_out_of_the_setting(acme):
    said = "l’« été » d'Aïcha \\'; RESET ALL; --\n\t\"x\" 😀"
    before = last_seq()
    with audit.action("some.thing", reason=said):
        make_complaint()
    assert clear(since(before)[0])["reason"] == said


def test_the_trail_is_locked_before_anything_else(acme):
    statements = []

    def note(execute, sql, params, many, context):
        statements.append(sql)
        return execute(sql, params, many, context)

    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    with connection.execute_wrapper(note):
        services.add_action(plan=plan, draft=ActionDraft("Une"), actor=ALICE_ACTS)
    written = [one for one in statements if "SAVEPOINT" not in one]
    assert written[0].startswith("SELECT 1 FROM audit_lock FOR NO KEY UPDATE; ")
    assert "; SET LOCAL qualiforma.context" in written[0]


def test_each_tenant_and_the_platform_have_a_chain_of_their_own(acme, globex):
    seqs = last_seq()
    with tenant_context(globex):
        theirs = last_seq()
        make_complaint()
        assert last_seq() == theirs + 1
    with platform_context():
        before = last_seq()
        User.objects.create(email="staff@x.fr", name="Staff", role="ADMIN")
        assert last_seq() == before + 1
    assert last_seq() == seqs


@pytest.mark.parametrize("door", Source)
def test_block_with_another_source(acme, door):
    with using_source(door):
        make_complaint()
    make_complaint()
    assert [event.door for event in since(last_seq() - 2)] == [door, "sql"]


def test_sources_nest_and_cost_two_statements_each(acme):
    acme.refresh_from_db()  # a tenant's schema is opened by the first statement
    with (
        CaptureQueriesContext(connection) as statements,
        using_source(Source.ADMIN),
        using_source(Source.JOB),
    ):
        pass
    assert [one["sql"].split("'")[1] for one in statements] == ["admin", "job", "admin", "sql"]


def test_connection_opened_meanwhile_has_the_same_source(acme, monkeypatch):
    monkeypatch.setattr(sources._Process, "source", Source.SQL)
    sources.set_default_source(Source.API)
    try:
        with using_source(Source.ADMIN), autonomous_connection() as cursor:
            cursor.execute("SHOW qualiforma.door")
            assert cursor.fetchone() == ("admin",)
        with autonomous_connection() as cursor:
            cursor.execute("SHOW qualiforma.door")
            assert cursor.fetchone() == ("api",)
    finally:
        connection_created.disconnect(dispatch_uid=sources.__name__)


def test_unknown_source_is_sql(acme):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL qualiforma.door = 'porte dérobée'")
    make_complaint()
    assert since(last_seq() - 1)[0].door == "sql"


def test_creating_a_plan_tells_one_story(acme, as_alice):
    complaint = make_complaint()
    before = last_seq()
    body = plan_body(
        actions=[{"description": "Une"}, {"description": "Deux"}], linkedComplaintIds=[complaint.pk]
    )
    plan = as_alice.post("/api/v1/improvement-plans", body).json()["data"]["id"]
    events = since(before)
    assert [event.object_type for event in events] == [
        "improvement_plan",
        "corrective_action",
        "corrective_action",
        "plan_complaint",
    ]
    assert {event.root_id for event in events} == {plan}
    assert {event.action for event in events} == {"improvements.plan.created"}
