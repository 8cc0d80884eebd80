"""GET /audit-events and GET /improvement-plans/:id/history."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from improvements.states import PlanStatus
from qualiforma.audit.descriptions import changes
from qualiforma.audit.models import AuditEvent
from tests.cast import ALICE, BOB, MONA
from tests.improvements.factories import make_action, make_complaint, make_plan, plan_body
from tests.qualiforma.audit.entries import last_seq

EVENTS = "/api/v1/audit-events"
PLANS = "/api/v1/improvement-plans"


@pytest.fixture
def closed(as_alice):
    """A plan's whole life, by the API."""
    body = plan_body(actions=[{"description": "Rappeler", "owner": MONA.id}])
    plan = as_alice.post(PLANS, body).json()["data"]
    url = f"{PLANS}/{plan['id']}"
    as_alice.patch(url, {"status": "IN_PROGRESS"})
    as_alice.patch(f"{url}/actions/{plan['actions'][0]['id']}", {"status": "DONE"})
    as_alice.patch(url, {"targetDate": "2026-11-30", "title": "Autre"})
    assert as_alice.post(f"{url}/close", {"summary": "Fait."}).status_code == 200
    return url


def test_the_history_is_sentences_with_old_and_new_values(as_alice, closed):
    answer = as_alice.get(f"{closed}/history").json()
    said = [one["sentence"] for one in answer["data"]]
    assert said == [
        "Alice Durand a clôturé le plan",
        "Alice Durand a clôturé le plan",
        "Alice Durand a modifié le plan",
        "Alice Durand a modifié une action corrective",
        "Alice Durand a démarré le plan",
        "Alice Durand a créé le plan",
        "Alice Durand a créé le plan",
    ]
    assert answer["meta"] == {"total": 7, "page": 1, "perPage": 20}
    assert answer["data"][2]["changes"] == [
        change("targetDate", "échéance", "2026-12-15", "2026-11-30"),
        change("title", "titre", "Réduire le délai de réponse du support", "Autre"),
    ]


def change(field, title, before, after, *, hidden=False):
    names = ("field", "title", "before", "after", "hidden")
    return dict(zip(names, (field, title, before, after, hidden), strict=True))


def test_who_has_a_part_in_the_plan_reads_its_history(client_of, closed):
    assert client_of(MONA).get(f"{closed}/history").status_code == 200
    assert client_of(BOB).get(f"{closed}/history").status_code == 404


def test_a_name_is_the_one_borne_then(as_alice, closed):
    as_alice.patch(f"/api/v1/users/{ALICE.id}", {"name": "Alice Mariée"})
    assert "Alice Durand a créé" in as_alice.get(f"{closed}/history").json()["data"][-1]["sentence"]


def test_a_password_is_hidden(as_alice):
    as_alice.post("/api/v1/users", {"email": "new@x.fr", "name": "N", "role": "TRAINER"})
    [event] = as_alice.get(f"{EVENTS}?action=accounts.user.invited").json()["data"]
    [password] = [one for one in event["changes"] if one["field"] == "password"]
    assert password == change("password", password["title"], None, None, hidden=True)


def test_an_event_has_everything(as_alice, closed):
    event = as_alice.get(f"{EVENTS}?perPage=1").json()["data"][0]
    kept = AuditEvent.objects.get(seq=event["sequence"])
    assert event["hash"] == kept.hash
    assert event["previous"] == kept.previous
    assert (event["door"], event["operation"]) == ("SQL", "UPDATE")  # the tests are no server
    assert event["objectType"] == "IMPROVEMENT_PLAN"
    assert event["requestId"].startswith("req_")
    assert re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z", event["at"])


def test_each_filter(as_alice, closed):
    plan = closed.rpartition("/")[2]
    make_complaint(id="cmp_other")
    # Some entries were written when the kept cluster was made, on a day before.
    first = AuditEvent.objects.earliest("at").at.date() - timedelta(days=1)

    def found(query):
        answer = as_alice.get(f"{EVENTS}?perPage=100&{query}")
        assert answer.status_code == 200, answer.content
        return answer.json()["data"]

    assert {one["objectId"] for one in found(f"objectId={plan}")} == {plan}
    assert {one["objectType"] for one in found("objectType=COMPLAINT")} == {"COMPLAINT"}
    assert {one["actor"] for one in found(f"actor={ALICE.id}")} == {ALICE.id}
    closing = found("action=improvements.plan.closed")
    assert [one["objectType"] for one in closing] == ["IMPROVEMENT_PLAN", "CLOSING_REPORT"]
    assert {one["door"] for one in found("door=SQL")} == {"SQL"}
    assert found("door=ADMIN") == []
    assert len(found(f"from={first}&to=9999-12-31")) == min(100, AuditEvent.objects.count())
    assert found("to=2020-01-01") == found("from=2100-01-01") == []
    both = found(f"objectId={plan}&action=improvements.plan.closed&actor={ALICE.id}")
    assert both == closing  # a report's key is its plan's


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("door=api", "door"),
        ("action=nope", "action"),
        ("objectType=plan", "objectType"),
        ("from=2026-1-5", "from"),
        ("from=hier", "from"),
        ("to=2026-02-30", "to"),
        ("from=2026-02-02&to=2026-02-01", "from"),
        ("actor=" + "x" * 81, "actor"),
        ("object_id=x", "object_id"),
        ("door=API&door=SQL", "door"),
    ],
)
def test_a_wrong_filter_is_refused(as_alice, query, field):
    answer = as_alice.get(f"{EVENTS}?{query}")
    assert answer.status_code == 400
    assert [one["field"] for one in answer.json()["errors"]] == [field]
    assert answer.json()["errors"][0]["code"]


def test_pages_do_not_cost_more_with_more_rows(as_alice, count_queries):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    counts = []
    for more in (1, 19):
        for _ in range(more):
            make_action(plan)
        few = [f"{EVENTS}?objectType=CORRECTIVE_ACTION", f"{PLANS}/{plan.pk}/history"]
        counts.append([count_queries(lambda url=url: as_alice.get(url)) for url in few])
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("", "audit_event_pkey"),
        ("objectId=cmp_x", "audit_object"),
        ("objectType=CLOSING_REPORT", "audit_type"),
        ("actor=usr_x", "audit_actor"),
        ("action=improvements.plan.closed", "audit_action"),
        ("door=ADMIN", "audit_door"),
        ("from=2100-01-01", "audit_at"),
    ],
)
def test_each_filter_has_its_index(as_alice, query, index):
    with CaptureQueriesContext(connection) as said:
        assert as_alice.get(f"{EVENTS}?{query}").status_code == 200
    # With a filter the count, as the page may be found by walking the key where much is selected.
    mark = 'COUNT(*) AS "__count" FROM "audit_event"' if query else 'ORDER BY "audit_event"."seq"'
    [statement] = [one["sql"] for one in said.captured_queries if mark in one["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # the table is too small for the planner
        cursor.execute(f"EXPLAIN {statement}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert index in plan, plan


def test_reading_leaves_no_trace(as_alice):
    before = last_seq()
    as_alice.get(EVENTS)
    assert last_seq() == before


def test_fields_are_named_in_the_language_of_each_request():
    event = AuditEvent(
        object_type="improvement_plan",
        clear={"after.title": ["salt", '"T"']},
        canonical='{"values": {"after.title": "", "after.unknown_one": ""}}',
    )
    named = {}
    for language in ("fr", "en", "fr"):
        with override(language):
            named[language] = [(one.field, one.title) for one in changes(event)]
    assert named["fr"] == [("title", "titre"), ("unknownOne", "unknown_one")]
    assert named["en"] == [("title", "title"), ("unknownOne", "unknown_one")]
